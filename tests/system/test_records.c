/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: there before the start, complete, the same wherever they are read. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/record/metrics.h"
#include "tests/system/harness.h"

#define AT_ONCE 20

static size_t rows(void)
{
    struct json *list = cgjob_json(ARGS("ls", "--limit", "0", "--json"));
    size_t n = json_count(listed(list));

    json_free(list);
    return n;
}

static void a_rehearsal_prints_the_plan_and_does_nothing(void **state)
{
    const char *witness = scratch("started");
    struct run run _cleanup_run_ = {.no_json = true};

    (void)state;
    cgrun(&run,
          ARGS("--dry-run", "--memory-max", "64M", "--tasks-max", "33", "--", "touch", witness));
    expect_status(&run, 0);
    expect_out(&run, host_controller("memory") == 2 ? "memory.max" : "memory.limit_in_bytes");
    expect_out(&run, "67108864");
    expect_out(&run, "pids.max");
    assert_int_not_equal(access(witness, F_OK), 0);
    assert_int_not_equal(access(scratch("jobs.db"), F_OK), 0); /* not even a database */
    assert_int_not_equal(access(scratch("run"), F_OK), 0);
    assert_int_not_equal(access(scratch("cache/policy"), F_OK), 0); /* nor a compiled policy */
}

static void the_rehearsal_as_json_has_every_write(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true};
    struct json *plan = NULL;
    unsigned found = 0;

    (void)state;
    cgrun(&run, ARGS("--dry-run=json", "--memory-max", "64M", "--", "echo", "a b"));
    expect_status(&run, 0);
    if (json_parse(run.out, strlen(run.out), "plan", &plan, NULL) < 0)
        fail_test("not JSON: %s", run.out);
    for (size_t i = 0; i < json_count(json_get(plan, "cgroups")); i++) {
        const struct json *settings = json_get(json_at(json_get(plan, "cgroups"), i), "settings");

        for (size_t k = 0; k < json_count(settings); k++)
            found += strcmp(json_text(json_get(json_at(settings, k), "value")), "67108864") == 0;
    }
    assert_int_equal(found, 1);
    assert_string_equal(json_text(json_at(json_get(plan, "argv"), 1)), "a b");
    json_free(plan);
}

static void the_row_is_there_while_the_job_runs(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct json *list;
    const struct json *row = NULL;

    (void)state;
    cgrun_start(&run, ARGS("--name", "seen", "--", job("trap")));
    await_output(&run, "ready");
    list = cgjob_json(ARGS("ls", "--json"));
    for (size_t i = 0; i < json_count(listed(list)); i++)
        if (strcmp(json_text(json_get(json_at(listed(list), i), "name")), "seen") == 0)
            row = json_at(listed(list), i);
    assert_non_null(row);
    assert_string_equal(json_text(json_get(row, "state")), "running");
    json_free(list);
    kill(run.pid, SIGTERM);
    run_wait(&run);
    assert_string_equal(text_of(&run, "state"), "ended");
}

static void a_record_has_every_key_of_the_contract(void **state)
{
    static const char *const keys[] = {
        "schema", "id",     "name",     "argv",        "state",  "started", "ended",   "owner",
        "reason", "expect", "rollback", "session",     "label",  "tags",    "verdict", "metrics",
        "limits", "policy", "cgroup",   "environment", "events", "ledger"};
    static const char *const ledger[] = {"processes_total", "rows_kept", "events_dropped",
                                         "by_command", "rows"};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "true"));
    expect_status(&run, 0);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        member(&run, keys[i]);
    for (size_t i = 0; i < sizeof(ledger) / sizeof(ledger[0]); i++)
        if (!json_get(member(&run, "ledger"), ledger[i]))
            fail_test("the ledger has no '%s'", ledger[i]);
    assert_int_equal((int)number_of(&run, "schema"), 2);
    expect_near(&run, "ended - started",
                time_of(text_of(&run, "ended")) - time_of(text_of(&run, "started")),
                metric(&run, "wall_seconds"), 0.05);
}

