/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparisons of made-up sessions: what is called a difference and what is not, by simulation; what
 * is flagged; what differs.
 */
#include <math.h>
#include <stdio.h>

#include "runner/compare/disturbed.h"
#include "runner/present/compare.h"
#include "tests/unit/sides.h"
#include "tests/unit/unit.h"

static bool excludes_no_change(const struct side *a, const struct side *b, enum metric_id id)
{
    double x[64], y[64];
    size_t n = side_values(a, id, false, x), m = side_values(b, id, false, y);
    struct interval in = stats_change_interval(x, n, y, m);

    return in.low > 0 || in.high < 0;
}

/* As compare() decides, but for the threshold; an interval takes thousands of resamples, and is
 * asked for only where it can matter. */
static unsigned differences_found(size_t n, double factor, double spread)
{
    static const enum metric_id ids[] = {METRIC_WALL_SECONDS, METRIC_CPU_SECONDS,
                                         METRIC_MEMORY_PEAK_BYTES};
    double p[3], x[64], y[64];
    unsigned found = 0;
    struct side a, b;

    side_simulate(&a, "a", n, 1, spread);
    side_simulate(&b, "b", n, factor, spread);
    for (int i = 0; i < 3; i++) {
        size_t have = side_values(&a, ids[i], false, x);

        assert_int_equal(have, n);
        side_values(&b, ids[i], false, y);
        p[i] = stats_rank_sum(x, n, y, n);
    }
    stats_holm(p, 3);
    for (int i = 0; i < 3; i++)
        found += p[i] < COMPARE_ALPHA && excludes_no_change(&a, &b, ids[i]);
    side_free(&a);
    side_free(&b);
    return found;
}

/* In 2,000 sessions of nothing but noise, at most one in twenty may claim anything at all. */
static void test_no_difference_is_invented(void **state)
{
    unsigned claimed = 0;

    (void)state;
    for (int i = 0; i < 2000; i++)
        claimed += differences_found(12, 1, 0.02) > 0;
    print_message("%u of 2000 sessions without a difference claim one\n", claimed);
    assert_in_range(claimed, 20, 100); /* and not because the test is blind */
}

/* 3 %, found with the number of runs that is said to be needed for it. */
static void test_a_difference_is_found(void **state)
{
    double needed = stats_runs_needed(0.02, 0.03, COMPARE_ALPHA / 3);
    unsigned found = 0, rounds = 300;

    (void)state;
    for (unsigned i = 0; i < rounds; i++)
        found += differences_found((size_t)needed, 1.03, 0.02);
    print_message("3 %% found in %u of %u cases by %.0f runs of each\n", found, rounds * 3, needed);
    assert_true(found >= rounds * 3 * 8 / 10);
}

static enum compare_verdict verdict_of(const struct comparison *c, enum metric_id id)
{
    const struct compare_row *row = comparison_row(c, id);

    assert_non_null(row);
    return row->verdict;
}

static void test_verdicts(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};

    (void)state;
    side_init(&a, "before");
    side_init(&b, "after");
    for (int i = 0; i < 12; i++) {
        side_add_figures(&a, 10 + i * 0.01, 20 + i * 0.01, 1000);
        side_add_figures(&b, 9 + i * 0.01, 21 + i * 0.01, 1000);
    }
    compared(&c, &a, &b);
    assert_int_equal(c.rows, 3); /* nothing was read or written: no row */
    assert_int_equal(verdict_of(&c, METRIC_WALL_SECONDS), COMPARE_BETTER);
    assert_int_equal(verdict_of(&c, METRIC_CPU_SECONDS), COMPARE_WORSE);
    assert_int_equal(verdict_of(&c, METRIC_MEMORY_PEAK_BYTES), COMPARE_SAME);
    assert_null(comparison_row(&c, METRIC_IO_READ_BYTES));
    assert_true(comparison_row(&c, METRIC_WALL_SECONDS)->interval.high < -0.08);
}

