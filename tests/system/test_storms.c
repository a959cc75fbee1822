/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes and threads made as fast as the machine makes them: nothing is lost, and with too
 * little room what is lost is known to the last record.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define AT_ONCE 8

static void expect_exactly(const struct run *run, const char *name, double count)
{
    expect_between(run, name, metric(run, name), count, count);
}

static size_t rows_of(const struct run *run)
{
    struct json *rows = all_rows(run);
    size_t count = json_count(rows);

    json_free(rows);
    return count;
}

/* Two that fork on two processors: 2 x 10,000 children, the two themselves and the shell. */
static void twenty_thousand_processes_lose_nothing(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--ledger", "full", "--", "/bin/sh", "-c",
                     "\"$0\" fork 10000 0 & \"$0\" fork 10000 0 & wait; :", job("spawn")));
    expect_status(&run, 0);
    expect_exactly(&run, "processes_total", 20003);
    expect_exactly(&run, "events_dropped", 0);
    assert_int_equal(rows_of(&run), 20003);
    expect_near(&run, "coverage", metric(&run, "ledger_cpu_coverage_ratio"), 1, 0.01);
    print_message("%.0f processes a second\n", 20003 / metric(&run, "wall_seconds"));
}

static void a_hundred_thousand_threads_are_one_process(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *row;

    (void)state;
    cgrun(&run, ARGS("--", job("threads"), "storm", "100002"));
    expect_status(&run, 0);
    expect_exactly(&run, "processes_total", 1);
    expect_exactly(&run, "events_dropped", 0);
    row = ledger_row(&run, "threads", 0);
    assert_int_equal(row_number(&run, row, "threads"), 100003); /* and its first */
    expect_near(&run, "coverage", metric(&run, "ledger_cpu_coverage_ratio"), 1, 0.01);
    print_message("%.0f threads a second\n", 100003 / metric(&run, "wall_seconds"));
}

static void eight_storms_at_once_are_kept_apart(void **state)
{
    static struct run run[AT_ONCE];

    (void)state;
    for (int i = 0; i < AT_ONCE; i++)
        cgrun_start(&run[i], ARGS("--ledger", "full", "--", job("spawn"), "fork", "3000", "0"));
    for (int i = 0; i < AT_ONCE; i++)
        run_wait(&run[i]);
    for (int i = 0; i < AT_ONCE; i++) {
        expect_status(&run[i], 0);
        expect_exactly(&run[i], "processes_total", 3001);
        expect_exactly(&run[i], "events_dropped", 0);
        assert_int_equal(rows_of(&run[i]), 3001);
        run_free(&run[i]);
    }
}

/*
 * A page for each ring, and a shared table of 32 records, and nobody who takes them out: cgrun
 * stands still until the last of the children has gone.
 */
static void with_too_little_room_what_is_lost_is_counted(void **state)
{
    struct run run _cleanup_run_ = {0}, detach _cleanup_run_ = {0};
    char *usual = strdup(getenv("CGRUN_RUN_DIR"));
    double dropped;

    (void)state;
    assert_int_equal(mkfifo(scratch("go"), 0600), 0);
    setenv("CGRUN_RUN_DIR", scratch("tiny"), 1);
    setenv("CGRUN_TRACE_RING", "4096", 1);
    cgrun_start(&run, ARGS("--ledger", "full", "--", "/bin/sh", "-c",
                           "echo up; read x <\"$1\"; \"$0\" fork 600 0; echo done; read x <\"$1\"",
                           job("spawn"), scratch("go")));
    await_output(&run, "up");
    kill(run.pid, SIGSTOP);
    write_file(scratch("go"), "now\n");
    await_output(&run, "done");
    kill(run.pid, SIGCONT);
    write_file(scratch("go"), "end\n");
    run_wait(&run);
    cgjob(&detach, ARGS("trace", "detach"));
    unsetenv("CGRUN_TRACE_RING");
    setenv("CGRUN_RUN_DIR", usual, 1);
    free(usual);
    expect_status(&run, 0);
    expect_exactly(&run, "processes_total", 602);
    dropped = metric(&run, "events_dropped");
    expect_between(&run, "events_dropped", dropped, 500, 600);
    assert_int_equal(rows_of(&run) + (size_t)dropped, 602);
    /* The sums do not depend on records. */
    expect_near(&run, "coverage", metric(&run, "ledger_cpu_coverage_ratio"), 1, 0.02);
    expect_status(&detach, 0);
}

static void a_ring_of_an_impossible_size_is_refused(void **state)
{
    static const char *const sizes[] = {"5000", "64", "1T", "", "many"};
    char *usual = strdup(getenv("CGRUN_RUN_DIR"));

    (void)state;
    setenv("CGRUN_RUN_DIR", scratch("odd"), 1);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct run run _cleanup_run_ = {0};

        setenv("CGRUN_TRACE_RING", sizes[i], 1);
        cgrun(&run, ARGS("--trace", "exits", "--", "true"));
        expect_status(&run, 125);
        expect_err(&run, "CGRUN_TRACE_RING");
        expect_err(&run, "a power of two");
    }
    unsetenv("CGRUN_TRACE_RING");
    setenv("CGRUN_RUN_DIR", usual, 1);
    free(usual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_thousand_processes_lose_nothing),
        cmocka_unit_test(a_hundred_thousand_threads_are_one_process),
        cmocka_unit_test(eight_storms_at_once_are_kept_apart),
        cmocka_unit_test(with_too_little_room_what_is_lost_is_counted),
        cmocka_unit_test(a_ring_of_an_impossible_size_is_refused),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system storms", tests);
}
