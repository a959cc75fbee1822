/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs in the background: what `cgrun -d` promises, and the verbs that act on running jobs. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

#define MANY 500

/* Shell lines that jobs run. */
#define SH_COUNT        "i=100000; while [ $i -lt 120000 ]; do echo \"$i.\"; i=$((i+1)); done"
#define SH_WAIT_FOR_INT "trap 'echo got INT; exit 9' INT; echo ready; while :; do sleep 0.05; done"
#define SH_LOOK         "readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; cut -d' ' -f7 /proc/$$/stat"

/* Starts it and returns the number that was printed. */
static const char *background(struct run *run, const char *const *args)
{
    const char *argv[40] = {harness_cgrun(), "-d"};
    size_t n = 2;

    for (; *args; args++)
        argv[n++] = *args;
    run_start(run, argv);
    run_wait(run);
    expect_status(run, 0);
    run->out[strcspn(run->out, "\n")] = '\0';
    if (!*run->out || strspn(run->out, "0123456789") != strlen(run->out))
        fail_test("%s: printed '%s' and no number", run->command, run->out);
    host_remember(run->pid);
    return run->out;
}

static void wait_job(const char *id, int status)
{
    struct run wait _cleanup_run_ = {0};

    cgjob(&wait, ARGS("wait", id));
    expect_status(&wait, status);
}

static void load(struct run *run, const char *id)
{
    json_free(run->record);
    run->record = cgjob_json(ARGS("show", id, "--json"));
}

static void it_returns_at_once_and_the_job_goes_on(void **state)
{
    struct run run _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--name", "quick", "--", "sh", "-c", "sleep 1; exit 5"));
    if (run.seconds > slack(0.5))
        fail_test("it took %.3f s to return", run.seconds);
    load(&run, id);
    assert_string_equal(text_of(&run, "state"), "running");
    wait_job(id, 5);
    load(&run, id);
    expect_verdict(&run, "exited");
    assert_string_equal(text_of(&run, "log"), "file");
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 1, 1 + slack(0.2));
}

static void what_cannot_be_executed_is_told_by_the_first(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run.no_json = true;
    cgrun(&run, ARGS("-d", "--", "/nonexistent/program"));
    expect_status(&run, 127);
    expect_err(&run, "/nonexistent/program");
    assert_string_equal(run.out, "");
}

static void a_limit_that_is_refused_is_told_by_the_first(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run.no_json = true;
    cgrun(&run, ARGS("-d", "--io-weight", "1000", "--allowed-cpus", "4000", "--", "true"));
    expect_status(&run, 125);
    expect_err(&run, "nothing was started");
}

static void both_streams_are_logged_in_their_order(void **state)
{
    struct run run _cleanup_run_ = {0}, logs _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--", "sh", "-c", "echo one; echo two >&2; echo three; cat"));
    wait_job(id, 0);
    cgjob(&logs, ARGS("logs", id));
    expect_status(&logs, 0);
    assert_string_equal(logs.out, "one\ntwo\nthree\n");
    run_free(&logs);
    cgjob(&logs, ARGS("logs", id, "-n", "1"));
    assert_string_equal(logs.out, "three\n");
}

static void a_follower_sees_the_rest_and_ends_with_the_job(void **state)
{
    struct run run _cleanup_run_ = {0}, logs _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--", "sh", "-c", "echo first; sleep 0.7; printf last"));
    cgjob(&logs, ARGS("logs", "-f", id));
    expect_status(&logs, 0);
    assert_string_equal(logs.out, "first\nlast");
    if (logs.seconds < 0.3)
        fail_test("it did not wait: %.3f s", logs.seconds);
}

/* 20000 lines of 8 bytes through a log of 16 KiB: the newest lines are there, none is torn. */
static void a_bounded_log_keeps_the_newest(void **state)
{
    struct run run _cleanup_run_ = {0}, logs _cleanup_run_ = {0};
    const char *id, *first;

    (void)state;
    id = background(&run, ARGS("--log-max", "16K", "--", "sh", "-c", SH_COUNT));
    wait_job(id, 0);
    cgjob(&logs, ARGS("logs", id));
    expect_between(&logs, "bytes kept", (double)strlen(logs.out), 8192, 16384);
    first = strchr(logs.out, '\n') + 1;
    for (unsigned n = (unsigned)strtoul(first, NULL, 10); n < 120000; n++) {
        char line[16];

        snprintf(line, sizeof(line), "%u.\n", n);
        if (strncmp(first, line, strlen(line)) != 0)
            fail_test("where %u was due: %.20s", n, first);
        first += strlen(line);
    }
    assert_string_equal(first, "");
}