static void every_metric_has_a_source_or_a_reason(void **state)
{
    struct run run _cleanup_run_ = {0}, blind _cleanup_run_ = {0};
    struct run *runs[] = {&run, &blind};

    (void)state;
    cgrun(&run, ARGS("--", "true"));
    cgrun(&blind, ARGS("--trace", "none", "--", "true"));
    for (int r = 0; r < 2; r++) {
        const struct json *all = member(runs[r], "metrics");

        expect_between(runs[r], "metrics", (double)json_members(all), METRIC_COUNT, METRIC_COUNT);
        for (size_t i = 0; i < json_members(all); i++) {
            struct json *m;
            const char *name = json_member(all, i, &m);
            bool there = json_is_number(json_get(m, "value"));

            if (there ? !json_text(json_get(m, "source")) || !json_text(json_get(m, "unit"))
                      : !json_text(json_get(m, "unavailable")))
                fail_test("%s has neither", name);
        }
    }
    assert_true(metric_is_available(&run, "processes_total"));
    assert_false(metric_is_available(&blind, "processes_total"));
    assert_true(metric_is_available(&blind, "cpu_seconds"));
}

static void expect_same(const char *key, const struct json *a, const struct json *b)
{
    char *one = json_dump(json_get(a, key), 0), *other = json_dump(json_get(b, key), 0);

    if (!one || !other || strcmp(one, other) != 0)
        fail_test("'%s' differs: %.400s and %.400s", key, one ? one : "nothing",
                  other ? other : "nothing");
    free(one);
    free(other);
}

static void show_agrees_with_the_file(void **state)
{
    static const char *const keys[] = {
        "id",      "name",   "argv",     "state",   "started", "ended",  "owner",
        "reason",  "expect", "rollback", "session", "label",   "tags",   "verdict",
        "metrics", "limits", "policy",   "cgroup",  "events",  "ledger", "environment"};
    struct run run _cleanup_run_ = {0};
    struct json *shown;

    (void)state;
    cgrun(&run,
          ARGS("--name", "agree", "--owner", "team", "--reason", "to see", "--rollback", "undo",
               "--session", "s", "--label", "l", "--tag", "a=b", "--tag", "c=d", "--expect",
               "wall_seconds<60", "--memory-max", "64M", "--", job("spawn"), "failing", "2", "1"));
    expect_status(&run, 0);
    assert_string_equal(text_of(&run, "owner"), "team");
    shown = cgjob_json(ARGS("show", "agree", "--json"));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        expect_same(keys[i], run.record, shown);
    json_free(shown);
}

static void why_and_ps_agree_with_the_file(void **state)
{
    struct run run _cleanup_run_ = {0}, text _cleanup_run_ = {0};
    struct json *why, *ps;
    char *dump;

    (void)state;
    cgrun(&run, ARGS("--name", "killed", "--", "/bin/sh", "-c", "kill -KILL $$"));
    why = cgjob_json(ARGS("why", "killed", "--json"));
    dump = json_dump(why, 0);
    assert_non_null(strstr(dump, "signaled"));
    free(dump);
    ps = cgjob_json(ARGS("ps", "killed", "--json"));
    dump = json_dump(ps, 0);
    assert_non_null(strstr(dump, "by_command"));
    free(dump);
    json_free(why);
    json_free(ps);
    cgjob(&text, ARGS("why", "killed"));
    expect_status(&text, 0);
    expect_out(&text, "SIGKILL");
}

static void runs_of_a_name_are_counted_backwards(void **state)
{
    struct run first _cleanup_run_ = {0}, second _cleanup_run_ = {0}, none _cleanup_run_ = {0};
    struct json *latest, *earlier;

    (void)state;
    cgrun(&first, ARGS("--name", "series", "--", "true"));
    cgrun(&second, ARGS("--name", "series", "--", "true"));
    latest = cgjob_json(ARGS("show", "series", "--json"));
    earlier = cgjob_json(ARGS("show", "series~1", "--json"));
    expect_same("id", latest, second.record);
    expect_same("id", earlier, first.record);
    json_free(latest);
    json_free(earlier);
    cgjob(&none, ARGS("show", "series~2"));
    assert_int_not_equal(none.status, 0);
    expect_err(&none, "series");
}

