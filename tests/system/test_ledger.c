/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger against work whose amount is known: every process once, every second, every byte. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "tests/system/harness.h"

#define MIB 1048576.0
/* What starting a small program costs besides its work. */
#define START_SECONDS cpu_slack(0.03)
#define JOBS_AT_ONCE  12

static void expect_complete(const struct run *run, double tolerance)
{
    expect_near(run, "ledger_cpu_coverage_ratio", metric(run, "ledger_cpu_coverage_ratio"), 1,
                tolerance);
    expect_between(run, "events_dropped", metric(run, "events_dropped"), 0, 0);
}

static void expect_processes(const struct run *run, unsigned count)
{
    if (metric(run, "processes_total") != count) {
        _cleanup_free_ char *text = json_dump(member(run, "ledger.by_command"), 0);

        print_error("by command: %s\n", text);
    }
    expect_between(run, "processes_total", metric(run, "processes_total"), count, count);
    expect_between(run, "ledger.processes_total", number_of(run, "ledger.processes_total"), count,
                   count);
}

static double sum_of(const struct run *run, const struct json *list, const char *key)
{
    double sum = 0;

    for (size_t i = 0; i < json_count(list); i++)
        sum += row_number(run, json_at(list, i), key);
    return sum;
}

static void a_daemons_cpu_time_after_its_parents_exit_is_counted(void **state)
{
    struct run run _cleanup_run_ = {0};
    double largest = 0;

    (void)state;
    cgrun(&run, ARGS("--wait=all", "--", job("daemon_burn"), "0.5"));
    expect_status(&run, 0);
    expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0.5, 0.5 + START_SECONDS);
    expect_processes(&run, 3);
    for (unsigned i = 0; i < 3; i++)
        largest =
            fmax(largest, row_number(&run, ledger_row(&run, "daemon_burn", i), "cpu_seconds"));
    expect_between(&run, "the daemon's cpu_seconds", largest, 0.495, 0.5 + START_SECONDS);
    expect_complete(&run, 0.02);
}

/* What the same costs uncounted: making a process may cost a machine more than a millisecond. */
static double bare_cpu_seconds(const char *program, const char *how, const char *count,
                               const char *ms)
{
    struct rusage used;
    pid_t pid = fork();

    if (pid == 0) {
        execl(program, program, how, count, ms, (char *)NULL);
        _exit(1);
    }
    assert_int_equal(wait4(pid, NULL, 0, &used), pid);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void five_thousand_children_of_1_ms_are_counted_to_the_last(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct json *rows;
    double cpu, bare;

    (void)state;
    bare = bare_cpu_seconds(job("spawn"), "fork", "5000", "1");
    cgrun(&run, ARGS("--ledger", "full", "--", job("spawn"), "fork", "5000", "1"));
    expect_status(&run, 0);
    expect_processes(&run, 5001);
    rows = all_rows(&run);
    assert_int_equal(json_count(rows), 5001);
    cpu = metric(&run, "cpu_seconds");
    expect_between(&run, "cpu_seconds", cpu, 5.0, bare * (1 + unevenness() / 2) + 1);
    expect_near(&run, "the sum of the rows' cpu_seconds", sum_of(&run, rows, "cpu_seconds"), cpu,
                cpu * 0.01);
    expect_complete(&run, 0.005);
    json_free(rows);
    /* The record itself stays small. */
    expect_between(&run, "rows in the record", json_count(member(&run, "ledger.rows")), 1, 200);
}

static void a_bounded_ledger_still_counts_everything_per_command(void **state)
{
    struct run run _cleanup_run_ = {0};
    double kept;

    (void)state;
    cgrun(&run, ARGS("--", job("spawn"), "fork", "700", "0.2"));
    expect_status(&run, 0);
    expect_processes(&run, 701);
    kept = number_of(&run, "ledger.rows_kept");
    expect_between(&run, "rows_kept", kept, 1, 200);
    assert_int_equal(json_count(member(&run, "ledger.rows")), (size_t)kept);
    expect_between(&run, "processes by command",
                   sum_of(&run, member(&run, "ledger.by_command"), "processes"), 701, 701);
    expect_complete(&run, 0.02);
}

static void a_short_lived_childs_peak_is_the_jobs_peak(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *row;

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "\"$0\" 300; exit 0", job("hold")));
    expect_status(&run, 0);
    row = ledger_row(&run, "hold", 0);
    expect_between(&run, "peak_rss_bytes of hold", row_number(&run, row, "peak_rss_bytes"),
                   300 * MIB, 306 * MIB);
    expect_between(&run, "process_peak_rss_bytes", metric(&run, "process_peak_rss_bytes"),
                   300 * MIB, 306 * MIB);
    if (host_controller("memory") && metric_is_available(&run, "memory_peak_bytes"))
        expect_between(&run, "memory_peak_bytes", metric(&run, "memory_peak_bytes"), 300 * MIB,
                       306 * MIB);
}