/* Significant, and too little to matter. */
static void test_thresholds(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison small = {0}, strict = {0};
    struct compare_request q;

    (void)state;
    side_init(&a, "before");
    side_init(&b, "after");
    for (int i = 0; i < 12; i++) {
        side_add_figures(&a, 10 + i * 0.001, 1, 1);
        side_add_figures(&b, 10.1 + i * 0.001, 1, 1);
    }
    compared(&small, &a, &b);
    assert_int_equal(verdict_of(&small, METRIC_WALL_SECONDS), COMPARE_SAME);
    compare_request_init(&q);
    q.threshold[METRIC_WALL_SECONDS] = 0.005;
    assert_int_equal(compare(&strict, &a, &b, &q), 0);
    assert_int_equal(verdict_of(&strict, METRIC_WALL_SECONDS), COMPARE_WORSE);
}

static void test_too_few_runs(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};

    (void)state;
    side_init(&a, "before");
    side_init(&b, "after");
    for (int i = 0; i < 3; i++) {
        side_add_figures(&a, 10 + i, 1, 1);
        side_add_figures(&b, 100 + i, 1, 1);
    }
    compared(&c, &a, &b);
    assert_int_equal(verdict_of(&c, METRIC_WALL_SECONDS), COMPARE_INCONCLUSIVE);
    assert_true(comparison_row(&c, METRIC_WALL_SECONDS)->more_runs >= 1);
}

static void disturb(struct record *r, double others, double wait)
{
    metric_set(r, METRIC_OTHERS_CPU_SECONDS, others, "/proc/stat");
    metric_set(r, METRIC_RUNQUEUE_WAIT_SECONDS, wait, "bpf");
}

static void test_what_disturbs(void **state)
{
    static const struct {
        enum metric_id id, own;
        double value, own_value;
        const char *why; /* NULL: it does not */
    } cases[] = {
        {METRIC_OTHERS_CPU_SECONDS, METRIC_COUNT, 1.9, 0, NULL},
        {METRIC_OTHERS_CPU_SECONDS, METRIC_COUNT, 2, 0, "others used 10 % of the processors"},
        {METRIC_STEAL_SECONDS, METRIC_COUNT, 0.3, 0, NULL},
        {METRIC_STEAL_SECONDS, METRIC_COUNT, 1, 0, "the hypervisor took 5 %"},
        {METRIC_CPU_THROTTLED_SECONDS, METRIC_COUNT, 5, 0, "throttled 50 % of the time"},
        {METRIC_RUNQUEUE_WAIT_SECONDS, METRIC_COUNT, 9, 0, NULL}, /* of its own making */
        {METRIC_HOST_PRESSURE_CPU_SECONDS, METRIC_PRESSURE_CPU_SECONDS, 3, 2.1, NULL},
        {METRIC_HOST_PRESSURE_CPU_SECONDS, METRIC_PRESSURE_CPU_SECONDS, 3, 2,
         "others stalled for processors 10 % of the time"},
        {METRIC_HOST_PRESSURE_IO_SECONDS, METRIC_PRESSURE_IO_SECONDS, 5, 4.5, NULL},
        {METRIC_HOST_PRESSURE_IO_SECONDS, METRIC_PRESSURE_IO_SECONDS, 5, 1,
         "others stalled for disks 40 % of the time"},
        {METRIC_HOST_PRESSURE_MEMORY_SECONDS, METRIC_PRESSURE_MEMORY_SECONDS, 2, 0,
         "others stalled for memory 20 % of the time"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_record_ struct record r;
        _cleanup_buf_ struct buf why = {0};

        record_of_run(&r, 10);
        metric_set(&r, cases[i].id, cases[i].value, "test");
        if (cases[i].own != METRIC_COUNT)
            metric_set(&r, cases[i].own, cases[i].own_value, "test");
        assert_int_equal(disturbed(&r, &why), cases[i].why != NULL);
        assert_string_equal(buf_text(&why), cases[i].why ? cases[i].why : "");
    }
}

/* A difference that only runs beside a hog show is none. */
static void test_disturbed_runs_decide_nothing(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0}, quiet = {0};
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    side_init(&a, "quiet");
    side_init(&b, "beside");
    for (int i = 0; i < 10; i++) {
        _cleanup_record_ struct record r;

        side_add_figures(&a, 10 + i * 0.01, 10, 1);
        record_of_run(&r, 15 + i * 0.01);
        disturb(&r, 12, 4);
        assert_int_equal(side_add(&b, &r), 0);
    }
    assert_int_equal(b.disturbed, 10);
    compared(&c, &a, &b);
    assert_int_equal(verdict_of(&c, METRIC_WALL_SECONDS), COMPARE_INCONCLUSIVE);
    assert_true(comparison_row(&c, METRIC_WALL_SECONDS)->disturbed);
    present_compared_runs(&c, false, &text);
    assert_non_null(strstr(buf_text(&text), "10 + 10 runs, 10 disturbed (!"));
    assert_non_null(strstr(buf_text(&text), "run-queue wait 29 %; and 7 more), kept"));
    for (int i = 0; i < 10; i++)
        side_add_figures(&b, 15 + i * 0.01, 10, 1);
    compared(&quiet, &a, &b);
    assert_int_equal(verdict_of(&quiet, METRIC_WALL_SECONDS), COMPARE_WORSE);
    side_keep_quiet(&b);
    assert_int_equal(b.runs, 10);
}

