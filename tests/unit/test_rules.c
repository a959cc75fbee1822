/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rule of a policy decides: conditions at their bounds, the strictest answer, ties, audit. */
#include <linux/sched.h>

#include "policy/compile.h"
#include "policy/namespaces.h"
#include "policy/policy.h"
#include "policy/rules.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

static const struct answer allow = {.kind = ANSWER_ALLOW}, eperm = {ANSWER_ERRNO, EPERM},
                           kill_it = {.kind = ANSWER_KILL_PROCESS};

static void test_conditions_at_their_bounds(void **state)
{
    static const struct {
        int op;
        bool below, at, above; /* 4, 5 and 6 against 5 */
    } cases[] = {
        {RULE_NE, true, false, true},  {RULE_LT, true, false, false}, {RULE_LE, true, true, false},
        {RULE_EQ, false, true, false}, {RULE_GE, false, true, true},  {RULE_GT, false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct rule rule = {.arg_count = 1, .arg = {{.index = 2, .op = cases[i].op, .value = 5}}};

        for (uint64_t value = 4; value <= 6; value++) {
            const uint64_t args[RULE_ARGS] = {0, 0, value};
            bool expected = value == 4 ? cases[i].below : value == 5 ? cases[i].at : cases[i].above;

            if (rule_matches(&rule, args) != expected)
                fail_msg("operator %d: %u against 5", cases[i].op, (unsigned)value);
        }
    }
}

static void test_a_mask_looks_at_its_bits_alone(void **state)
{
    const struct rule rule = {
        .arg_count = 1, .arg = {{.index = 0, .op = RULE_MASKED_EQ, .value = 0xf0, .value2 = 0x50}}};

    (void)state;
    assert_true(rule_matches(&rule, (const uint64_t[RULE_ARGS]){0x5a}));
    assert_false(rule_matches(&rule, (const uint64_t[RULE_ARGS]){0x6a}));
}

static void test_the_strictest_decides(void **state)
{
    const struct rule_arg any = {.index = 0, .op = RULE_GE, .value = 0};
    const uint64_t args[RULE_ARGS] = {1};
    _cleanup_rules_ struct rules rules = {.otherwise = allow};

    (void)state;
    rules_add(&rules, "ioctl", allow, &any, 1);
    rules_add(&rules, "ioctl", kill_it, &any, 1);
    rules_add(&rules, "ioctl", eperm, &any, 1);
    rules_sort(&rules);
    assert_int_equal(rules_decide(&rules, "ioctl", args)->answer.kind, ANSWER_KILL_PROCESS);
    assert_null(rules_decide(&rules, "read", args));
}

/* The line that `explain` names is then the first that says so, however the rules are sorted. */
static void test_of_equal_answers_the_first_decides(void **state)
{
    const struct rule_arg low = {.index = 0, .op = RULE_LE, .value = 7},
                          high = {.index = 0, .op = RULE_GE, .value = 3};
    const uint64_t args[RULE_ARGS] = {5};
    _cleanup_rules_ struct rules rules = {.otherwise = allow};

    (void)state;
    rules_add(&rules, "ioctl", eperm, &low, 1);
    rules_add(&rules, "ioctl", eperm, &high, 1);
    rules_sort(&rules);
    assert_int_equal(rules_decide(&rules, "ioctl", args)->place, 0);
}

static void test_an_audit_refuses_nothing(void **state)
{
    _cleanup_rules_ struct rules rules = {.otherwise = eperm};
    struct answer answer;

    (void)state;
    rules_add(&rules, "read", allow, NULL, 0);
    rules_add(&rules, "mount", kill_it, NULL, 0);
    rules_sort(&rules);
    rules_audit(&rules);
    assert_int_equal(rules.otherwise.kind, ANSWER_LOG);
    assert_true(rules_answer(&rules, "mount", &answer));
    assert_int_equal(answer.kind, ANSWER_LOG);
    assert_true(rules_answer(&rules, "read", &answer));
    assert_int_equal(answer.kind, ANSWER_ALLOW);
}

static struct answer decided(const struct rules *rules, const char *call, uint64_t flags)
{
    const uint64_t args[RULE_ARGS] = {flags};
    const struct rule *rule = rules_decide(rules, call, args);

    return rule ? rule->answer : rules->otherwise;
}

static void test_every_kind_of_namespace_is_refused(void **state)
{
    static const uint64_t kinds[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    _cleanup_rules_ struct rules rules = {.otherwise = allow};

    (void)state;
    assert_int_equal(namespaces_refuse(&rules), 0);
    rules_sort(&rules);
    for (size_t i = 0; i < LEN(kinds); i++) {
        assert_true(answer_equal(decided(&rules, "unshare", kinds[i] | CLONE_FS), eperm));
#ifndef __s390x__
        assert_true(answer_equal(decided(&rules, "clone", kinds[i] | CLONE_VM), eperm));
#endif
    }
    assert_true(answer_equal(decided(&rules, "unshare", CLONE_NEWTIME), eperm));
    assert_true(answer_equal(decided(&rules, "unshare", CLONE_FILES), allow));
    assert_true(answer_equal(decided(&rules, "clone", CLONE_VM), allow));
    assert_true(answer_equal(decided(&rules, "setns", 0), eperm));
    assert_int_equal(decided(&rules, "clone3", 0).error, ENOSYS);
}

/* A program of another architecture could make calls whose numbers mean something else there. */
static void test_calls_of_another_architecture_kill(void **state)
{
    static const char *const policies[] = {"batch", "strict", "build", "network-client",
                                           "readonly"};
    const struct seccomp_data call = {.nr = 0, .arch = 0x12345678};

    (void)state;
    for (size_t i = 0; i < LEN(policies); i++) {
        const struct policy_request request = {.policy = policies[i]};
        _cleanup_policy_ struct policy_program program = {0};
        struct err err = {0};

        assert_int_equal(policy_compile(&request, &program, &err), 0);
        assert_int_equal(simulate_policy(&program, &call), SECCOMP_RET_KILL_PROCESS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions_at_their_bounds),
        cmocka_unit_test(test_a_mask_looks_at_its_bits_alone),
        cmocka_unit_test(test_the_strictest_decides),
        cmocka_unit_test(test_of_equal_answers_the_first_decides),
        cmocka_unit_test(test_an_audit_refuses_nothing),
        cmocka_unit_test(test_every_kind_of_namespace_is_refused),
        cmocka_unit_test(test_calls_of_another_architecture_kill),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