static void the_log_is_its_owners_alone(void **state)
{
    struct run run _cleanup_run_ = {0};
    char path[400];
    struct stat st;
    const char *id;

    (void)state;
    id = background(&run, ARGS("--", "echo", "secret"));
    wait_job(id, 0);
    snprintf(path, sizeof(path), "%s/logs/%s.log", harness_dir(), id);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    snprintf(path, sizeof(path), "%s/logs", harness_dir());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void stop_sends_the_signal_and_waits_for_the_end(void **state)
{
    struct run run _cleanup_run_ = {0}, stop _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--stop-signal", "INT", "--", "sh", "-c", SH_WAIT_FOR_INT));
    sleep_seconds(slack(0.2));
    cgjob(&stop, ARGS("stop", id));
    expect_status(&stop, 0);
    expect_out(&stop, "stopped, status 9");
    load(&run, id);
    expect_verdict(&run, "stopped");
    run_free(&stop);
    cgjob(&stop, ARGS("logs", id));
    assert_string_equal(stop.out, "ready\ngot INT\n");
    run_free(&stop);
    cgjob(&stop, ARGS("stop", id));
    expect_status(&stop, 1);
    expect_err(&stop, "has ended");
}

static void stop_now_does_not_wait_for_the_grace(void **state)
{
    struct run run _cleanup_run_ = {0}, stop _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--kill-after", "60s", "--", job("stubborn")));
    sleep_seconds(slack(0.2));
    cgjob(&stop, ARGS("stop", "--now", id));
    expect_status(&stop, 0);
    load(&run, id);
    expect_verdict(&run, "stopped");
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 0, slack(5));
}

static uint64_t cpu_of(const char *id)
{
    struct run run = {0};
    char text[1024];
    uint64_t usec = 0;
    char path[400];

    load(&run, id);
    snprintf(path, sizeof(path), "%s/cpu.stat", text_of(&run, "cgroup.v2"));
    file_read_at(AT_FDCWD, path, text, sizeof(text));
    text_value(text, "usage_usec", &usec);
    run_free(&run);
    return usec;
}

static void a_frozen_job_stands_still_until_thawed_or_stopped(void **state)
{
    struct run run _cleanup_run_ = {0}, verb _cleanup_run_ = {0};
    const char *id;
    uint64_t before;

    (void)state;
    id = background(&run, ARGS("--", job("burn"), "600"));
    cgjob(&verb, ARGS("freeze", id));
    expect_status(&verb, 0);
    run_free(&verb);
    before = cpu_of(id);
    assert_true(before > 0);
    sleep_seconds(0.3);
    assert_int_equal(cpu_of(id), before);
    cgjob(&verb, ARGS("thaw", id));
    expect_status(&verb, 0);
    run_free(&verb);
    sleep_seconds(0.3);
    assert_true(cpu_of(id) > before);
    cgjob(&verb, ARGS("freeze", id));
    run_free(&verb);
    cgjob(&verb, ARGS("stop", id));
    expect_status(&verb, 0);
    load(&run, id);
    expect_verdict(&run, "stopped");
}

static void top_shows_what_runs(void **state)
{
    struct run run _cleanup_run_ = {0}, verb _cleanup_run_ = {0};
    const struct json *row;
    struct json *top;
    const char *id;

    (void)state;
    id = background(&run, ARGS("--name", "busy", "--owner", "me", "--memory-max", "64M", "--",
                               job("burn"), "600"));
    top = cgjob_json(ARGS("top", "--once", "--json"));
    assert_int_equal(json_count(top), 1);
    row = json_at(top, 0);
    assert_string_equal(json_text(json_get(row, "name")), "busy");
    assert_string_equal(json_text(json_get(row, "owner")), "me");
    assert_int_equal(json_to_int(json_get(row, "memory_limit_bytes"), 0), 64 << 20);
    assert_int_equal(json_to_int(json_get(row, "tasks"), 0), 1);
    expect_between(&run, "cpu_percent", json_to_real(json_get(row, "cpu_percent"), 0), 5, 130);
    json_free(top);
    cgjob(&verb, ARGS("top", "--once", "--sort", "memory"));
    expect_out(&verb, "busy");
    run_free(&verb);
    cgjob(&verb, ARGS("stop", "--now", id));
    run_free(&verb);
    cgjob(&verb, ARGS("top", "--once"));
    expect_out(&verb, "no job is running");
}

/* Also where no controller watches what a job reads and writes. */
static void top_shows_what_is_written(void **state)
{
    struct run run _cleanup_run_ = {0}, verb _cleanup_run_ = {0}, able _cleanup_run_ = {0};
    double rate = 0, until = now_seconds() + slack(10);
    const char *id;

    (void)state;
    cgrun(&able, ARGS("--", job("direct_write"), scratch("able"), "1"));
    if (able.status == 77) {
        print_message("this file system has no direct I/O\n");
        return;
    }
    id = background(&run,
                    ARGS("--name", "writer", "--", "sh", "-c", "while :; do \"$0\" \"$1\" 4; done",
                         job("direct_write"), scratch("written")));
    while (rate <= 0 && now_seconds() < until) {
        struct json *top = cgjob_json(ARGS("top", "--once", "--json"));

        rate = json_to_real(json_get(json_at(top, 0), "io_bytes_per_second"), -1);
        json_free(top);
    }
    cgjob(&verb, ARGS("stop", "--now", id));
    assert_true(rate > 0);
}

