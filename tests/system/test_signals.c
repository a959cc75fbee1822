/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals and the terminal belong to the job. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

static void signals_sent_to_cgrun_reach_the_job_once(void **state)
{
    static const struct {
        int signal;
        const char *name;
    } sent[] = {{SIGHUP, "got SIGHUP"},
                {SIGINT, "got SIGINT"},
                {SIGUSR1, "got SIGUSR1"},
                {SIGUSR2, "got SIGUSR2"},
                {SIGQUIT, "got SIGQUIT"}};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        kill(run.pid, sent[i].signal);
        await_output(&run, sent[i].name);
    }
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    assert_int_equal(count_text(run.out, "got "), 6);
    expect_verdict(&run, "stopped");
    expect_status(&run, 0); /* it ended by itself, in its own way */
}

static void a_signal_that_ends_the_job_is_its_end(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", "/bin/sh", "-c", "echo ready; exec sleep 30"));
    await_output(&run, "ready");
    sleep_seconds(0.1);
    kill(run.pid, SIGUSR1);
    run_wait(&run);
    expect_status(&run, 128 + SIGUSR1);
}

static void a_stopped_job_is_waited_for(void **state)
{
    struct run run _cleanup_run_ = {0};
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(pid, SIGSTOP);
    assert_false(run_ended_within(&run, 0.3));
    kill(pid, SIGUSR1);
    kill(pid, SIGCONT);
    await_output(&run, "got SIGUSR1");
    kill(pid, SIGTERM);
    run_wait(&run);
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
}

static void a_stopped_cgrun_goes_on_where_it_was(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", "sleep", "0.3"));
    sleep_seconds(0.1);
    kill(run.pid, SIGSTOP);
    sleep_seconds(0.4);
    kill(run.pid, SIGCONT);
    run_wait(&run);
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
}

static void a_stopped_job_can_be_ended(void **state)
{
    struct run run _cleanup_run_ = {0};
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(pid, SIGSTOP);
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    expect_verdict(&run, "stopped");
}

/* As Ctrl-Z leaves both: then somebody ends the job from another terminal. */
static void a_stopped_cgrun_can_be_told_to_stop(void **state)
{
    struct run run _cleanup_run_ = {0}, stop _cleanup_run_ = {0};
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--name", "suspended", "--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(run.pid, SIGSTOP);
    kill(pid, SIGSTOP);
    cgjob(&stop, ARGS("stop", "suspended"));
    expect_status(&stop, 0);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    expect_verdict(&run, "stopped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_sent_to_cgrun_reach_the_job_once),
        cmocka_unit_test(a_signal_that_ends_the_job_is_its_end),
        cmocka_unit_test(a_stopped_job_is_waited_for),
        cmocka_unit_test(a_stopped_cgrun_goes_on_where_it_was),
        cmocka_unit_test(a_stopped_job_can_be_ended),
        cmocka_unit_test(a_stopped_cgrun_can_be_told_to_stop),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system signals", tests);
}
