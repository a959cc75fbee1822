/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: to JSON and back, bounded ledgers, expectations, the metric catalogue. */
#include <stdio.h>

#include "runner/record/expect.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static void test_json_and_back(void **state)
{
    _cleanup_record_ struct record r, again;
    _cleanup_json_ struct json *first = NULL, *parsed = NULL, *second = NULL;
    _cleanup_free_ char *text = NULL, *same = NULL;
    struct err err;

    (void)state;
    record_full(&r);
    record_init(&again);
    first = record_to_json(&r);
    text = json_dump(first, 2);
    assert_int_equal(json_parse(text, strlen(text), "test", &parsed, &err), 0);
    assert_int_equal(record_from_json(parsed, &again, &err), 0);
    second = record_to_json(&again);
    same = json_dump(second, 2);
    assert_string_equal(text, same);
    assert_string_equal(again.argv.item[1], "caf\xe9");
    assert_string_equal(pairs_get(&again.environment, "working_directory"), "/srv/\xff");
}

static void test_keys_are_fixed(void **state)
{
    static const char *const keys[] = {"schema",     "id",
                                       "name",       "argv",
                                       "state",      "started",
                                       "ended",      "owner",
                                       "reason",     "expect",
                                       "rollback",   "log",
                                       "if_lost",    "session",
                                       "label",      "run",
                                       "tags",       "verdict",
                                       "metrics",    "limits",
                                       "policy",     "cgroup",
                                       "supervisor", "environment",
                                       "events",     "events_uncounted",
                                       "traces",     "ledger"};
    _cleanup_record_ struct record r;
    _cleanup_json_ struct json *doc = NULL;
    struct json *value;

    (void)state;
    record_full(&r);
    doc = record_to_json(&r);
    assert_int_equal(json_members(doc), LEN(keys));
    for (size_t i = 0; i < LEN(keys); i++)
        assert_string_equal(json_member(doc, i, &value), keys[i]);
    assert_int_equal(json_members(json_get(doc, "metrics")), METRIC_COUNT);
    value = json_get(json_get(doc, "metrics"), "io_read_bytes");
    assert_true(json_is_null(json_get(value, "value")));
    assert_string_equal(json_text(json_get(value, "unavailable")), "not on this host");
}

/* What nobody of ours wrote may name one thing twice; what is written of it does not. */
static void test_written_once_each(void **state)
{
    static const char text[] =
        "{\"schema\":1,\"cgroup\":{\"v2\":\"/"
        "a\",\"id\":\"7\"},\"traces\":{\"syscalls\":[{\"name\":\"open\","
        "\"number\":2,\"calls\":9,\"errors\":{\"ENOENT\":1,\"2\":2,\"EAGAIN\":3,\"11\":4}}]}}";
    _cleanup_record_ struct record r;
    _cleanup_json_ struct json *doc = NULL, *again = NULL;
    const struct json *errors;
    struct err err;

    (void)state;
    record_init(&r);
    assert_int_equal(json_parse(text, strlen(text), "test", &doc, &err), 0);
    assert_int_equal(record_from_json(doc, &r, &err), 0);
    again = record_to_json(&r);
    assert_non_null(again);
    assert_int_equal(json_members(json_get(again, "cgroup")), 2);
    errors = json_get(json_at(json_get(json_get(again, "traces"), "syscalls"), 0), "errors");
    assert_int_equal(json_members(errors), 2);
    assert_int_equal(json_to_int(json_get(errors, "ENOENT"), 0), 3);
    assert_int_equal(json_to_int(json_get(errors, "EAGAIN"), 0), 7);
}

/* Evidence and limits were text in schema 1; what is shown of them stays, and what is written is
 * typed. */
