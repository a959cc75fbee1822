/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies learned from calls, read back by the reader of policies. */
#include "policy/explain.h"
#include "policy/learn.h"
#include "policy/oci.h"
#include "tests/unit/unit.h"

static void read_back(const struct learned *l, struct rules *rules)
{
    const struct oci_context context = {.abi = "SCMP_ARCH_X86_64", .kernel_major = 6};
    _cleanup_json_ struct json *doc = learned_profile(l);
    _cleanup_free_ char *text = json_dump(doc, 2);
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err;

    assert_non_null(text);
    assert_int_equal(
        oci_read(text, strlen(text), "learned", &context, rules, &notes, &problems, &err), 0);
    assert_int_equal(notes.count, 0);
    rules_sort(rules);
}

static void assert_answer(const struct rules *rules, const char *call, enum answer_kind kind,
                          int error)
{
    struct answer answer;

    assert_true(rules_answer(rules, call, &answer));
    if (answer.kind != kind || answer.error != error)
        fail_msg("%s is answered by %d, %d", call, answer.kind, answer.error);
}

static void test_only_what_was_seen(void **state)
{
    _cleanup_learned_ struct learned l = {0};
    _cleanup_rules_ struct rules rules = {0};

    (void)state;
    learn_source(&l, "job 1 (a)");
    learn_source(&l, "job 2 (b)");
    learn_call(&l, "read", 5, 0);
    learn_call(&l, "clone3", 0, 2);
    learn_call(&l, "statx", 3, 3); /* an old kernel has none */
    learn_call(&l, "no such call", 1, 0);
    strv_add(&l.take_caps, "CAP_SYS_ADMIN");
    read_back(&l, &rules);
    assert_answer(&rules, "read", ANSWER_ALLOW, 0);
    assert_answer(&rules, "execve", ANSWER_ALLOW, 0);
    assert_answer(&rules, "exit_group", ANSWER_ALLOW, 0);
    assert_answer(&rules, "clone3", ANSWER_ERRNO, ENOSYS);
    assert_answer(&rules, "statx", ANSWER_ERRNO, ENOSYS);
    assert_answer(&rules, "write", ANSWER_ERRNO, EPERM);
    assert_int_equal(rules.take_caps, UINT64_C(1) << 21);
    assert_true(rules.shield);
}

/* What one job could do, all may: in either order. */
static void test_jobs_are_merged(void **state)
{
    _cleanup_learned_ struct learned l = {0};
    _cleanup_rules_ struct rules rules = {0};

    (void)state;
    learn_call(&l, "statx", 0, 1);
    learn_call(&l, "statx", 4, 1);
    learn_call(&l, "openat2", 4, 0);
    learn_call(&l, "openat2", 0, 1);
    read_back(&l, &rules);
    assert_answer(&rules, "statx", ANSWER_ALLOW, 0);
    assert_answer(&rules, "openat2", ANSWER_ALLOW, 0);
    assert_false(rules.shield);
}

static void test_groups_in_filters(void **state)
{
    static const char *const io[] = {
        "close",   "close_range", "dup",     "dup2",     "dup3", "lseek", "pread64", "preadv",
        "preadv2", "pwrite64",    "pwritev", "pwritev2", "read", "readv", "write",   "writev"};
    _cleanup_learned_ struct learned l = {0};
    _cleanup_buf_ struct buf words = {0};

    (void)state;
    for (size_t i = 0; i < LEN(io); i++)
        learn_call(&l, io[i], 1, 0);
    learn_call(&l, "socket", 1, 0);
    learned_filter(&l, &words);
    assert_non_null(strstr(buf_text(&words), "@basic-io"));
    assert_null(strstr(buf_text(&words), "pread64"));
    assert_non_null(strstr(buf_text(&words), "socket"));
    assert_null(strstr(buf_text(&words), "@network-io"));
}

static void test_on_trial(void **state)
{
    _cleanup_rules_ struct rules rules = {.otherwise = {ANSWER_KILL_PROCESS, 0}};

    (void)state;
    rules_add(&rules, "read", (struct answer){ANSWER_ALLOW, 0}, NULL, 0);
    rules_add(&rules, "mount", (struct answer){ANSWER_ERRNO, EPERM}, NULL, 0);
    rules_audit(&rules);
    rules_sort(&rules);
    assert_answer(&rules, "read", ANSWER_ALLOW, 0);
    assert_answer(&rules, "mount", ANSWER_LOG, 0);
    assert_answer(&rules, "ptrace", ANSWER_LOG, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_was_seen),
        cmocka_unit_test(test_jobs_are_merged),
        cmocka_unit_test(test_groups_in_filters),
        cmocka_unit_test(test_on_trial),
    };

    return cmocka_run_group_tests_name("learn", tests, NULL, NULL);
}
