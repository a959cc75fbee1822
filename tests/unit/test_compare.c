/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparisons of made-up sessions: what is called a difference and what is not, by simulation; what
 * is flagged; what differs; gates; and how it is all presented.
 */
#include <math.h>
#include <stdio.h>

#include "runner/compare/disturbed.h"
#include "runner/compare/gate.h"
#include "runner/present/compare.h"
#include "runner/present/report.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static struct stats_random noise_source = {4711};

static double uniform(void)
{
    return ((double)stats_random_below(&noise_source, UINT64_C(1) << 53) + 0.5) / 0x1p53;
}

/* Times of real programs lean to the right, and one in twenty is held up. */
static double noise(double spread)
{
    double z = sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
    double held_up = uniform() < 0.05 ? 1 + uniform() * 0.2 : 1;

    return exp(spread * z) * held_up;
}

static int64_t next_id = 1;

static void add_run(struct side *s, double wall, double cpu, double memory)
{
    _cleanup_record_ struct record r;

    record_init(&r);
    r.id = next_id++;
    r.started_ns = r.id * INT64_C(1000000000);
    r.state = RECORD_ENDED;
    r.verdict.kind = VERDICT_EXITED;
    metric_set(&r, METRIC_WALL_SECONDS, wall, "clock");
    metric_set(&r, METRIC_CPU_SECONDS, cpu, "cgroup");
    metric_set(&r, METRIC_MEMORY_PEAK_BYTES, memory, "cgroup");
    pairs_set(&r.environment, "cpus", "2");
    assert_int_equal(side_add(s, &r), 0);
}

/* Three metrics of `n` runs, each by `factor` of what they were. */
static void simulate(struct side *s, const char *name, size_t n, double factor, double spread)
{
    side_init(s, name);
    for (size_t i = 0; i < n; i++)
        add_run(s, 10 * factor * noise(spread), 19 * factor * noise(spread),
                4e8 * factor * noise(spread));
    side_finish(s);
}

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

    simulate(&a, "a", n, 1, spread);
    simulate(&b, "b", n, factor, spread);
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

