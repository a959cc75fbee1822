/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy in words says what its programs do. */
#include <linux/seccomp.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

static void assert_words(const struct rules *rules, const char *call, const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    explain_call(rules, call, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_words(void **state)
{
    static const struct answer allow = {.kind = ANSWER_ALLOW}, log = {.kind = ANSWER_LOG},
                               eperm = {ANSWER_ERRNO, EPERM}, odd = {ANSWER_ERRNO, 4000},
                               thread = {.kind = ANSWER_KILL_THREAD}, trap = {.kind = ANSWER_TRAP};
    static const struct rule_arg is5 = {.index = 0, .op = RULE_EQ, .value = 5},
                                 not6 = {.index = 2, .op = RULE_NE, .value = 6},
                                 bit = {.index = 1, .op = RULE_MASKED_EQ, .value = 8, .value2 = 8};
    const struct rule_arg both[] = {is5, not6};
    _cleanup_rules_ struct rules rules = {.otherwise = {.kind = ANSWER_KILL_PROCESS}};

    (void)state;
    rules_add(&rules, "read", allow, NULL, 0);
    rules_add(&rules, "write", log, NULL, 0);
    rules_add(&rules, "open", odd, NULL, 0);
    rules_add(&rules, "close", trap, NULL, 0);
    rules_add(&rules, "dup", thread, NULL, 0);
    rules_add(&rules, "socket", allow, &is5, 1);
    rules_add(&rules, "socket", allow, &bit, 1);
    rules_add(&rules, "ioctl", eperm, both, 2);
    rules_add(&rules, "ioctl", allow, NULL, 0);
    rules_sort(&rules);
    assert_words(&rules, "read", "allowed");
    assert_words(&rules, "write", "allowed and logged");
    assert_words(&rules, "open", "refused with error 4000");
    assert_words(&rules, "close", "answered with SIGSYS");
    assert_words(&rules, "dup", "the thread is killed");
    assert_words(&rules, "ptrace", "killed (not named: the default)");
    assert_words(&rules, "socket",
                 "allowed if argument 0 is 0x5, or if (argument 1 & 0x8) is 0x8; else killed");
    assert_words(&rules, "ioctl",
                 "refused with EPERM if argument 0 is 0x5 and argument 2 is not 0x6; else allowed");
}

/* Where no argument matters, the words and the compiled programs agree, for every call there is. */
static void test_words_are_what_happens(void **state)
{
    static const char *const policies[] = {"batch",          "strict",   "build",
                                           "network-client", "readonly", "none"};

    (void)state;
    for (size_t p = 0; p < LEN(policies); p++) {
        const struct policy_request request = {.policy = policies[p]};
        _cleanup_policy_ struct policy_program program = {0};
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv calls = {0}, notes = {0};
        struct err err = {0};

        assert_int_equal(policy_compile(&request, &program, &err), 0);
        assert_int_equal(policy_rules(&request, &rules, &notes, &err), 0);
        assert_int_equal(explain_all_calls(&calls), 0);
        assert_true(calls.count > 300);
        strv_each (&calls, call) {
            const struct seccomp_data data = {.nr = compile_call_number(call),
                                              .arch = compile_native_arch()};
            uint32_t ret = simulate_policy(&program, &data) & SECCOMP_RET_ACTION_FULL;
            _cleanup_buf_ struct buf words = {0};

            explain_call(&rules, call, &words);
            if (strstr(buf_text(&words), " if "))
                continue;
            if ((strncmp(buf_text(&words), "allowed", 7) == 0) != (ret == SECCOMP_RET_ALLOW) ||
                (strncmp(buf_text(&words), "refused", 7) == 0) != (ret == SECCOMP_RET_ERRNO) ||
                (strncmp(buf_text(&words), "killed", 6) == 0) != (ret == SECCOMP_RET_KILL_PROCESS))
                fail_msg("%s, %s: %s, but the program answers %x", policies[p], call,
                         buf_text(&words), ret);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_are_what_happens),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