static void test_schema_1_is_read(void **state)
{
    static const char text[] =
        "{\"schema\":1,\"id\":7,\"state\":\"ended\",\"verdict\":{\"kind\":\"timeout\",\"signal\":"
        "15,"
        "\"status\":124,\"evidence\":{\"limit_seconds\":\"0.1\",\"stop_signal\":\"15\","
        "\"grace_seconds\":\"10\",\"killed\":\"yes\",\"process\":\"12\"}},\"limits\":[{\"key\":"
        "\"MemoryMax\",\"asked\":\"536870912\",\"effective\":\"max\",\"file\":\"\",\"note\":null}]"
        "}";
    static const char typed[] = "{\"limit_seconds\":0.1,\"stop_signal\":15,\"grace_seconds\":10,"
                                "\"killed\":true,\"process\":\"12\"}";
    struct err err;

    (void)state;
    for (int round = 0; round < 2; round++) {
        static struct json *next;
        _cleanup_record_ struct record r;
        _cleanup_json_ struct json *doc = next;
        _cleanup_free_ char *evidence = NULL;

        if (round == 0)
            assert_int_equal(json_parse(text, strlen(text), "test", &doc, &err), 0);
        assert_int_equal(record_from_json(doc, &r, &err), 0);
        assert_string_equal(pairs_get(&r.verdict.evidence, "limit_seconds"), "0.1");
        assert_string_equal(pairs_get(&r.verdict.evidence, "killed"), "yes");
        assert_string_equal(r.limits.item[0].asked, "536870912");
        assert_string_equal(r.limits.item[0].effective, "max");
        next = record_to_json(&r);
        evidence = json_dump(json_get(json_get(next, "verdict"), "evidence"), 0);
        assert_string_equal(evidence, typed);
        if (round == 1)
            json_free(next);
    }
}

static void test_other_schemas_are_refused(void **state)
{
    static const char *const texts[] = {"{}", "{\"schema\":3}", "[]", "null", "{\"schema\":\"1\"}"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < LEN(texts); i++) {
        _cleanup_record_ struct record r;
        _cleanup_json_ struct json *doc = NULL;

        record_init(&r);
        assert_int_equal(json_parse(texts[i], strlen(texts[i]), "test", &doc, &err), 0);
        assert_true(record_from_json(doc, &r, &err) < 0);
        assert_true(err.what[0] != '\0');
    }
}

static void test_what_is_missing_or_of_another_type_is_tolerated(void **state)
{
    static const char text[] =
        "{\"schema\":1,\"argv\":7,\"verdict\":\"x\",\"metrics\":[1],\"ledger\":{\"rows\":[1,{}]},"
        "\"limits\":{\"a\":1},\"events\":[{}],\"tags\":[1],\"expect\":[null]}";
    _cleanup_record_ struct record r;
    _cleanup_json_ struct json *doc = NULL;
    struct err err;

    (void)state;
    record_init(&r);
    assert_int_equal(json_parse(text, strlen(text), "test", &doc, &err), 0);
    assert_int_equal(record_from_json(doc, &r, &err), 0);
    assert_int_equal(r.verdict.kind, VERDICT_NONE);
    assert_int_equal(r.argv.count, 0);
    assert_false(r.metric[METRIC_WALL_SECONDS].available);
}

static void test_events_are_bounded(void **state)
{
    _cleanup_record_ struct record r;

    (void)state;
    record_init(&r);
    for (int i = 0; i < RECORD_EVENTS_MAX + 50; i++)
        assert_int_equal(record_add_event(&r, i, "signal", "%d", i), 0);
    assert_int_equal(r.events.count, RECORD_EVENTS_MAX);
    assert_int_equal(r.events_uncounted, 50);
}

static void test_ledger_keeps_failures_and_the_largest(void **state)
{
    struct ledger l __attribute__((cleanup(ledger_free))) = {.available = true};
    size_t failed = 0;
    bool large = false;

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        struct ledger_row row = row_of_process(100 + i, i % 2 ? "cc1" : "as", 0.001);

        if (i % 100 == 7)
            row.exit_code = 1;
        if (i == 17)
            row.cpu_seconds = 9;
        assert_int_equal(ledger_add(&l, &row), 0);
    }
    ledger_sort(&l);
    assert_int_equal(l.processes_total, 5000);
    assert_int_equal(l.rows_kept, LEDGER_ROWS_KEPT);
    for (size_t i = 0; i < l.rows_kept; i++) {
        failed += l.rows[i].exit_code == 1;
        large |= l.rows[i].pid == 117;
        assert_true(i == 0 || l.rows[i - 1].started_ns <= l.rows[i].started_ns);
    }
    assert_int_equal(failed, 50);
    assert_true(large);
    assert_int_equal(l.commands_count, 2);
    assert_string_equal(l.commands[0].comm, "cc1");
    assert_int_equal(l.commands[0].processes, 2500);
    assert_int_equal(l.commands[0].failed, 50);
    assert_int_equal(l.commands[1].failed, 0);
}