static void a_small_child_does_not_inherit_its_large_parents_peak(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("hold"), "300", "spawn", "/bin/true"));
    expect_status(&run, 0);
    expect_processes(&run, 2);
    expect_between(&run, "peak_rss_bytes of true",
                   row_number(&run, ledger_row(&run, "true", 0), "peak_rss_bytes"), 4096, 16 * MIB);
    expect_between(&run, "peak_rss_bytes of hold",
                   row_number(&run, ledger_row(&run, "hold", 0), "peak_rss_bytes"), 300 * MIB,
                   306 * MIB);
}

static void threads_are_one_process_with_all_their_time(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *row;

    (void)state;
    cgrun(&run, ARGS("--", job("threads"), "burn", "5", "0.08"));
    expect_status(&run, 0);
    expect_processes(&run, 1);
    row = ledger_row(&run, "threads", 0);
    expect_between(&run, "cpu_seconds of threads", row_number(&run, row, "cpu_seconds"), 0.4,
                   0.4 + START_SECONDS);
    expect_between(&run, "threads it had", row_number(&run, row, "threads"), 6, 6);
    expect_complete(&run, 0.01);
}

static void a_leader_that_ends_before_its_threads_takes_nothing_along(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *row;

    (void)state;
    cgrun(&run, ARGS("--", job("threads"), "leader", "3", "0.1"));
    expect_status(&run, 0);
    expect_processes(&run, 1);
    row = ledger_row(&run, "threads", 0);
    expect_between(&run, "cpu_seconds", row_number(&run, row, "cpu_seconds"), 0.3,
                   0.3 + START_SECONDS);
    expect_between(&run, "its life",
                   time_of(json_text(json_get(row, "ended"))) -
                       time_of(json_text(json_get(row, "started"))),
                   0.1, slack(5));
    expect_complete(&run, 0.01);
}

static void exec_from_a_thread_is_still_one_process(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("threads"), "exec", "2", "0.15", job("burn")));
    expect_status(&run, 0);
    expect_processes(&run, 1);
    /* The first thread's and the new program's; the second thread had as much or was cut short. */
    expect_between(&run, "cpu_seconds",
                   row_number(&run, ledger_row(&run, "burn", 0), "cpu_seconds"), 0.3,
                   0.45 + START_SECONDS);
    expect_complete(&run, 0.01);
}

static void exec_after_exec_is_one_process_named_by_the_last(void **state)
{
    struct run run _cleanup_run_ = {0};
    const char *exe;

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true'"));
    expect_status(&run, 0);
    expect_processes(&run, 1);
    exe = json_text(json_get(ledger_row(&run, "true", 0), "exe"));
    assert_non_null(exe);
    assert_string_equal(exe, "/bin/true");
}

