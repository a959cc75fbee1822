/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How jobs end: nothing goes on afterwards, and the cause is named with its evidence. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Three times what an idle machine needs. */
#define KILL_TO_GONE_SECONDS slack(0.3)

/* Between the first event of that kind and the last. */
static double event_span(const struct run *run, const char *kind)
{
    const struct json *events = member(run, "events");
    double first = 0, last = 0;

    for (size_t i = 0; i < json_count(events); i++) {
        const struct json *e = json_at(events, i);

        if (strcmp(json_text(json_get(e, "kind")), kind) != 0)
            continue;
        last = time_of(json_text(json_get(e, "time")));
        if (first == 0)
            first = last;
    }
    return last - first;
}

/* The one process of a run that is not cgrun itself. */
static pid_t only_process(const struct run *run)
{
    pid_t pid = 0;

    assert_int_equal(run_pids(run, &pid, 1), 1);
    return pid;
}

static void a_stopped_job_of_400_that_ignores_sigterm_is_gone_after_its_grace(void **state)
{
    struct run run _cleanup_run_ = {0};
    double asked;

    (void)state;
    cgrun_start(&run, ARGS("--kill-after", "0.5s", "--", job("stubborn"), "400"));
    await_output(&run, "ready");
    assert_int_equal(run_processes(&run), 400);
    asked = now_seconds();
    kill(run.pid, SIGTERM);
    run_wait(&run);
    assert_int_equal(run_processes(&run), 0);
    expect_between(&run, "seconds from SIGTERM to the end", now_seconds() - asked, 0.5, slack(2));
    expect_status(&run, 137);
    expect_verdict(&run, "stopped");
    assert_string_equal(evidence(&run, "killed"), "yes");
    assert_int_equal(atoi(evidence(&run, "by_pid")), getpid());
    expect_between(&run, "seconds from kill to gone", event_span(&run, "kill"), 0,
                   KILL_TO_GONE_SECONDS);
    expect_between(&run, "processes_total", metric(&run, "processes_total"), 400, 400);
}

static void a_second_sigterm_ends_the_grace(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--kill-after", "50s", "--", job("stubborn"), "3"));
    await_output(&run, "ready");
    kill(run.pid, SIGTERM);
    sleep_seconds(0.1);
    assert_int_equal(run_processes(&run), 3);
    kill(run.pid, SIGTERM);
    if (!run_ended_within(&run, slack(5)))
        fail_test("it went on after a second SIGTERM");
    expect_verdict(&run, "stopped");
    assert_int_equal(run_processes(&run), 0);
}

static void a_job_that_obeys_its_stop_is_not_killed(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--timeout", "0.5s", "--kill-after", "20s", "--", job("trap")));
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    expect_out(&run, "got SIGTERM");
    assert_string_equal(evidence(&run, "killed"), "no");
    assert_int_equal((int)number_of(&run, "verdict.exit_code"), 0);
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 0.5, slack(5));
}

static void the_stop_signal_is_the_one_asked_for(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--timeout", "0.5s", "--kill-after", "0.3s", "--stop-signal", "USR1", "--",
                     job("trap")));
    expect_status(&run, 124);
    expect_out(&run, "got SIGUSR1");
    expect_no_out(&run, "SIGTERM");
    assert_string_equal(evidence(&run, "killed"), "yes");
}

static void a_fork_bomb_is_contained_and_ended(void **state)
{
    struct run run _cleanup_run_ = {0};
    unsigned most = 0;

    (void)state;
    cgrun_start(&run, ARGS("--tasks-max", "50", "--timeout", "2s", "--kill-after", "0.2s", "--",
                           job("fork_bomb"), "--yes-under-a-limit"));
    for (int i = 0; i < 15; i++) {
        unsigned n = run_processes(&run);

        most = n > most ? n : most;
        sleep_seconds(0.1);
    }
    run_wait(&run);
    assert_int_equal(run_processes(&run), 0);
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    expect_between(&run, "processes seen at once", most, 2, 51); /* 50, and cgrun's keeper */
    expect_between(&run, "fork_failures", metric(&run, "fork_failures"), 1, 1e9);
    expect_between(&run, "its end", run.seconds, 2, slack(6));
    if (metric_is_available(&run, "tasks_peak"))
        expect_between(&run, "tasks_peak", metric(&run, "tasks_peak"), 45, 50);
}

