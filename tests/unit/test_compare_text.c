/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made of a comparison: gates, tables, JSON, JUnit, pages and notes. */
#include <stdio.h>

#include "runner/compare/gate.h"
#include "runner/present/compare.h"
#include "runner/present/report.h"
#include "tests/unit/sides.h"
#include "tests/unit/unit.h"

static void add_golden(struct side *a, struct side *b)
{
    side_init(a, "before");
    side_init(b, "after");
    sides_begin();
    for (int i = 0; i < 8; i++) {
        side_add_figures(a, 12.4 + (i % 4) * 0.1, 23.9, 412e6);
        side_add_figures(b, 11 + (i % 4) * 0.1, 23.9, 455e6);
    }
    pairs_set(&b->environment, "git_revision", "f00");
}

static void test_gates(void **state)
{
    static const char *const wrong[] = {"",        "wall_seconds",    "wall_seconds>",
                                        "wall>5%", "wall_seconds>5",  "wall_seconds<5%",
                                        ">5%",     "wall_seconds>0%", "wall_seconds>max"};
    _cleanup_side_ struct side a = {0}, b = {0};
    _cleanup_comparison_ struct comparison c = {0};
    struct gate_condition wall, cpu, memory, io, zero;
    struct compare_request q;
    struct err err;

    (void)state;
    for (size_t i = 0; i < LEN(wrong); i++)
        assert_int_equal(gate_parse(&wall, wrong[i], &err), -EINVAL);
    assert_int_equal(gate_parse(&wall, "wall_seconds > 5%", &err), 0);
    assert_int_equal(gate_parse(&cpu, "cpu_seconds>20%", &err), 0);
    assert_int_equal(gate_parse(&memory, "memory_peak_bytes>2.5%", &err), 0);
    assert_int_equal(gate_parse(&io, "io_read_bytes>1%", &err), 0);
    assert_int_equal(gate_parse(&zero, "oom_kills>1%", &err), 0);
    assert_true(wall.share > 0.0499 && wall.share < 0.0501);
    assert_true(memory.share > 0.0249 && memory.share < 0.0251);
    compare_request_init(&q);
    gate_request(&zero, &q);
    gate_request(&wall, &q);
    gate_request(&cpu, &q);
    gate_request(&memory, &q);
    side_init(&a, "a");
    side_init(&b, "b");
    for (int i = 0; i < 8; i++) {
        side_add_figures(&a, 10 + i * 0.01, 10 + i * 0.01, i % 2 ? 100 : 200);
        side_add_figures(&b, 11 + i * 0.01, 11 + i * 0.01, i % 2 ? 210 : 100);
    }
    assert_int_equal(compare(&c, &a, &b, &q), 0);
    assert_int_equal(gate_answer(&wall, &c, NULL), GATE_BREACHED);
    assert_int_equal(gate_answer(&cpu, &c, NULL), GATE_HELD);
    assert_int_equal(gate_answer(&memory, &c, NULL), GATE_UNKNOWN);
    assert_int_equal(gate_answer(&io, &c, NULL), GATE_UNKNOWN);
    assert_int_equal(gate_answer(&zero, &c, NULL), GATE_HELD);
}

/* Three runs cannot show that nothing changed, however alike they are. */
static void test_a_gate_does_not_hold_by_few_runs(void **state)
{
    _cleanup_side_ struct side a = {0}, b = {0};
    struct compare_request q;
    struct gate_condition wall;
    struct err err;

    (void)state;
    assert_int_equal(gate_parse(&wall, "wall_seconds>50%", &err), 0);
    compare_request_init(&q);
    gate_request(&wall, &q);
    side_init(&a, "a");
    side_init(&b, "b");
    for (int i = 0; i < 5; i++)
        side_add_figures(&a, 10 + i, 10, 100);
    for (int i = 0; i < 3; i++) {
        _cleanup_comparison_ struct comparison c = {0};

        side_add_figures(&a, 10 + i, 10, 100);
        side_add_figures(&b, 10.5 + i, 10, 100);
        assert_int_equal(compare(&c, &a, &b, &q), 0);
        if (comparison_row(&c, METRIC_WALL_SECONDS)->verdict == COMPARE_INCONCLUSIVE)
            assert_int_equal(gate_answer(&wall, &c, NULL), GATE_UNKNOWN);
    }
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
                           "<testsuite name=\"&#60;&#38;\\x01&#62; to after\" tests=\"3\" "
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
    assert_non_null(strstr(buf_text(&script), "'<script>\"`reboot`\\' 1"));
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
        ("## Result\n\n* `wall_seconds` **better**: 12.6s → 11.1s, -11.2 % (95 % interval -12.6 … "
         "-9.7 %)\n* `memory_peak_bytes` **worse**"),
        "* `/srv/out` written removed\n",
        "## Rollback\n\n    git revert HEAD\n"};

    (void)state;
    add_golden(&a, &b);
    compared(&c, &a, &b);
    record_of_run(&r, 11.5);
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
        cmocka_unit_test(test_gates), cmocka_unit_test(test_a_gate_does_not_hold_by_few_runs),
        cmocka_unit_test(test_text),  cmocka_unit_test(test_json),
        cmocka_unit_test(test_junit), cmocka_unit_test(test_report_is_safe),
        cmocka_unit_test(test_note),
    };

    return cmocka_run_group_tests_name("comparison texts", tests, NULL, NULL);
}
