/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shortened filter answers as the one it came from, whatever the number, architecture and
 * arguments. */
#include <linux/seccomp.h>

#include "policy/compile.h"
#include "policy/front.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

#ifdef __x86_64__
#define FURTHER      "SCMP_ARCH_X86"
#define FURTHER_TOO  "SCMP_ARCH_X32"
#define FOREIGN_ARCH 0x40000003u /* AUDIT_ARCH_I386 */
#else
#define FURTHER      "SCMP_ARCH_ARM"
#define FURTHER_TOO  "SCMP_ARCH_ARM"
#define FOREIGN_ARCH 0x40000028u /* AUDIT_ARCH_ARM */
#endif
#define X32_BIT 0x40000000

static const struct answer allow = {.kind = ANSWER_ALLOW}, eperm = {ANSWER_ERRNO, EPERM},
                           enosys = {ANSWER_ERRNO, ENOSYS}, death = {.kind = ANSWER_KILL_PROCESS};

static const struct rule_arg first_is_5[] = {{.index = 0, .op = RULE_EQ, .value = 5}};

/* Many neighbours with holes, some of them with a condition. */
static void fill(struct rules *rules, struct answer otherwise, struct answer usual)
{
    _cleanup_strv_ struct strv known = {0};
    unsigned nth = 0;

    assert_int_equal(compile_native_calls(&known), 0);
    rules->otherwise = otherwise;
    strv_each (&known, call) {
        nth++;
        if (nth % 31 == 0)
            continue;
        if (nth % 47 == 0)
            assert_int_equal(rules_add(rules, call, usual, first_is_5, 1), 0);
        else if (nth % 40 == 0)
            assert_int_equal(rules_add(rules, call, eperm, NULL, 0), 0);
        else
            assert_int_equal(rules_add(rules, call, usual, NULL, 0), 0);
    }
    rules_sort(rules);
}

static void assert_same_answer(const struct sock_fprog *whole, const struct sock_fprog *shorter,
                               const struct seccomp_data *call)
{
    uint32_t expected = 0, got = 0;

    assert_int_equal(simulate_filter(whole, call, &expected, NULL), 0);
    assert_int_equal(simulate_filter(shorter, call, &got, NULL), 0);
    if (got != expected)
        fail_msg("call %d of architecture %x: %x, expected %x", call->nr, call->arch, got,
                 expected);
}

static void assert_same(const struct sock_fprog *whole, const struct sock_fprog *shorter)
{
    const uint32_t arches[] = {compile_native_arch(), FOREIGN_ARCH, 0};
    static const int beyond[] = {-1, 4096, X32_BIT - 1, INT32_MAX};
    static const uint64_t values[] = {UINT64_C(5) << 32, UINT64_MAX};

    for (size_t a = 0; a < LEN(arches); a++)
        for (uint64_t v = 0; v < 24 + LEN(values); v++) {
            /* The small ones tell what socketcall and ipc are to do. */
            struct seccomp_data call = {.arch = arches[a], .args = {v < 24 ? v : values[v - 24]}};

            for (int number = 0; number < 1100; number++) {
                call.nr = number;
                assert_same_answer(whole, shorter, &call);
                call.nr = X32_BIT + number;
                assert_same_answer(whole, shorter, &call);
            }
            for (size_t i = 0; i < LEN(beyond); i++) {
                call.nr = beyond[i];
                assert_same_answer(whole, shorter, &call);
            }
        }
}

static void check(struct answer otherwise, struct answer usual, bool further)
{
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv unknown = {0};
    struct sock_fprog whole = {0}, shorter = {0};
    struct err err;

    fill(&rules, otherwise, usual);
    if (further)
        assert_int_equal(strv_add(&rules.abis, FURTHER) | strv_add(&rules.abis, FURTHER_TOO), 0);
    assert_int_equal(compile_rules(&rules, &whole, &unknown, &err), 0);
    assert_int_equal(compile_rules(&rules, &shorter, &unknown, &err), 0);
    assert_int_equal(front_shorten(&rules, &shorter, &err), 0);
    assert_true(further ? shorter.len <= whole.len : shorter.len * 2 < whole.len);
    assert_same(&whole, &shorter);
    free(whole.filter);
    free(shorter.filter);
}

static void test_allow_list(void **state)
{
    (void)state;
    check(enosys, allow, false);
    check(death, allow, false);
}

static void test_deny_list(void **state)
{
    (void)state;
    check(allow, enosys, false);
}

/* Each with numbers of its own; one has single calls for all of a family. */
static void test_further_architectures(void **state)
{
    (void)state;
    check(enosys, allow, true);
    check(allow, eperm, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allow_list),
        cmocka_unit_test(test_deny_list),
        cmocka_unit_test(test_further_architectures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