static void a_job_out_of_memory_says_which_process_and_limit(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "64M", "--", job("hold"), "300"));
    expect_status(&run, 137);
    expect_verdict(&run, "oom");
    assert_string_equal(evidence(&run, "victim_comm"), "hold");
    assert_int_equal(atoi(evidence(&run, "limit_bytes")), 64 << 20);
    expect_between(&run, "victim_peak_rss_bytes", atof(evidence(&run, "victim_peak_rss_bytes")),
                   48 << 20, 68 << 20);
    if (host_controller("memory") == 1 || host_kernel_at_least(5, 19)) /* v2's memory.peak */
        expect_between(&run, "memory_peak_bytes", metric(&run, "memory_peak_bytes"), 60 << 20,
                       64 << 20);
    expect_between(&run, "oom_kills", metric(&run, "oom_kills"), 1, 1);
    expect_event(&run, "oom", "hold[");
    expect_err(&run, "oom"); /* the summary is printed, though this is no terminal */
}

static void an_oom_kill_that_the_job_survives_is_an_event(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "64M", "--", "/bin/sh", "-c",
                     "\"$0\" 300; echo child $?; exit 0", job("hold")));
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
    expect_out(&run, "child 137");
    expect_between(&run, "oom_kills", metric(&run, "oom_kills"), 1, 1);
    expect_event(&run, "oom", "hold[");
}

/*
 * Where a kernel refuses the hook for refused calls, the figure must be missing with a reason: a 0
 * would say that nothing was refused.
 */
static void expect_reason(const struct run *run, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "metrics.%s.unavailable", name);
    print_message("not seen on this kernel: %s\n", text_of(run, path));
    assert_true(strlen(text_of(run, path)) > 10);
}

static void a_denied_call_is_named_with_its_process(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", "batch", "--", job("attempt"), "mount", "mount", "getppid"));
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
    assert_string_equal(run.out, "mount: EPERM\nmount: EPERM\ngetppid: done\n");
    if (!metric_is_available(&run, "denied_syscalls")) {
        expect_reason(&run, "denied_syscalls");
        return;
    }
    expect_between(&run, "denied_syscalls", metric(&run, "denied_syscalls"), 2, 2);
    expect_event(&run, "denied", "mount");
    expect_event(&run, "denied", "attempt[");
}

static void a_job_without_denied_calls_says_none(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "ls / >/dev/null; sleep 0.01"));
    expect_status(&run, 0);
    if (!metric_is_available(&run, "denied_syscalls")) {
        expect_reason(&run, "denied_syscalls");
        return;
    }
    expect_between(&run, "denied_syscalls", metric(&run, "denied_syscalls"), 0, 0);
}

static const char *killing_policy(const char *action)
{
    const char *path = scratch(action);
    char text[512];

    snprintf(text, sizeof(text),
             "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": "
             "[\"sethostname\"], \"action\": \"%s\"}]}",
             action);
    write_file(path, text);
    return path;
}

static void a_policys_kill_is_the_verdict_with_the_syscall(void **state)
{
    static const char *const actions[] = {"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--policy", killing_policy(actions[i]), "--", job("attempt"), "getppid",
                         "sethostname"));
        expect_status(&run, 128 + SIGSYS);
        expect_verdict(&run, "seccomp");
        assert_string_equal(run.out, "getppid: done\n");
        assert_string_equal(evidence(&run, "syscall"), "sethostname");
        assert_string_equal(evidence(&run, "comm"), "attempt");
    }
}

static void a_policys_kill_that_the_job_survives_is_an_event(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", killing_policy("SCMP_ACT_KILL_PROCESS"), "--", "/bin/sh", "-c",
                     "\"$0\" sethostname; echo child $?; exit 0", job("attempt")));
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
    expect_out(&run, "child 159");
    expect_event(&run, "denied", "sethostname");
    expect_event(&run, "denied", "attempt[");
}

