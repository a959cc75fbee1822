/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals and the terminal belong to the job. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

static off_t file_size(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

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

static void hold_and_release(struct run *run)
{
    off_t size;

    await_output(run, "x");
    kill(run->pid, SIGTSTP);
    sleep_seconds(slack(0.3));
    size = file_size(run->out_path);
    sleep_seconds(0.3);
    assert_int_equal(file_size(run->out_path), size);
    kill(run->pid, SIGCONT);
    sleep_seconds(slack(0.3));
    assert_true(file_size(run->out_path) > size);
}

/* Asked to stop as a batch system does: the job stops, cgrun watches on over its time limit. */
static void a_stop_sent_to_cgrun_holds_the_whole_job(void **state)
{
    static const char loop[] = "setsid sh -c 'while :; do echo x; sleep 0.01; done' & wait";
    struct run run _cleanup_run_ = {0}, limited _cleanup_run_ = {0};
    struct run session _cleanup_run_ = {.no_json = true};

    (void)state;
    /* A run of a session is a child of the cgrun that is told. */
    cgrun_start(&session, ARGS("--runs", "2", "--", "sh", "-c", loop));
    hold_and_release(&session);
    kill(session.pid, SIGTERM);
    run_wait(&session);
    assert_int_equal(run_processes(&session), 0);

    cgrun_start(&run, ARGS("--", "sh", "-c", loop));
    hold_and_release(&run);
    kill(run.pid, SIGTSTP);
    kill(run.pid, SIGTERM); /* it takes effect on what is frozen */
    run_wait(&run);
    expect_verdict(&run, "stopped");
    expect_event(&run, "signal", "the job was frozen");
    expect_event(&run, "signal", "the job goes on");

    cgrun_start(&limited, ARGS("--timeout", "500ms", "--", "sh", "-c", "echo up; sleep 60"));
    await_output(&limited, "up");
    kill(limited.pid, SIGTTIN);
    run_wait(&limited);
    expect_status(&limited, 124);
    expect_verdict(&limited, "timeout");
    assert_string_equal(evidence(&limited, "killed"), "no");
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
        cmocka_unit_test(a_stop_sent_to_cgrun_holds_the_whole_job),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system signals", tests);
}