static void compared(struct comparison *c, const struct side *a, const struct side *b)
{
    struct compare_request q;

    compare_request_init(&q);
    assert_int_equal(compare(c, a, b, &q), 0);
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
        add_run(&a, 10 + i * 0.01, 20 + i * 0.01, 1000);
        add_run(&b, 9 + i * 0.01, 21 + i * 0.01, 1000);
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
        add_run(&a, 10 + i * 0.001, 1, 1);
        add_run(&b, 10.1 + i * 0.001, 1, 1);
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
        add_run(&a, 10 + i, 1, 1);
        add_run(&b, 100 + i, 1, 1);
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

static void base_record(struct record *r, double wall)
{
    record_init(r);
    r->id = next_id++;
    r->started_ns = r->id * INT64_C(1000000000);
    r->state = RECORD_ENDED;
    r->verdict.kind = VERDICT_EXITED;
    metric_set(r, METRIC_WALL_SECONDS, wall, "clock");
    metric_set(r, METRIC_CPU_SECONDS, 10, "cgroup");
    pairs_set(&r->environment, "cpus", "2");
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

        base_record(&r, 10);
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

        add_run(&a, 10 + i * 0.01, 10, 1);
        base_record(&r, 15 + i * 0.01);
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
        add_run(&b, 15 + i * 0.01, 10, 1);
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
    base_record(&warm, 1);
    warm.run.warmup = true;
    base_record(&failed, 1);
    failed.verdict.status = 1;
    base_record(&running, 1);
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

    base_record(&r, wall);
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

        base_record(&r, 1);
        base_record(&s, 1);
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

static void test_gates(void **state)
{
    static const char *const wrong[] = {"",        "wall_seconds",    "wall_seconds>",
                                        "wall>5%", "wall_seconds>5",  "wall_seconds<5%",
                                        ">5%",     "wall_seconds>0%", "wall_seconds>max"};
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    struct gate_condition wall, cpu, memory, io;
    struct compare_request q;
    struct err err;

    (void)state;
    for (size_t i = 0; i < LEN(wrong); i++)
        assert_int_equal(gate_parse(&wall, wrong[i], &err), -EINVAL);
    assert_int_equal(gate_parse(&wall, "wall_seconds > 5%", &err), 0);
    assert_int_equal(gate_parse(&cpu, "cpu_seconds>20%", &err), 0);
    assert_int_equal(gate_parse(&memory, "memory_peak_bytes>2.5%", &err), 0);
    assert_int_equal(gate_parse(&io, "io_read_bytes>1%", &err), 0);
    compare_request_init(&q);
    gate_request(&wall, &q);
    gate_request(&cpu, &q);
    gate_request(&memory, &q);
    side_init(&a, "a");
    side_init(&b, "b");
    for (int i = 0; i < 8; i++) {
        add_run(&a, 10 + i * 0.01, 10 + i * 0.01, i % 2 ? 100 : 200);
        add_run(&b, 11 + i * 0.01, 11 + i * 0.01, i % 2 ? 210 : 100);
    }
    assert_int_equal(compare(&c, &a, &b, &q), 0);
    assert_int_equal(gate_answer(&wall, &c, NULL), GATE_BREACHED);
    assert_int_equal(gate_answer(&cpu, &c, NULL), GATE_HELD);
    assert_int_equal(gate_answer(&memory, &c, NULL), GATE_UNKNOWN);
    assert_int_equal(gate_answer(&io, &c, NULL), GATE_UNKNOWN);
}

static void add_golden(struct side *a, struct side *b)
{
    side_init(a, "before");
    side_init(b, "after");
    next_id = 1;
    for (int i = 0; i < 8; i++) {
        add_run(a, 12.4 + (i % 4) * 0.1, 23.9, 412e6);
        add_run(b, 11 + (i % 4) * 0.1, 23.9, 455e6);
    }
    pairs_set(&b->environment, "git_revision", "f00");
}

static void test_text(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    _cleanup_buf_ struct buf text = {0}, csv = {0}, md = {0};

    (void)state;
    add_golden(&a, &b);
    compared(&c, &a, &b);
    present_comparison(&c, false, &text);
    assert_string_equal(
        buf_text(&text),
        "differs in:  git_revision         none -> f00\n"
        "\n"
        "                                         before               after     change       95 % "
        "interval   verdict\n"
        "wall_seconds                      12.6s ± 148ms       11.1s ± 148ms    -11.2 %      -12.6 "
        "… -9.7 %   better\n"
        "cpu_seconds                          23.9s ± 0s          23.9s ± 0s     +0.0 %            "
        "           same\n"
        "memory_peak_bytes                 393 MiB ± 0 B       434 MiB ± 0 B    +10.4 %     +10.4 "
        "… "
        "+10.4 %   worse\n"
        "8 + 8 runs\n");
    present_comparison_csv(&c, &csv);
    assert_non_null(
        strstr(buf_text(&csv), "\ncpu_seconds,8,8,23.9,23.9,0,0,0,0,0,1,0.02,same,0\n"));
    present_comparison_markdown(&c, &md);
    assert_non_null(strstr(buf_text(&md), "| `memory_peak_bytes` | 393 MiB ± 0 B | 434 MiB ± 0 B | "
                                          "+10.4 % | +10.4 … +10.4 % | worse |\n"));
}

static void test_json(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    _cleanup_json_ struct json *doc = NULL;
    struct json *row;

    (void)state;
    add_golden(&a, &b);
    compared(&c, &a, &b);
    doc = present_comparison_json(&c);
    row = json_at(json_get(doc, "metrics"), 2);
    assert_string_equal(json_text(json_get(row, "verdict")), "worse");
    assert_int_equal(json_count(json_get(json_get(row, "after"), "values")), 8);
    assert_true(json_to_real(json_get(row, "p"), 1) < 0.01);
    assert_int_equal(json_count(json_get(json_get(doc, "before"), "runs")), 8);
    assert_true(json_is_null(json_get(doc, "pairs")));
    assert_string_equal(json_text(json_get(json_at(json_get(doc, "differences"), 0), "after")),
                        "f00");
}

static void test_junit(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    _cleanup_buf_ struct buf text = {0};
    struct gate_condition gate[3];
    struct err err;

    (void)state;
    gate_parse(&gate[0], "wall_seconds>5%", &err);
    gate_parse(&gate[1], "memory_peak_bytes>5%", &err);
    gate_parse(&gate[2], "io_read_bytes>5%", &err);
    add_golden(&a, &b);
    free(a.name);
    a.name = strdup("<&\x01>");
    compared(&c, &a, &b);
    present_junit(&c, gate, 3, false, &text);
    assert_non_null(strstr(buf_text(&text),
                           "<testsuite name=\"&#60;&#38;\xef\xbf\xbd&#62; to after\" tests=\"3\" "
                           "failures=\"1\" skipped=\"1\">"));
    buf_free(&text);
    text = (struct buf){0};
    present_junit(&c, gate, 3, true, &text);
    assert_non_null(strstr(buf_text(&text), "failures=\"2\" skipped=\"0\">"));
}

/* Names that others chose stay text in a page and in gnuplot's scripts. */
static void test_report_is_safe(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    _cleanup_buf_ struct buf page = {0}, script = {0}, order = {0};
    struct report report = {.comparison = &c};

    (void)state;
    add_golden(&a, &b);
    free(b.name);
    b.name = strdup("<script>\"`reboot`\\");
    b.rollback = strdup("<b>");
    compared(&c, &a, &b);
    report_html(&report, &page);
    assert_null(strstr(buf_text(&page), "<script"));
    assert_null(strstr(buf_text(&page), "<b>"));
    assert_null(strstr(buf_text(&page), "http"));
    assert_non_null(strstr(buf_text(&page), "&#60;script&#62;"));
    report_distribution_plot(&c, comparison_row(&c, METRIC_WALL_SECONDS), &script);
    assert_non_null(strstr(buf_text(&script), "\"<script>\\\"\\`reboot\\`\\\\\" 1"));
    report_order_plot(&c, comparison_row(&c, METRIC_WALL_SECONDS), &order);
    assert_non_null(strstr(buf_text(&order), "\n16 11.3\n"));
}

static void test_note(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf text = {0};
    struct change_note note = {.comparison = &c, .job = &r};
    static const char *const lines[] = {
        "* **Owner:** db\n",
        "* **Expected result:** `wall_seconds<20` held (11.5)\n",
        "* **Command:** `sh -c 'echo '\\''hi'\\'''`\n",
        "## Result\n\n* `wall_seconds` **better**: 12.6s → 11.1s, -11.2 % (95 % interval -12.6 … "
        "-9.7 %)\n* `memory_peak_bytes` **worse**",
        "* `/srv/out` written removed\n",
        "## Rollback\n\n    git revert HEAD\n"};

    (void)state;
    add_golden(&a, &b);
    compared(&c, &a, &b);
    base_record(&r, 11.5);
    r.owner = strdup("db");
    r.rollback = strdup("git revert HEAD");
    strv_add(&r.argv, "sh");
    strv_add(&r.argv, "-c");
    strv_add(&r.argv, "echo 'hi'");
    record_add_expect(&r, "wall_seconds<20", true, "11.5");
    r.traces.has[TRACE_FILES] = true;
    traces_add_file(&r.traces, "/srv/out", 2, 0, 1);
    present_note(&note, &text);
    for (size_t i = 0; i < LEN(lines); i++)
        if (!strstr(buf_text(&text), lines[i]))
            fail_msg("no '%s' in:\n%s", lines[i], buf_text(&text));
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
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_junit),
        cmocka_unit_test(test_report_is_safe),
        cmocka_unit_test(test_note),
    };

    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
