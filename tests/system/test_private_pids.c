/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job in a PID namespace of its own: it names no other process, and is recorded as any other. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void it_sees_itself_alone(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--private-pids", "--", "sh", "-c",
                     "echo me $$ parent $PPID; set -- /proc/[0-9]*; echo $#; exit 7"));
    expect_status(&run, 7);
    expect_out(&run, "me 2 parent 0\n2\n"); /* its init and the shell */
    /* The record has the host's numbers. */
    assert_true(row_number(&run, ledger_row(&run, "sh", 0), "pid") > 2);
}

static void ends_are_its_own(void **state)
{
    static const struct {
        const char *script;
        int status;
    } ends[] = {{"exit 3", 3},
                {"kill -SEGV $$", 128 + SIGSEGV},
                {"kill -KILL $$", 128 + SIGKILL},
                {"(setsid sh -c 'sleep 0.2; exit 5') & exit 0", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--private-pids", "--wait", "all", "--", "sh", "-c", ends[i].script));
        expect_status(&run, ends[i].status);
        assert_int_equal(run_processes(&run), 0);
    }
}

static void signals_and_limits_reach_it(void **state)
{
    struct run run _cleanup_run_ = {0}, limited _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--private-pids", "--", job("trap")));
    await_output(&run, "ready");
    kill(run.pid, SIGUSR1);
    await_output(&run, "got SIGUSR1");
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_verdict(&run, "stopped");
    cgrun(&limited, ARGS("--private-pids", "--timeout", "300ms", "--kill-after", "100ms", "--",
                         job("stubborn")));
    expect_status(&limited, 124);
    assert_string_equal(evidence(&limited, "killed"), "yes");
}

/* All there are in it, kill(-1) included: as without Landlock, and without a policy. */
static void no_other_process_can_be_named(void **state)
{
    static const char script[] = "kill -9 -1; kill -9 %d; echo $?; kill -9 1; echo alive";
    struct run other _cleanup_run_ = {0};
    char line[128];

    (void)state;
    run_start(&other, ARGS("/bin/sleep", "60"));
    snprintf(line, sizeof(line), script, (int)other.pid);
    for (int i = 0; i < 2; i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run,
              ARGS("--private-pids", "--policy", i ? "none" : "batch", "--", "sh", "-c", line));
        expect_status(&run, 0);
        expect_out(&run, "1\nalive\n");
    }
    assert_false(run_ended_within(&other, 0.1));
    kill(other.pid, SIGKILL);
    run_wait(&other);
}

static void refusals_are_told_of_it(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!host_kernel_at_least(5, 6))
        return;
    cgrun(&run, ARGS("--private-pids", "-v", "--", job("attempt"), "mount"));
    expect_out(&run, "mount: EPERM");
    expect_err(&run, "refused with EPERM to attempt[");
}

/* Its namespace is held by its init, which outlives cgrun as long as there is something in it. */
static void it_outlives_its_cgrun_if_asked_to(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0}, bound _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--private-pids", "--if-lost", "keep", "--", "sh", "-c",
                           "echo up; sleep 1; echo done"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    for (int i = 0; i < 100 && run_processes(&run); i++)
        sleep_seconds(0.1);
    assert_int_equal(run_processes(&run), 0);
    assert_true(file_holds(run.out_path, "done"));
    cgrun_start(&bound, ARGS("--private-pids", "--timeout", "1s", "--", "sleep", "60"));
    sleep_seconds(0.3);
    kill(bound.pid, SIGKILL);
    run_wait(&bound);
    for (int i = 0; i < 100 && run_processes(&bound); i++)
        sleep_seconds(0.1);
    assert_int_equal(run_processes(&bound), 0);
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
}

static void not_root(void)
{
    if (setgid(65534) < 0 || setuid(65534) < 0)
        _exit(98);
}

static void without_privilege_it_is_an_error(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = not_root, .no_json = true};

    (void)state;
    cgrun_start(&run, ARGS("--private-pids", "--db", "/nonexistent/x.db", "--", "true"));
    run_wait(&run);
    expect_status(&run, 125);
    expect_err(&run, "private-pids");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_sees_itself_alone),
        cmocka_unit_test(ends_are_its_own),
        cmocka_unit_test(signals_and_limits_reach_it),
        cmocka_unit_test(no_other_process_can_be_named),
        cmocka_unit_test(refusals_are_told_of_it),
        cmocka_unit_test(it_outlives_its_cgrun_if_asked_to),
        cmocka_unit_test(without_privilege_it_is_an_error),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("private pids", tests);
}
