/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy of a policy that asks where the policy refuses. */
#include <linux/seccomp.h>
#include <stdlib.h>

#include "policy/call_args.h"
#include "policy/compile.h"
#include "policy/listen.h"
#include "policy/simulate.h"
#include "runner/base/buf.h"
#include "tests/unit/policy_case.h"
#include "tests/unit/unit.h"

static void compile(const char *policy, const char *filter, struct policy_program *ret)
{
    char *words[] = {(char *)filter, NULL};
    const struct strv list = {.item = words, .count = 1};
    const struct policy_request request = {.policy = policy, .filter = filter ? &list : NULL};
    struct err err = {0};

    if (policy_compile(&request, ret, &err) < 0)
        fail_msg("%s: expected %s", err.what, err.expected);
}

/* Of every number there is: it asks about what was refused with an error, and changes nothing else;
 * what the listener then answers is what the policy would have. */
static void test_it_asks_and_answers_the_same(void **state)
{
    static const char *const policies[] = {"batch", "strict", "build", "readonly"};

    (void)state;
    for (size_t p = 0; p < LEN(policies); p++) {
        _cleanup_policy_ struct policy_program program = {0};
        struct sock_fprog asking = {0};
        unsigned asked = 0;
        const char *call;

        compile(policies[p], NULL, &program);
        assert_int_equal(listen_program(&program.logged, false, &asking, &call), 0);
        for (int nr = 0; nr < 600; nr++) {
            const struct seccomp_data data = {.nr = nr, .arch = compile_native_arch()};
            uint32_t before = 0, after = 0;

            assert_int_equal(simulate_filter(&program.logged, &data, &before, NULL), 0);
            assert_int_equal(simulate_filter(&asking, &data, &after, NULL), 0);
            if ((before & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO) {
                assert_int_equal(before, after);
                continue;
            }
            asked++;
            assert_int_equal(after, SECCOMP_RET_USER_NOTIF);
            assert_int_equal(listen_answer(&program.logged, &data).kind, ANSWER_ERRNO);
            assert_int_equal(listen_answer(&program.logged, &data).error,
                             before & SECCOMP_RET_DATA);
        }
        assert_true(asked > 0);
        free(asking.filter);
    }
}

/* On trial nothing is refused in any way, so nothing may end a process. */
static void test_on_trial_it_asks_about_all(void **state)
{
    _cleanup_policy_ struct policy_program program = {0};
    struct sock_fprog asking = {0};
    const char *call;

    (void)state;
    compile("strict", NULL, &program);
    assert_int_equal(listen_program(&program.logged, true, &asking, &call), 0);
    for (int nr = 0; nr < 600; nr++) {
        const struct seccomp_data data = {.nr = nr, .arch = compile_native_arch()};
        uint32_t before = 0, after = 0;

        assert_int_equal(simulate_filter(&program.logged, &data, &before, NULL), 0);
        assert_int_equal(simulate_filter(&asking, &data, &after, NULL), 0);
        assert_int_equal(after, before == SECCOMP_RET_ALLOW ? before : SECCOMP_RET_USER_NOTIF);
    }
    free(asking.filter);
}

/* Its maker waits for the start, and could not answer. */
static void test_the_start_must_pass(void **state)
{
    static const char *const filters[] = {"~execve:EPERM", "~exit_group:EPERM"};

    (void)state;
    for (size_t i = 0; i < LEN(filters); i++) {
        _cleanup_policy_ struct policy_program program = {0};
        struct sock_fprog asking = {0};
        const char *call = NULL;

        compile("batch", filters[i], &program);
        assert_int_equal(listen_program(&program.logged, false, &asking, &call), -EBUSY);
        assert_non_null(strstr(filters[i], call));
        assert_null(asking.filter);
    }
}

static void assert_call(const char *call, const uint64_t args[6], const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    call_words(call, args, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_calls_in_words(void **state)
{
    static const uint64_t none[6], vsock[6] = {40, 1, 0, 9, 9, 9};

    (void)state;
    assert_call("socket", vsock, "socket(domain=AF_VSOCK, type=0x1, protocol=0x0)");
    assert_call("close", none, "close(fd=0x0)");
    assert_call("getppid", none, "getppid(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)");
}

/* Of the rules whose arguments match the strictest; a decision is one rule, not all of a call's. */
static void test_the_rule_that_decides(void **state)
{
    static const struct answer allow = {.kind = ANSWER_ALLOW}, eperm = {ANSWER_ERRNO, EPERM},
                               kill = {.kind = ANSWER_KILL_PROCESS};
    static const enum rule_op ops[] = {RULE_NE, RULE_LT, RULE_LE, RULE_EQ, RULE_GE, RULE_GT};
    static const unsigned holds[] = {5, 1, 3, 2, 6, 4}; /* for 4, 5, 6 against 5: a bit each */
    _cleanup_rules_ struct rules rules = {0};
    const struct rule_arg masked = {1, RULE_MASKED_EQ, 0xf0, 0x10};
    const uint64_t no[6] = {0, 0x21}, yes[6] = {0, 0x1f};

    (void)state;
    rules_add(&rules, "socket", allow, NULL, 0);
    rules_add(&rules, "socket", eperm, &masked, 1);
    rules_add(&rules, "socket", kill, NULL, 0);
    rules_sort(&rules);
    assert_null(rules_decide(&rules, "read", yes));
    assert_int_equal(rules_decide(&rules, "socket", yes)->answer.kind, ANSWER_KILL_PROCESS);
    rules.item[1].answer = allow;
    assert_int_equal(rules_decide(&rules, "socket", yes)->answer.kind, ANSWER_ERRNO);
    assert_int_equal(rules_decide(&rules, "socket", no)->answer.kind, ANSWER_ALLOW);
    for (size_t op = 0; op < LEN(ops); op++) {
        const struct rule_arg arg = {0, ops[op], 5, 0};
        _cleanup_rules_ struct rules one = {0};

        rules_add(&one, "kill", eperm, &arg, 1);
        for (uint64_t value = 4; value <= 6; value++) {
            const uint64_t args[6] = {value};

            assert_int_equal(rules_decide(&one, "kill", args) != NULL,
                             holds[op] >> (value - 4) & 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_asks_and_answers_the_same),
        cmocka_unit_test(test_on_trial_it_asks_about_all),
        cmocka_unit_test(test_the_start_must_pass),
        cmocka_unit_test(test_calls_in_words),
        cmocka_unit_test(test_the_rule_that_decides),
    };

    return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
