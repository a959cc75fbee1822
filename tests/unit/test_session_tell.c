/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a session. */
#include <math.h>

#include "runner/session/tell.h"
#include "tests/unit/unit.h"

static void assert_progress(const struct session_progress *p, const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    session_tell_progress(p, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_progress(void **state)
{
    struct session_progress p = {.session = "s",
                                 .done = 7,
                                 .of = 20,
                                 .wall_seconds = 1.25,
                                 .median_seconds = 1.2,
                                 .half_interval = 0.008,
                                 .left_seconds = 16};

    (void)state;
    assert_progress(&p, "run 7/20  1.25s  median 1.2s ± 0.8 %  about 16s left");
    p.label = "after";
    p.status = 3;
    p.disturbed = "others used 1.2 processors";
    p.half_interval = p.left_seconds = NAN;
    assert_progress(&p, "run 7/20 after  1.25s  median 1.2s  status 3  disturbed: others used 1.2 "
                        "processors");
    p = (struct session_progress){
        .warmup = true, .wall_seconds = NAN, .median_seconds = NAN, .left_seconds = NAN};
    assert_progress(&p, "warm-up");
}

static void assert_end(const struct session_result *r, const struct job_spec *spec,
                       const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    session_tell_end(r, spec, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_ends(void **state)
{
    struct session_result r = {.end = SESSION_DONE,
                               .last = {.done = 1, .median_seconds = 2, .half_interval = NAN},
                               .session = "s"};
    char before[] = "before", after[] = "after";
    struct job_spec spec = {.runs = 4};

    (void)state;
    assert_end(&r, &spec,
               "cgrun: session s: 1 run, wall median 2s\n"
               "  next     cgjob compare s OTHER · cgjob ls --session s\n");
    spec.label = before;
    r.last.done = 4;
    r.last.half_interval = 0.02;
    r.warmups = 1;
    r.disturbed = 2;
    assert_end(&r, &spec,
               "cgrun: session s (before): 4 runs, 1 to warm up, wall median 2s ± 2 %, 2 "
               "disturbed\n"
               "  next     make the change, run it with --label after, then: cgjob compare before "
               "after\n");
    spec.label = after;
    spec.until = 0.01;
    r.end = SESSION_PRECISE;
    r.warmups = r.disturbed = 0;
    assert_end(&r, &spec,
               "cgrun: session s (after): 4 runs, wall median 2s ± 2 %; known to within 1 %\n"
               "  next     cgjob compare before after\n");
    r.end = SESSION_OUT_OF_RUNS;
    assert_end(&r, &spec,
               "cgrun: session s (after): 4 runs, wall median 2s ± 2 %; not known to within 1 % "
               "after --max-runs\n"
               "  next     cgjob compare before after\n");
    spec.label = NULL;
    spec.interleave = true;
    r.end = SESSION_OUT_OF_TIME;
    r.last.median_seconds = NAN;
    assert_end(&r, &spec,
               "cgrun: session s: 4 pairs; --max-time is over\n"
               "  next     cgjob compare s:A s:B\n");
    r.end = SESSION_FAILED_RUN;
    r.status = 9;
    r.failed = 1;
    r.last.done = 2;
    assert_end(&r, &spec,
               "cgrun: session s: 2 pairs, 1 failed; ended by a run with status 9\n"
               "  next     the same with --session s --resume does the rest\n");
    r.end = SESSION_INTERRUPTED;
    r.failed = 0;
    assert_end(&r, &spec,
               "cgrun: session s: 2 pairs; interrupted\n"
               "  next     the same with --session s --resume does the rest\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests_name("session tell", tests, NULL, NULL);
}