static void arguments_that_are_not_utf8_can_be_recovered(void **state)
{
    static const char bytes[] = "caf\351 \377\376 \xed\xa0\x80 ok";
    struct run run _cleanup_run_ = {0}, text _cleanup_run_ = {0};
    struct json *shown;
    char *back;

    (void)state;
    cgrun(&run, ARGS("--name", "bytes", "--", "printf", "%s", bytes));
    expect_status(&run, 0);
    assert_string_equal(run.out, bytes);
    shown = cgjob_json(ARGS("show", "bytes", "--json"));
    back = json_get_bytes(json_at(json_get(shown, "argv"), 2));
    assert_non_null(back);
    assert_string_equal(back, bytes);
    free(back);
    json_free(shown);
    /* What is for a terminal holds nothing that is not text. */
    cgjob(&text, ARGS("show", "bytes"));
    expect_status(&text, 0);
    expect_no_out(&text, "\377");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    struct run run _cleanup_run_ = {0}, text _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "escape", "--", "true", "\033[31mred\033[0m\nnew line"));
    cgjob(&text, ARGS("show", "escape"));
    expect_status(&text, 0);
    expect_no_out(&text, "\033[31m");
}

static void many_at_once_are_all_recorded(void **state)
{
    static struct run run[AT_ONCE];
    size_t before = rows();

    (void)state;
    for (int i = 0; i < AT_ONCE; i++)
        cgrun_start(&run[i], ARGS("--name", "many", "--", job("burn"), "0.03"));
    for (int i = 0; i < AT_ONCE; i++)
        run_wait(&run[i]);
    for (int i = 0; i < AT_ONCE; i++) {
        expect_status(&run[i], 0);
        expect_between(&run[i], "processes_total", metric(&run[i], "processes_total"), 1, 1);
        expect_between(&run[i], "cpu_seconds", metric(&run[i], "cpu_seconds"), 0.03,
                       0.03 + cpu_slack(0.03));
        for (int k = 0; k < i; k++)
            assert_true(number_of(&run[i], "id") != number_of(&run[k], "id"));
    }
    assert_int_equal(rows(), before + AT_ONCE);
    for (int i = 0; i < AT_ONCE; i++)
        run_free(&run[i]);
}

static void the_record_can_go_to_standard_output(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true};

    (void)state;
    cgrun(&run, ARGS("--json", "-", "--", "true"));
    expect_status(&run, 0);
    if (json_parse(run.out, strlen(run.out), "stdout", &run.record, NULL) < 0)
        fail_test("not JSON: %s", run.out);
    expect_verdict(&run, "exited");
}

static void a_database_that_cannot_be_opened_is_an_error_before_the_start(void **state)
{
    const char *witness = scratch("started");
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--db", "/proc/no/such/jobs.db", "--", "touch", witness));
    expect_status(&run, 125);
    expect_err(&run, "/proc/no/such");
    assert_int_not_equal(access(witness, F_OK), 0);
}

static void the_environment_of_the_run_is_recorded(void **state)
{
    static const char *const keys[] = {"host", "kernel",        "cgroup_mode",      "cpus",
                                       "load", "cgrun_version", "working_directory"};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "true"));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!json_get(member(&run, "environment"), keys[i]))
            fail_test("the environment has no '%s'", keys[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rehearsal_prints_the_plan_and_does_nothing), /* must be the first */
        cmocka_unit_test(the_rehearsal_as_json_has_every_write),
        cmocka_unit_test(the_row_is_there_while_the_job_runs),
        cmocka_unit_test(a_record_has_every_key_of_the_contract),
        cmocka_unit_test(every_metric_has_a_source_or_a_reason),
        cmocka_unit_test(show_agrees_with_the_file),
        cmocka_unit_test(why_and_ps_agree_with_the_file),
        cmocka_unit_test(runs_of_a_name_are_counted_backwards),
        cmocka_unit_test(arguments_that_are_not_utf8_can_be_recovered),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(many_at_once_are_all_recorded),
        cmocka_unit_test(the_record_can_go_to_standard_output),
        cmocka_unit_test(a_database_that_cannot_be_opened_is_an_error_before_the_start),
        cmocka_unit_test(the_environment_of_the_run_is_recorded),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system records", tests);
}