static void children_are_counted_however_they_are_made_and_reaped(void **state)
{
    static const char *const ways[] = {"fork", "vfork", "unwaited", "ignored"};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--", job("spawn"), ways[i], "40", "5"));
        expect_status(&run, 0);
        expect_processes(&run, 41);
        assert_int_equal(ledger_count(&run, "spawn"), 41);
        expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0.2, 0.2 + slack(0.2));
        expect_complete(&run, 0.01);
    }
}

static void failures_are_counted_and_their_rows_kept(void **state)
{
    struct run run _cleanup_run_ = {0};
    unsigned with_3 = 0;

    (void)state;
    cgrun(&run, ARGS("--", job("spawn"), "failing", "7", "1"));
    expect_status(&run, 0);
    expect_between(&run, "processes_failed", metric(&run, "processes_failed"), 7, 7);
    for (unsigned i = 0; i < 8; i++)
        with_3 += row_number(&run, ledger_row(&run, "spawn", i), "exit_code") == 3;
    assert_int_equal(with_3, 7);
}

static void direct_writes_are_counted(void **state)
{
    const char *file = scratch("direct");
    struct run first _cleanup_run_ = {0}, run _cleanup_run_ = {0};

    (void)state;
    run_start(&first, ARGS(job("direct_write"), file, "64")); /* the blocks are allocated then */
    run_wait(&first);
    if (first.status == 77)
        skip(); /* no direct I/O on this file system */
    expect_status(&first, 0);
    sync();
    cgrun(&run, ARGS("--", job("direct_write"), file, "64"));
    expect_status(&run, 0);
    /* A changed time may make a block of inodes dirty, which the kernel counts as well. */
    expect_between(&run, "io_write_bytes of direct_write",
                   row_number(&run, ledger_row(&run, "direct_write", 0), "io_write_bytes"),
                   64 * MIB, 64 * MIB + 8192);
    expect_between(&run, "io_write_bytes", metric(&run, "io_write_bytes"), 64 * MIB,
                   64 * MIB + 8192);
}

/* More events than any ring takes: what is not kept is said, and no total suffers. */
static void a_storm_of_children_loses_no_process_from_the_totals(void **state)
{
    struct run run _cleanup_run_ = {0};
    double folded;

    (void)state;
    cgrun(&run, ARGS("--", job("spawn"), "vfork", "20000", "0"));
    expect_status(&run, 0);
    expect_processes(&run, 20001);
    folded = sum_of(&run, member(&run, "ledger.by_command"), "processes");
    expect_between(&run, "processes by command and events dropped",
                   folded + metric(&run, "events_dropped"), 20001, 20001);
    expect_near(&run, "ledger_cpu_coverage_ratio", metric(&run, "ledger_cpu_coverage_ratio"), 1,
                0.02);
}

/* Only so many jobs have a ring of their own. */
static void more_jobs_than_rings_are_all_counted(void **state)
{
    static struct run run[JOBS_AT_ONCE];

    (void)state;
    for (int i = 0; i < JOBS_AT_ONCE; i++)
        cgrun_start(&run[i], ARGS("--", job("spawn"), "fork", "150", "1"));
    for (int i = 0; i < JOBS_AT_ONCE; i++)
        run_wait(&run[i]);
    for (int i = 0; i < JOBS_AT_ONCE; i++) {
        expect_status(&run[i], 0);
        expect_processes(&run[i], 151);
        expect_complete(&run[i], 0.01);
        expect_between(&run[i], "processes by command",
                       sum_of(&run[i], member(&run[i], "ledger.by_command"), "processes"), 151,
                       151);
        run_free(&run[i]);
    }
}