static void the_strict_policy_kills_what_it_does_not_list(void **state)
{
    struct run run _cleanup_run_ = {0}, plain _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", "strict", "--", job("attempt"), "getppid", "mount"));
    expect_status(&run, 128 + SIGSYS);
    expect_verdict(&run, "seccomp");
    assert_string_equal(run.out, "getppid: done\n");
    assert_string_equal(evidence(&run, "policy"), "strict");
    assert_string_equal(evidence(&run, "syscall"), "mount");
    cgrun(&plain, ARGS("--policy", "strict", "--", "/bin/sh", "-c", "ls / | sort | wc -l"));
    expect_status(&plain, 0);
}

static void a_kill_from_outside_names_the_sender(void **state)
{
    struct run run _cleanup_run_ = {0};
    pid_t victim;

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    victim = only_process(&run);
    kill(victim, SIGKILL);
    run_wait(&run);
    expect_status(&run, 137);
    expect_verdict(&run, "signaled");
    assert_int_equal((int)number_of(&run, "verdict.signal"), SIGKILL);
    assert_int_equal(atoi(evidence(&run, "sender_pid")), getpid());
    assert_int_equal(atoi(evidence(&run, "sender_uid")), getuid());
    assert_string_equal(evidence(&run, "sender_comm"), "test_ends");
    assert_int_equal(atoi(evidence(&run, "pid")), victim);
}

static void a_job_that_kills_itself_is_its_own_sender(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "kill -USR1 $$"));
    expect_status(&run, 128 + SIGUSR1);
    expect_verdict(&run, "signaled");
    assert_string_equal(evidence(&run, "sender_pid"), evidence(&run, "pid"));
}

static void what_the_command_leaves_running_ends_with_it(void **state)
{
    struct run run _cleanup_run_ = {0}, daemon _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "sleep 60 & setsid sleep 60 & sleep 0.1; exit 4"));
    expect_status(&run, 4);
    expect_verdict(&run, "exited");
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 0.1, slack(3));
    assert_int_equal(run_processes(&run), 0);
    cgrun(&daemon, ARGS("--", job("daemon_burn"), "30"));
    expect_status(&daemon, 0);
    expect_between(&daemon, "wall_seconds", metric(&daemon, "wall_seconds"), 0, slack(3));
    assert_int_equal(run_processes(&daemon), 0);
}

static void waiting_for_all_still_obeys_the_time_limit(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--wait=all", "--timeout", "0.5s", "--", job("daemon_burn"), "30"));
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 0.5, slack(3));
    assert_int_equal(run_processes(&run), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_job_of_400_that_ignores_sigterm_is_gone_after_its_grace),
        cmocka_unit_test(a_second_sigterm_ends_the_grace),
        cmocka_unit_test(a_job_that_obeys_its_stop_is_not_killed),
        cmocka_unit_test(the_stop_signal_is_the_one_asked_for),
        cmocka_unit_test(a_fork_bomb_is_contained_and_ended),
        cmocka_unit_test(a_job_out_of_memory_says_which_process_and_limit),
        cmocka_unit_test(an_oom_kill_that_the_job_survives_is_an_event),
        cmocka_unit_test(a_denied_call_is_named_with_its_process),
        cmocka_unit_test(a_job_without_denied_calls_says_none),
        cmocka_unit_test(a_policys_kill_is_the_verdict_with_the_syscall),
        cmocka_unit_test(a_policys_kill_that_the_job_survives_is_an_event),
        cmocka_unit_test(the_strict_policy_kills_what_it_does_not_list),
        cmocka_unit_test(a_kill_from_outside_names_the_sender),
        cmocka_unit_test(a_job_that_kills_itself_is_its_own_sender),
        cmocka_unit_test(what_the_command_leaves_running_ends_with_it),
        cmocka_unit_test(waiting_for_all_still_obeys_the_time_limit),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system ends", tests);
}