static void a_lock_refuses_or_waits(void **state)
{
    struct run first _cleanup_run_ = {0}, run _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&first, ARGS("--name", "holder", "--lock", "nightly", "--", "sleep",
                                 slack(1) > 3 ? "10" : "1"));
    run.no_json = true;
    cgrun(&run, ARGS("--lock", "nightly", "--", "true"));
    expect_status(&run, 125);
    expect_err(&run, "lock 'nightly' is held by job");
    expect_err(&run, "holder");
    expect_err(&run, "nothing was started");
    run_free(&run);
    cgrun(&run, ARGS("--lock", "other", "--", "true"));
    expect_status(&run, 0);
    run_free(&run);
    cgrun(&run, ARGS("--lock", "nightly", "--lock-wait", "100ms", "--", "true"));
    expect_status(&run, 125);
    run_free(&run);
    cgrun(&run, ARGS("--lock", "nightly", "--lock-wait", "1min", "--", "true"));
    expect_status(&run, 0);
    wait_job(id, 0);
}

static void a_waiter_for_a_lock_can_be_ended(void **state)
{
    struct run first _cleanup_run_ = {0}, run _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&first, ARGS("--lock", "held", "--", "sleep", "3000"));
    run.no_json = true;
    cgrun_start(&run, ARGS("--lock", "held", "--lock-wait", "1min", "--", "true"));
    sleep_seconds(slack(0.1));
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_status(&run, 125);
    expect_err(&run, "ended while waiting for lock 'held'");
    run_free(&run);
    cgjob(&run, ARGS("stop", "--now", id));
    expect_status(&run, 0);
}

/* No terminal, no standard input, none of the caller's descriptors. */
static void the_job_has_nothing_of_its_caller(void **state)
{
    struct run run _cleanup_run_ = {0}, logs _cleanup_run_ = {0};
    const char *id;

    (void)state;
    id = background(&run, ARGS("--", "sh", "-c", SH_LOOK));
    wait_job(id, 0);
    cgjob(&logs, ARGS("logs", id));
    assert_string_equal(logs.out, "/dev/null\n4\n0\n"); /* the fourth is ls's own directory */
}

static void five_hundred_at_once_are_all_recorded(void **state)
{
    static struct run run[MANY];
    struct json *list;
    /* Enough to fill every pool there is; emulated machines need minutes for five hundred. */
    const int many = slack(1) > 3 ? 100 : MANY;
    double pss = 0;

    (void)state;
    for (int i = 0; i < many; i++) {
        memset(&run[i], 0, sizeof(run[i]));
        background(&run[i], ARGS("--name", "many", "--", "sleep", "3000"));
    }
    list = cgjob_json(ARGS("ls", "--name", "many", "--state", "running", "--limit", "0", "--json"));
    assert_int_equal(json_count(list), many);
    for (int i = 0; i < many; i++) {
        char path[64];
        char text[2048];
        uint64_t kib = 0;

        snprintf(
            path, sizeof(path), "/proc/%d/smaps_rollup",
            (int)json_to_int(json_get(json_get(json_at(list, (size_t)i), "supervisor"), "pid"), 0));
        if (file_read_at(AT_FDCWD, path, text, sizeof(text)) > 0 &&
            text_value(text, "Pss:", &kib) == 0)
            pss += (double)kib;
    }
    print_message("%d supervisors: %.0f KiB each\n", many, pss / many);
    json_free(list);
    for (int i = 0; i < many; i++) {
        struct run stop _cleanup_run_ = {0};

        cgjob(&stop, ARGS("stop", "--now", run[i].out));
        expect_status(&stop, 0);
        run_free(&run[i]);
    }
    list = cgjob_json(ARGS("ls", "--name", "many", "--state", "ended", "--limit", "0", "--json"));
    assert_int_equal(json_count(list), many);
    json_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_returns_at_once_and_the_job_goes_on),
        cmocka_unit_test(what_cannot_be_executed_is_told_by_the_first),
        cmocka_unit_test(a_limit_that_is_refused_is_told_by_the_first),
        cmocka_unit_test(both_streams_are_logged_in_their_order),
        cmocka_unit_test(a_follower_sees_the_rest_and_ends_with_the_job),
        cmocka_unit_test(a_bounded_log_keeps_the_newest),
        cmocka_unit_test(the_log_is_its_owners_alone),
        cmocka_unit_test(stop_sends_the_signal_and_waits_for_the_end),
        cmocka_unit_test(stop_now_does_not_wait_for_the_grace),
        cmocka_unit_test(a_frozen_job_stands_still_until_thawed_or_stopped),
        cmocka_unit_test(top_shows_what_runs),
        cmocka_unit_test(top_shows_what_is_written),
        cmocka_unit_test(a_lock_refuses_or_waits),
        cmocka_unit_test(a_waiter_for_a_lock_can_be_ended),
        cmocka_unit_test(the_job_has_nothing_of_its_caller),
        cmocka_unit_test(five_hundred_at_once_are_all_recorded),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system background", tests);
}
