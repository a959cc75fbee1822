/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy in words says what its programs do. */
#include <linux/seccomp.h>

#include "policy/call_args.h"
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
    assert_words(&rules, "socket", "allowed if domain is 0x5, or if type has 0x8; else killed");
    assert_words(&rules, "ioctl",
                 "refused with EPERM if fd is 0x5 and arg is not 0x6; else allowed");
}

/* Where no argument matters, the words and the compiled programs agree, for every call there is. */
static void test_words_are_what_happens(void **state)
{
    static const char *const policies[] = {"batch",          "strict",   "build",
                                           "network-client", "readonly", "none"};

    (void)state;
    for (size_t p = 0; p < LEN(policies); p++) {
        const struct policy_request request = {.policy = policies[p]};
        _cleanup_problems_ struct policy_problems problems = {0};
        _cleanup_policy_ struct policy_program program = {0};
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv calls = {0}, notes = {0};
        struct err err = {0};

        assert_int_equal(policy_compile(&request, &program, &err), 0);
        assert_int_equal(policy_rules(&request, &rules, &notes, &problems, &err), 0);
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

/* Calls as people write them. */
static void test_calls_are_read(void **state)
{
    static const struct {
        const char *text;
        uint64_t args[3];
    } good[] = {
        {"socket,16,3", {16, 3, 0}},
        {"socket,,3", {0, 3, 0}},
        {"socket,type=SOCK_RAW|SOCK_CLOEXEC,7", {0, 3 | 02000000, 7}},
        {"openat,flags=O_WRONLY|O_CREAT", {0, 0, 0101}},
        {"openat,AT_FDCWD", {(uint64_t)-100, 0, 0}},
        {"kill,-1,0x9", {(uint64_t)-1, 9, 0}},
        {"getppid", {0, 0, 0}},
    };
    static const struct {
        const char *text, *expected;
    } bad[] = {
        {"", "a system call"},
        {"teleport", "a system call"},
        {"socket,family=2", "domain type protocol"},
        {"getppid,x=1", "no names"},
        {"socket,AF_MOON", "constants"},
        {"socket,1x", "numbers"},
        {"read,1,2,3,4,5,6,7", "at most 6"},
        {"socket,99999999999999999999", "numbers"},
        {"socket,-", "numbers"},
    };
    struct seccomp_data call;
    struct err err;

    (void)state;
    for (size_t i = 0; i < LEN(good); i++) {
        assert_int_equal(call_parse(good[i].text, &call, &err), 0);
        assert_memory_equal(call.args, good[i].args, sizeof(good[i].args));
    }
    for (size_t i = 0; i < LEN(bad); i++)
        if (call_parse(bad[i].text, &call, &err) != -EINVAL ||
            !strstr(err.expected, bad[i].expected))
            fail_msg("%s: expected %s", bad[i].text, err.expected);
}

static void assert_origin(const struct policy_request *request, const char *call,
                          const char *expected)
{
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    _cleanup_buf_ struct buf got = {0};
    struct err err;

    assert_int_equal(policy_rules(request, &rules, &notes, &problems, &err), 0);
    explain_origin(&rules, call, &got);
    if (strncmp(buf_text(&got), expected, strlen(expected)) != 0)
        fail_msg("%s: %s", call, buf_text(&got));
}

/* The rule that decides is named, whoever it comes from. */
static void test_origins(void **state)
{
    static char first[] = "~mount:EACCES", second[] = "~fork";
    char *words[] = {first, second, NULL};
    struct strv filter = {.item = words, .count = 2};
    const struct policy_request plain = {.policy = "strict"},
                                narrowed = {.policy = "batch", .filter = &filter},
                                namespaces = {.policy = "none", .restrict_namespaces = true};

    (void)state;
    assert_origin(&plain, "ptrace", "the default of strict:");
    assert_origin(&plain, "read", "strict:");
    assert_origin(&narrowed, "mount", "batch:"); /* as strict as the filter, and first */
    assert_origin(&narrowed, "fork", "SystemCallFilter");
    assert_origin(&namespaces, "setns", "RestrictNamespaces");
    assert_origin(&namespaces, "read", "");
}

/* What is lost is told by groups. */
static void test_losses(void **state)
{
    static const struct answer no = {ANSWER_ERRNO, EPERM};
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_buf_ struct buf out = {0};

    (void)state;
    explain_losses(&rules, &out);
    assert_int_equal(out.len, 0);
    rules_add(&rules, "swapon", no, NULL, 0);
    rules_add(&rules, "swapoff", no, NULL, 0);
    rules_add(&rules, "ptrace", no, NULL, 0);
    rules_sort(&rules);
    explain_losses(&rules, &out);
    assert_string_equal(
        buf_text(&out),
        "takes away:\n"
        "  @debug           watching and changing other processes: of these ptrace\n"
        "  @swap            swap areas\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),          cmocka_unit_test(test_words_are_what_happens),
        cmocka_unit_test(test_calls_are_read), cmocka_unit_test(test_origins),
        cmocka_unit_test(test_losses),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