static void test_full_ledger_keeps_all(void **state)
{
    struct ledger l __attribute__((cleanup(ledger_free))) = {.available = true, .full = true};

    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        struct ledger_row row = row_of_process(i, "x", 0);

        assert_int_equal(ledger_add(&l, &row), 0);
    }
    assert_int_equal(l.rows_kept, 3000);
}

static void test_commands_past_the_bound_fold(void **state)
{
    struct ledger l __attribute__((cleanup(ledger_free))) = {.available = true};
    uint64_t sum = 0;
    char comm[16];

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        struct ledger_row row;

        snprintf(comm, sizeof(comm), "c%u", i);
        row = row_of_process(i, comm, 0);
        assert_int_equal(ledger_add(&l, &row), 0);
    }
    assert_int_equal(l.commands_count, LEDGER_COMMANDS);
    for (size_t i = 0; i < l.commands_count; i++)
        sum += l.commands[i].processes;
    assert_int_equal(sum, 1000);
}

static void test_expectations(void **state)
{
    static const struct {
        const char *text;
        int held;
        const char *actual;
    } cases[] = {
        {"wall_seconds<=2", 1, "2"},
        {"wall_seconds<=1.9", 0, "2"},
        {"wall_seconds<=2.1", 1, "2"},
        {"wall_seconds>=2", 1, "2"},
        {"wall_seconds>=2.1", 0, "2"},
        {"wall_seconds>2", 0, "2"},
        {"wall_seconds < 2s", 0, "2"},
        {"wall_seconds>=1500ms", 1, "2"},
        {"wall_seconds!=2", 0, "2"},
        {"cpu_seconds==1.75", 1, "1.75"},
        {"memory_peak_bytes<1G", 1, "536870912"},
        {"memory_peak_bytes>512M", 0, "536870912"},
        {"processes_failed==0", 0, "2"},
        {"ledger_cpu_coverage_ratio>0.99", 1, "0.998"},
        {"io_read_bytes<1G", 0, "unavailable: not on this host"},
        {"exists:/", 1, NULL},
        {"nonempty:/", 0, NULL},
        {"exists:/dev/null", 1, NULL},
        {"nonempty:/proc/self/status", 0, "0 bytes"},
        {"nonempty:/etc/passwd", 1, NULL},
        {"exists:/nowhere/at/all", 0, "No such file or directory"},
    };
    _cleanup_record_ struct record r;
    struct err err;

    (void)state;
    record_full(&r);
    for (size_t i = 0; i < LEN(cases); i++) {
        assert_int_equal(expect_parse(cases[i].text, &err), 0);
        if (expect_evaluate(&r, cases[i].text, &err) != cases[i].held)
            fail_msg("%s: got the other answer", cases[i].text);
        if (cases[i].actual)
            assert_string_equal(r.expect.item[r.expect.count - 1].actual, cases[i].actual);
    }
}

static void test_what_is_no_expectation(void **state)
{
    static const char *const texts[] = {"",          "wall_seconds",          "wall_seconds=",
                                        "wall<2",    "wall_seconds<",         "wall_seconds<-1",
                                        "<2",        "memory_peak_bytes<max", "exists:",
                                        "nonempty:", "oom_kills<1.5",         "wall_seconds<=2 x"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < LEN(texts); i++)
        if (expect_parse(texts[i], &err) != -EINVAL || !err.expected[0])
            fail_msg("'%s' was taken for an expectation", texts[i]);
}

static void test_catalogue(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        size_t n = strlen(metrics[i].name), u = strlen(metrics[i].unit);

        assert_int_equal(metric_by_name(metrics[i].name), i);
        assert_true(metrics[i].help && *metrics[i].help);
        /* What is no count carries its unit as suffix. */
        if (strcmp(metrics[i].unit, "count") != 0)
            assert_string_equal(metrics[i].name + n - u, metrics[i].unit);
    }
    assert_int_equal(metric_by_name("wall"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_and_back),
        cmocka_unit_test(test_keys_are_fixed),
        cmocka_unit_test(test_written_once_each),
        cmocka_unit_test(test_schema_1_is_read),
        cmocka_unit_test(test_other_schemas_are_refused),
        cmocka_unit_test(test_what_is_missing_or_of_another_type_is_tolerated),
        cmocka_unit_test(test_events_are_bounded),
        cmocka_unit_test(test_ledger_keeps_failures_and_the_largest),
        cmocka_unit_test(test_full_ledger_keeps_all),
        cmocka_unit_test(test_commands_past_the_bound_fold),
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_what_is_no_expectation),
        cmocka_unit_test(test_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
