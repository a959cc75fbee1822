/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger as `cgjob ps` shows it, and the report over all jobs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Job 1 of ops: a tree of known shape. Two of dba: one that burns 0.2 s, one that fails. */
static void run_some(void)
{
    struct run tree _cleanup_run_ = {0}, burn _cleanup_run_ = {0}, bad _cleanup_run_ = {0};

    cgrun(&tree,
          ARGS("--name", "tree", "--owner", "ops", "--ledger", "full", "--", "/bin/sh", "-c",
               "/bin/sh -c '/bin/sleep 0.05; /bin/true; :'; \"$0\" fork 3000 0; :", job("spawn")));
    expect_status(&tree, 0);
    cgrun(&burn, ARGS("--name", "burn", "--owner", "dba", "--", job("burn"), "0.2"));
    expect_status(&burn, 0);
    cgrun(&bad, ARGS("--name", "bad", "--owner", "dba", "--", "/bin/false"));
    expect_status(&bad, 1);
}

static const struct json *usage_row(const struct json *doc, const char *key, const char *value)
{
    const struct json *rows = json_get(doc, "rows");

    for (size_t i = 0; i < json_count(rows); i++)
        if (strcmp(json_text(json_get(json_at(rows, i), key)), value) == 0)
            return json_at(rows, i);
    fail_test("no row of %s %s", key, value);
}

static double figure(const struct json *row, const char *key)
{
    return json_to_real(json_get(row, key), -1);
}

static void the_report_sums_by_owner_and_command(void **state)
{
    struct json *owners, *commands;
    const struct json *dba, *spawn;

    (void)state;
    run_some();
    owners = cgjob_json(ARGS("usage", "--by", "owner", "--json"));
    dba = usage_row(owners, "owner", "dba");
    assert_int_equal(figure(dba, "jobs"), 2);
    assert_int_equal(figure(dba, "failed"), 1);
    assert_int_equal(figure(dba, "processes"), 2);
    if (figure(dba, "cpu_seconds") < 0.2 || figure(dba, "cpu_seconds") > slack(0.4))
        fail_test("dba used %g s", figure(dba, "cpu_seconds"));
    assert_int_equal(figure(usage_row(owners, "owner", "ops"), "processes"), 3005);
    assert_int_equal(figure(json_get(owners, "all"), "jobs"), 3);
    commands = cgjob_json(ARGS("usage", "--by", "command", "--json"));
    spawn = usage_row(commands, "command", "spawn");
    assert_int_equal(figure(spawn, "processes"), 3001);
    assert_int_equal(figure(usage_row(commands, "command", "false"), "failed"), 1);
    json_free(owners);
    json_free(commands);
}

static void the_report_is_of_the_time_asked_for(void **state)
{
    struct json *none, *all;

    (void)state;
    none = cgjob_json(ARGS("usage", "--until", "1h", "--json"));
    assert_int_equal(figure(json_get(none, "all"), "jobs"), 0);
    all = cgjob_json(ARGS("usage", "--since", "1h", "--by", "user", "--json"));
    assert_int_equal(figure(usage_row(all, "user", "root"), "jobs"), 3);
    json_free(none);
    json_free(all);
}

static void the_tree_is_drawn(void **state)
{
    struct run ps _cleanup_run_ = {0};
    const char *inner;

    (void)state;
    cgjob(&ps, ARGS("ps", "tree", "--tree"));
    expect_status(&ps, 0);
    expect_out(&ps, "  sh[");
    inner = strstr(ps.out, "├─ sh[");
    assert_non_null(inner);
    inner = strstr(inner, "│  ├─ sleep[");
    assert_non_null(inner);
    inner = strstr(inner, "│  └─ true[");
    assert_non_null(inner);
    assert_non_null(strstr(inner, "└─ spawn["));
    assert_int_equal(count_text(ps.out, "   ├─ spawn["), 2999);
    assert_int_equal(count_text(ps.out, "└─ spawn["), 2); /* and their parent */
    expect_out(&ps, "\n3005 processes\n");
}

static void rows_are_sorted_and_exported(void **state)
{
    struct run csv _cleanup_run_ = {0}, rows _cleanup_run_ = {0}, bad _cleanup_run_ = {0};
    const char *line;

    (void)state;
    cgjob(&csv, ARGS("ps", "tree", "--rows", "--csv"));
    assert_int_equal(count_text(csv.out, "\n"), 3006);
    assert_int_equal(count_text(csv.out, ",spawn,"), 3001);
    cgjob(&rows, ARGS("ps", "tree", "--rows", "--sort", "time"));
    line = strchr(rows.out, '\n');
    assert_non_null(line);
    assert_non_null(strstr(line, "  sh  "));
    assert_true(strstr(line, "  sh  ") <
                strchr(line + 1, '\n')); /* the first to start, the last to end */
    cgjob(&bad, ARGS("ps", "tree", "--sort", "colour"));
    expect_status(&bad, 2);
    expect_err(&bad, "expected cpu, memory, io, wait, time, start or pid");
}

static void what_lives_is_shown_live(void **state)
{
    struct run run _cleanup_run_ = {0}, ps _cleanup_run_ = {0}, over _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "living", "--", "/bin/sh", "-c",
                           "\"$0\" 0.1; /bin/sleep 1000 & echo up; wait", job("burn")));
    await_output(&run, "up");
    cgjob(&ps, ARGS("ps", "living", "--live"));
    expect_status(&ps, 0);
    expect_out(&ps, "  sleep  ");
    expect_out(&ps, "running\n2 processes\n");
    expect_no_out(&ps, "burn"); /* it has ended */
    kill(run.pid, SIGTERM);
    run_wait(&run);
    cgjob(&over, ARGS("ps", "living", "--live"));
    expect_status(&over, 1);
    expect_err(&over, "does not run");
}

/* Its numbers are known: three runs of one name, and a later one of another. */
static void old_records_can_be_removed(void **state)
{
    struct run run _cleanup_run_ = {0}, none _cleanup_run_ = {0}, wrong _cleanup_run_ = {0};
    struct run rehearsed _cleanup_run_ = {0}, gone _cleanup_run_ = {0}, left _cleanup_run_ = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct run one _cleanup_run_ = {0};

        cgrun(&one, ARGS("--name", "pruned", "--ledger", "full", "--", "true"));
        expect_status(&one, 0);
    }
    cgrun(&run, ARGS("--name", "later", "--", "true"));
    cgjob(&none, ARGS("prune"));
    expect_status(&none, 2);
    expect_err(&none, "expected --older-than TIME, --keep NUMBER or both; nothing was removed");
    cgjob(&wrong, ARGS("prune", "--keep", "0"));
    expect_status(&wrong, 2);
    cgjob(&rehearsed, ARGS("prune", "--name", "pruned", "--keep", "1", "--dry-run"));
    expect_out(&rehearsed, "2 records and 2 files would go, ");
    cgjob(&gone, ARGS("prune", "--name", "pruned", "--keep", "1"));
    expect_status(&gone, 0);
    expect_out(&gone, "2 records and 2 files removed, ");
    cgjob(&left, ARGS("ls", "--name", "pruned"));
    assert_int_equal(count_text(left.out, "pruned"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_sums_by_owner_and_command),
        cmocka_unit_test(the_report_is_of_the_time_asked_for),
        cmocka_unit_test(the_tree_is_drawn),
        cmocka_unit_test(rows_are_sorted_and_exported),
        cmocka_unit_test(what_lives_is_shown_live),
        cmocka_unit_test(old_records_can_be_removed),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system accounting", tests);
}