/* Of many first runs after a boot, one attaches the programs and all are counted by them. */
static void first_runs_at_once_are_all_counted(void **state)
{
    static struct run run[JOBS_AT_ONCE];
    char *usual = strdup(getenv("CGRUN_RUN_DIR"));
    struct run detach _cleanup_run_ = {0};

    (void)state;
    setenv("CGRUN_RUN_DIR", scratch("run2"), 1);
    for (int i = 0; i < JOBS_AT_ONCE; i++)
        cgrun_start(&run[i], ARGS("--trace", "exits", "--", job("burn"), "0.02"));
    for (int i = 0; i < JOBS_AT_ONCE; i++)
        run_wait(&run[i]);
    cgjob(&detach, ARGS("trace", "detach"));
    setenv("CGRUN_RUN_DIR", usual, 1);
    free(usual);
    expect_status(&detach, 0);
    for (int i = 0; i < JOBS_AT_ONCE; i++) {
        expect_status(&run[i], 0);
        expect_processes(&run[i], 1);
        expect_complete(&run[i], 0.05);
        run_free(&run[i]);
    }
}

/* At boot, say, so that no job has to. */
static void it_can_be_attached_ahead(void **state)
{
    struct run attach _cleanup_run_ = {0}, again _cleanup_run_ = {0}, run _cleanup_run_ = {0};
    struct run detach _cleanup_run_ = {0}, wrong _cleanup_run_ = {0};
    char *usual = strdup(getenv("CGRUN_RUN_DIR"));

    (void)state;
    setenv("CGRUN_RUN_DIR", scratch("run3"), 1);
    cgjob(&attach, ARGS("trace", "attach"));
    cgjob(&again, ARGS("trace", "attach"));
    cgrun(&run, ARGS("--trace", "exits", "--", "/bin/true"));
    cgjob(&detach, ARGS("trace", "detach"));
    cgjob(&wrong, ARGS("trace", "attache"));
    setenv("CGRUN_RUN_DIR", usual, 1);
    free(usual);
    assert_string_equal(attach.out, "attached\n");
    assert_string_equal(again.out, "attached already\n");
    expect_processes(&run, 1);
    expect_status(&detach, 0);
    expect_err(&wrong, "expected status, attach or detach");
}

static void waiting_for_a_processor_is_told_from_running(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    /* Two that burn on one processor: each waits for about as long as the other runs. */
    cgrun(&run, ARGS("--allowed-cpus", "0", "--", "/bin/sh", "-c", "\"$0\" 0.3 & \"$0\" 0.3; wait",
                     job("burn")));
    expect_status(&run, 0);
    expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0.6, 0.6 + START_SECONDS);
    expect_between(&run, "runqueue_wait_seconds", metric(&run, "runqueue_wait_seconds"), 0.4,
                   slack(30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemons_cpu_time_after_its_parents_exit_is_counted),
        cmocka_unit_test(five_thousand_children_of_1_ms_are_counted_to_the_last),
        cmocka_unit_test(a_bounded_ledger_still_counts_everything_per_command),
        cmocka_unit_test(a_short_lived_childs_peak_is_the_jobs_peak),
        cmocka_unit_test(a_small_child_does_not_inherit_its_large_parents_peak),
        cmocka_unit_test(threads_are_one_process_with_all_their_time),
        cmocka_unit_test(a_leader_that_ends_before_its_threads_takes_nothing_along),
        cmocka_unit_test(exec_from_a_thread_is_still_one_process),
        cmocka_unit_test(exec_after_exec_is_one_process_named_by_the_last),
        cmocka_unit_test(children_are_counted_however_they_are_made_and_reaped),
        cmocka_unit_test(failures_are_counted_and_their_rows_kept),
        cmocka_unit_test(direct_writes_are_counted),
        cmocka_unit_test(a_storm_of_children_loses_no_process_from_the_totals),
        cmocka_unit_test(more_jobs_than_rings_are_all_counted),
        cmocka_unit_test(first_runs_at_once_are_all_counted),
        cmocka_unit_test(it_can_be_attached_ahead),
        cmocka_unit_test(waiting_for_a_processor_is_told_from_running),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system ledger", tests);
}
