/* SPDX-License-Identifier: GPL-2.0-or-later */
/* That compiled programs are held against their rules, and what is found so. */
#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "policy/compile.h"
#include "policy/simulate.h"
#include "policy/split.h"
#include "policy/verify.h"
#include "tests/unit/policy_case.h"

static int compile_ioctl(struct answer otherwise, const struct rule *rule, size_t count,
                         struct rules *rules, struct policy_program *program)
{
    _cleanup_rules_ struct rules quiet = {0}, logged = {0};
    _cleanup_strv_ struct strv notes = {0}, unknown = {0};
    struct err err = {0};

    rules->otherwise = otherwise;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rules_add(rules, "ioctl", rule[i].answer, rule[i].arg, rule[i].arg_count),
                         0);
    assert_int_equal(rules_split(rules, &quiet, &logged, &notes), 0);
    assert_int_equal(compile_rules(&quiet, &program->quiet, &unknown, &err), 0);
    assert_int_equal(compile_rules(&logged, &program->logged, &unknown, &err), 0);
    return verify_programs(rules, program, &err);
}

static const struct answer allowed = {.kind = ANSWER_ALLOW};
static const struct answer eperm = {.kind = ANSWER_ERRNO, .error = EPERM};

/* The programs of one set of rules do not pass for those of another. */
static void test_verifies_programs(void **state)
{
    static const struct rule one[] = {
        {.answer = {.kind = ANSWER_ERRNO, .error = EPERM},
         .arg_count = 1,
         .arg = {{.index = 1, .op = RULE_MASKED_EQ, .value = 0xffffffff, .value2 = 7}}},
    };
    struct rule changed = one[0];
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_policy_ struct policy_program p = {0};
    struct rule_arg *arg;
    struct err err = {0};

    (void)state;
    assert_int_equal(compile_ioctl(allowed, one, 1, &rules, &p), 0);
    arg = &rules.item[0].arg[0];
    arg->value2 = 8;
    assert_int_equal(verify_programs(&rules, &p, &err), -ENOTSUP);
    assert_non_null(strstr(err.what, "'ioctl'"));
    arg->value2 = 7;
    arg->value = 0xfffffff;
    assert_int_equal(verify_programs(&rules, &p, &err), -ENOTSUP);
    *arg = changed.arg[0];
    rules.item[0].answer = allowed;
    assert_int_equal(verify_programs(&rules, &p, &err), -ENOTSUP);
    rules.item[0].answer = eperm;
    assert_int_equal(verify_programs(&rules, &p, &err), 0);
    rules.otherwise = eperm;
    assert_int_equal(verify_programs(&rules, &p, &err), -ENOTSUP);
}

/* libseccomp 2.5.4 allows ioctl(2, 0) under these rules, which only a refusal of them can mend. */
static void test_what_the_library_gets_wrong(void **state)
{
    static const struct rule pair[] = {
        {.answer = {.kind = ANSWER_ALLOW},
         .arg_count = 1,
         .arg = {{.index = 0, .op = RULE_EQ, .value = 0}}},
        {.answer = {.kind = ANSWER_ALLOW},
         .arg_count = 2,
         .arg = {{.index = 1, .op = RULE_EQ, .value = 1}, {.index = 0, .op = RULE_NE, .value = 1}}},
    };
    const struct seccomp_data call = {.nr = SYS_ioctl, .arch = NATIVE, .args = {2, 0}};
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_policy_ struct policy_program p = {0};
    int r = compile_ioctl(eperm, pair, 2, &rules, &p);

    (void)state;
    if (simulate_policy(&p, &call) == SECCOMP_RET_ALLOW)
        assert_int_equal(r, -ENOTSUP);
    else
        assert_int_equal(r, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verifies_programs),
        cmocka_unit_test(test_what_the_library_gets_wrong),
    };

    return cmocka_run_group_tests_name("policy_verify", tests, NULL, NULL);
}