static void test_what_is_left_out(void **state)
{
    _cleanup_side_ struct side s = {0};
    _cleanup_record_ struct record warm, failed, running;

    (void)state;
    side_init(&s, "s");
    record_of_run(&warm, 1);
    warm.run.warmup = true;
    record_of_run(&failed, 1);
    failed.verdict.status = 1;
    record_of_run(&running, 1);
    running.state = RECORD_RUNNING;
    side_add(&s, &warm);
    side_add(&s, &failed);
    side_add(&s, &running);
    assert_int_equal(s.runs, 0);
    assert_int_equal(s.failed, 1);
    assert_int_equal(s.unfinished, 1);
}

static void add_pair(struct side *s, double wall, unsigned pair)
{
    _cleanup_record_ struct record r;

    record_of_run(&r, wall);
    r.session = strdup("ab");
    r.run.pair = pair;
    assert_int_equal(side_add(s, &r), 0);
}

/* The machine drifts by far more than the sides differ; each pair shows the difference. */
static void test_pairs(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};

    (void)state;
    side_init(&a, "A");
    side_init(&b, "B");
    for (unsigned i = 1; i <= 12; i++) {
        double drift = 10 + i * 2 + (i % 3) * 0.01;

        add_pair(&a, drift, i);
        add_pair(&b, drift * 1.04, i);
    }
    add_pair(&b, 1, 99); /* whose partner failed */
    compared(&c, &a, &b);
    assert_true(c.paired);
    assert_int_equal(c.pairs, 12);
    assert_int_equal(verdict_of(&c, METRIC_WALL_SECONDS), COMPARE_WORSE);
    assert_true(fabs(comparison_row(&c, METRIC_WALL_SECONDS)->change - 0.04) < 1e-9);
}

static void test_environments_differ(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};

    (void)state;
    side_init(&a, "a");
    side_init(&b, "b");
    for (int i = 0; i < 4; i++) {
        _cleanup_record_ struct record r, s;

        record_of_run(&r, 1);
        record_of_run(&s, 1);
        pairs_set(&r.environment, "host", "one");
        pairs_set(&s.environment, "host", "two");
        pairs_set(&r.environment, "load", i ? "0.1" : "0.2");
        pairs_set(&r.environment, "git_revision", i ? "abc" : "def");
        pairs_set(&s.environment, "git_revision", "abc");
        record_add_limit(&s, "MemoryMax", "1024", "1024", "memory.max", NULL);
        side_add(&a, &r);
        side_add(&b, &s);
    }
    compared(&c, &a, &b);
    assert_true(c.other_host);
    assert_int_equal(c.differences, 3);
    assert_string_equal(c.difference[0].key, "host");
    assert_string_equal(c.difference[1].before, "def or abc");
    assert_string_equal(c.difference[2].key, "limit MemoryMax");
    assert_null(c.difference[2].before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_difference_is_invented),
        cmocka_unit_test(test_a_difference_is_found),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_too_few_runs),
        cmocka_unit_test(test_what_disturbs),
        cmocka_unit_test(test_disturbed_runs_decide_nothing),
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_environments_differ),
    };

    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
