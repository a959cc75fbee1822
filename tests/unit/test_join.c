/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One filter in place of two answers as the kernel would have both answer. */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "policy/join.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

#define DOCKER_PROFILE "/usr/share/containers/seccomp.json"
#define NUMBERS        1024

static const uint32_t abis[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};
static const uint64_t arguments[] = {0, 1, 0x7e020000, UINT64_MAX};

static struct seccomp_data call_of(size_t i)
{
    const uint64_t value = arguments[i / NUMBERS % LEN(arguments)];

    return (struct seccomp_data){.nr = (int)(i % NUMBERS),
                                 .arch = abis[i / NUMBERS / LEN(arguments)],
                                 .args = {value, value, value}};
}

static void test_answers_as_both(void **state)
{
    static const char *const policies[] = {"batch",          "strict",   "build",
                                           "network-client", "readonly", DOCKER_PROFILE};

    (void)state;
    for (size_t p = 0; p < LEN(policies); p++) {
        const struct policy_request request = {.policy = policies[p]};
        _cleanup_policy_ struct policy_program program = {0};
        struct sock_fprog joined = {0};
        struct err err = {0};

        if (policy_compile(&request, &program, &err) < 0)
            fail_msg("%s: expected %s", err.what, err.expected);
        assert_true(program.quiet.len > 0 && program.logged.len > 0);
        assert_int_equal(join_programs(&program.quiet, &program.logged, &joined), 0);
        assert_int_equal(joined.len, program.quiet.len + program.logged.len);
        for (size_t i = 0; i < LEN(abis) * LEN(arguments) * NUMBERS; i++) {
            const struct seccomp_data call = call_of(i);
            uint32_t answer;

            assert_int_equal(simulate_filter(&joined, &call, &answer, NULL), 0);
            assert_int_equal(answer, simulate_policy(&program, &call));
        }
        free(joined.filter);
    }
}

static void test_too_long(void **state)
{
    static struct sock_filter many[BPF_MAXINSNS];
    const struct sock_fprog one = {.len = 1, .filter = many},
                            all = {.len = BPF_MAXINSNS, .filter = many};
    struct sock_fprog joined = {0};

    (void)state;
    assert_int_equal(join_programs(&one, &all, &joined), -E2BIG);
    assert_null(joined.filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_as_both),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
