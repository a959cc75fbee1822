/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `cgjob why` tells: who did it, with what, what else was met, and what to do about it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void why(struct run *run, const char *name)
{
    cgjob(run, ARGS("why", name));
    expect_status(run, 0);
}

/* The path of the caller's own cgroup2 group, from the mount on. */
static void own_cgroup(char *buf, size_t size)
{
    char line[512] = "";
    FILE *f = fopen("/proc/self/cgroup", "re");

    while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::", 3) != 0)
        ;
    if (f)
        fclose(f);
    line[strcspn(line, "\n")] = '\0';
    snprintf(buf, size, "%s", line + 3);
}

static void a_fatal_signal_has_its_senders_cgroup(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};
    char own[512], line[600];
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--name", "victim", "--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(pid, SIGKILL);
    run_wait(&run);
    expect_verdict(&run, "signaled");
    own_cgroup(own, sizeof(own));
    assert_string_equal(evidence(&run, "sender_cgroup"), own);
    assert_int_equal(atoi(evidence(&run, "sender_pid")), getpid());
    why(&told, "victim");
    snprintf(line, sizeof(line), "SIGKILL from test_why[%d], uid 0, cgroup %s\n", getpid(), own);
    expect_out(&told, line);
}

static void a_policys_kill_has_the_calls_arguments(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    write_file(scratch("kill.json"),
               "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": "
               "[\"getpriority\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}");
    cgrun(&run, ARGS("--name", "nosy", "--policy", scratch("kill.json"), "--", "/usr/bin/python3",
                     "-c", "import os; os.getpriority(os.PRIO_USER, 4242)"));
    expect_verdict(&run, "seccomp");
    assert_string_equal(evidence(&run, "syscall"), "getpriority");
    why(&told, "nosy");
    expect_out(&told, "for calling getpriority");
    expect_out(&told, "cgjob policy explain ");
    expect_out(&told, "; the policy's answer to it: killed");
    if (!host_kernel_at_least(5, 15)) {
        print_message("arguments are not seen on this kernel\n");
        return;
    }
    if (strncmp(evidence(&run, "syscall_args"), "0x2 0x1092 ", 11) != 0)
        fail_test("arguments are %s", evidence(&run, "syscall_args"));
}

static void refused_forks_are_counted(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    /* Three that stay, and the shell: at a limit of four, the next three forks are refused. */
    cgrun(&run, ARGS("--name", "crowd", "--tasks-max", "4", "--", "/usr/bin/python3", "-c",
                     "import os, time\n"
                     "for i in range(6):\n"
                     "    try:\n"
                     "        if os.fork() == 0:\n"
                     "            time.sleep(0.3)\n"
                     "            os._exit(0)\n"
                     "    except OSError:\n"
                     "        pass\n"
                     "for i in range(3): os.wait()\n"));
    expect_status(&run, 0);
    expect_between(&run, "fork_failures", metric(&run, "fork_failures"), 3, 3);
    expect_between(&run, "tasks_peak", metric(&run, "processes_total"), 4, 4);
    why(&told, "crowd");
    expect_out(&told, "also: 3 forks were refused at a limit of tasks; raise --tasks-max 4,");
}

/* A refused call is told as counted, or it is said that nobody counted. */
static void a_failure_that_may_be_a_refusal_is_told(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0}, free_ _cleanup_run_ = {0};
    bool counted;

    (void)state;
    cgrun(&run, ARGS("--name", "refused", "--", "sh", "-c", "\"$0\" sethostname; exit 3",
                     job("attempt")));
    expect_status(&run, 3);
    counted = metric_is_available(&run, "denied_syscalls");
    why(&told, "refused");
    expect_out(&told, counted ? "also: policy batch refused 1 call\n"
                              : "also: refused calls were not counted, so it is not known");
    cgrun(&free_, ARGS("--name", "unconfined", "--policy", "none", "--", "sh", "-c", "exit 3"));
    run_free(&told);
    told = (struct run){0};
    why(&told, "unconfined");
    expect_no_out(&told, "refused calls");
}

static void a_kill_that_the_job_survives_is_told(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "hardy", "--memory-max", "64M", "--", "sh", "-c",
                     "\"$0\" 300; echo goes on", job("hold")));
    expect_status(&run, 0);
    expect_out(&run, "goes on");
    why(&told, "hardy");
    expect_out(&told, "the kernel killed hold[");
    expect_out(&told, "also: the kernel killed 1 process for want of memory, and the job went on; "
                      "--memory-max 64 MiB is too low for it\n");
}

static void being_held_back_is_told(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "slowed", "--cpu-quota", "20%", "--", job("burn"), "0.3"));
    expect_status(&run, 0);
    /* 0.3 s at a fifth of a processor are 1.5 s; a period may be begun or ended in full. */
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 1.2, slack(2));
    expect_between(&run, "cpu_throttled_seconds", metric(&run, "cpu_throttled_seconds"), 0.5,
                   slack(2));
    why(&told, "slowed");
    expect_out(&told, "by the CPU quota; raise --cpu-quota 20% for more\n");
}

static void a_crash_inside_is_told_though_the_job_ends_well(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "shaken", "--", "sh", "-c",
                     "/usr/bin/python3 -c 'import ctypes; ctypes.string_at(0)'; echo goes on"));
    expect_status(&run, 0);
    why(&told, "shaken");
    expect_out(&told, "exited 0");
    expect_out(&told, "was ended by Segmentation fault");
    expect_event(&run, "signal", "python3[");
}

static void a_crash_has_a_remedy(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "crash", "--", "/usr/bin/python3", "-c",
                     "import ctypes; ctypes.string_at(0)"));
    expect_status(&run, 139);
    why(&told, "crash");
    expect_out(&told, "SIGSEGV from the kernel\n");
    expect_out(&told,
               "remedy: the program crashed by itself: run it again with --limit-core infinity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fatal_signal_has_its_senders_cgroup),
        cmocka_unit_test(a_policys_kill_has_the_calls_arguments),
        cmocka_unit_test(a_failure_that_may_be_a_refusal_is_told),
        cmocka_unit_test(refused_forks_are_counted),
        cmocka_unit_test(a_kill_that_the_job_survives_is_told),
        cmocka_unit_test(being_held_back_is_told),
        cmocka_unit_test(a_crash_inside_is_told_though_the_job_ends_well),
        cmocka_unit_test(a_crash_has_a_remedy),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system why", tests);
}
