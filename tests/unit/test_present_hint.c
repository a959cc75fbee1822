/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of refused calls where nobody could count them. */
#include "runner/present/present.h"
#include "runner/present/text.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

/* Said only where it is not known, of what failed without another cause, and never as the cause. */
static void test_refusals_that_were_not_counted(void **state)
{
    static const char said[] =
        "also: refused calls were not counted, so it is not known whether policy batch refused "
        "one; to see, run it with `cgrun -v`, which names refused calls, or with --policy none; "
        "what it refuses: cgjob policy explain batch\n";
    static const struct {
        enum verdict_kind kind;
        int status, signal;
        const char *hash;
        bool counted, told;
    } cases[] = {
        {VERDICT_EXITED, 1, 0, "76d5", false, true},
        {VERDICT_SIGNALED, 134, 6, "76d5", false, true},
        {VERDICT_SIGNALED, 137, 9, "76d5", false, false},
        {VERDICT_TIMEOUT, 124, 0, "76d5", false, false},
        {VERDICT_EXITED, 0, 0, "76d5", false, false},
        {VERDICT_EXITED, 1, 0, "76d5", true, false},
        {VERDICT_EXITED, 1, 0, "", false, false},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_record_ struct record r;
        _cleanup_buf_ struct buf got = {0}, summary = {0};

        record_init(&r);
        r.state = RECORD_ENDED;
        r.verdict.kind = cases[i].kind;
        r.verdict.status = cases[i].status;
        r.verdict.signal = cases[i].signal;
        r.policy_name = strdup("batch");
        r.policy_hash = strdup(cases[i].hash);
        if (cases[i].counted)
            metric_set(&r, METRIC_DENIED_SYSCALLS, 0, "bpf");
        present_also(&r, &got);
        present_summary(&r, &summary);
        assert_string_equal(got.len ? buf_text(&got) : "", cases[i].told ? said : "");
        assert_int_equal(strstr(buf_text(&summary), "  hint     calls that policy batch") != NULL,
                         cases[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals_that_were_not_counted)};

    return cmocka_run_group_tests_name("present_hint", tests, NULL, NULL);
}
