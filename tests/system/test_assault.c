/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root job that acts on its supervisor and on other processes of the host. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define LEN(a)           (sizeof(a) / sizeof((a)[0]))
#define LANDLOCK_SIGNALS 6

static bool landlock_holds_signals(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* the ABI's version */) >=
           LANDLOCK_SIGNALS;
}

/* As on a kernel without Landlock: cgrun has to make do with its second line. */
static void without_landlock(void)
{
    struct sock_filter code[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_landlock_create_ruleset},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const struct sock_fprog program = {LEN(code), code};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        _exit(98);
}

/* What fails here shall reach cgrun and not these tests. */
static void apart(void)
{
    setpgid(0, 0);
}

static void apart_without_landlock(void)
{
    apart();
    without_landlock();
}

/* A root process that is none of the job's, and counts what it is sent. */
struct bystander {
    pid_t pid;
    int fd;
};

static struct bystander bystander_start(void)
{
    struct bystander b;
    sigset_t set;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    b.pid = fork();
    if (b.pid == 0) {
        int fd;

        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_BLOCK, &set, NULL);
        fd = signalfd(-1, &set, 0);
        if (write(ends[1], "r", 1) != 1)
            _exit(1);
        for (;;) {
            struct signalfd_siginfo info;

            if (read(fd, &info, sizeof(info)) != sizeof(info) || write(ends[1], "s", 1) != 1)
                _exit(1);
        }
    }
    close(ends[1]);
    b.fd = ends[0];
    {
        char ready;

        assert_int_equal(read(b.fd, &ready, 1), 1);
    }
    return b;
}

/* How many signals it got; it is gone then. */
static int bystander_end(struct bystander *b)
{
    char text[64];
    ssize_t n;
    int count = 0;

    sleep_seconds(0.05);
    kill(b->pid, SIGKILL);
    waitpid(b->pid, NULL, 0);
    while ((n = read(b->fd, text, sizeof(text))) > 0)
        count += (int)n;
    close(b->fd);
    return count;
}

#define SIGNALS                                                                                    \
    "kill", "group", "tkill", "tgkill", "sigqueue", "tgsigqueue", "pidfd", "proc", "setown",       \
        "setown-ex", "fiosetown", "siocspgrp"
#define SETTINGS "nofile", "fsize", "cpu", "nice", "nice-user", "affinity", "scheduler", "ioprio"

static void the_job_can_signal_when_it_is_not_confined(void **state)
{
    struct bystander b = bystander_start();
    struct run run _cleanup_run_ = {0};
    char pid[16];

    (void)state;
    snprintf(pid, sizeof(pid), "%d", (int)b.pid);
    cgrun(&run, ARGS("--policy", "none", "--", job("assail"), pid, "kill", "setown", "setown-ex",
                     "proc", "nice", "affinity", "nofile"));
    /* Or the tests below could not fail. */
    assert_int_equal(count_text(run.out, ": done"), 7);
    assert_true(bystander_end(&b) >= 1);
}

static const char *const policies[] = {"batch", "build", "network-client", "readonly"};

static void no_signal_leaves_the_job(void **state)
{
    (void)state;
    if (!landlock_holds_signals()) {
        print_message("this kernel's Landlock scopes no signals\n");
        return;
    }
    for (size_t i = 0; i < LEN(policies); i++) {
        struct bystander b = bystander_start();
        struct run run _cleanup_run_ = {0};
        char pid[16];

        snprintf(pid, sizeof(pid), "%d", (int)b.pid);
        cgrun(&run, ARGS("--policy", policies[i], "--", job("assail"), pid, SIGNALS));
        expect_status(&run, 0);
        assert_int_equal(bystander_end(&b), 0);
        expect_out(&run, "kill: EPERM\ngroup: EPERM\ntkill: EPERM\ntgkill: EPERM\nsigqueue: EPERM\n"
                         "tgsigqueue: EPERM\npidfd: EPERM\nproc: EPERM\n");
    }
}

/* cgrun passes SIGUSR1 on, and its record tells. */
static void expect_no_passing(const struct run *run)
{
    const struct json *events = member(run, "events");

    for (size_t i = 0; i < json_count(events); i++)
        if (strcmp(json_text(json_get(json_at(events, i), "kind")), "signal") == 0)
            fail_test("%s: cgrun got a signal", run->command);
}

static void expect_supervisor_untouched(const struct run *run)
{
    expect_status(run, 0);
    expect_verdict(run, "exited");
    expect_no_passing(run);
    expect_out(run, "kill: EPERM\n");
    expect_out(run, "group: EPERM\n");
    expect_out(run, "nofile: EPERM\nfsize: EPERM\ncpu: EPERM\nnice: EPERM\nnice-user: EPERM\n"
                    "affinity: EPERM\nscheduler: EPERM\nioprio: EPERM\n");
}

static void the_supervisor_is_out_of_reach(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(policies); i++) {
        struct run run _cleanup_run_ = {.before_exec = apart}, second _cleanup_run_ = {0};
        struct run told _cleanup_run_ = {0};

        cgrun(&run, ARGS("--policy", policies[i], "--", job("assail"), "0", SIGNALS, SETTINGS));
        expect_supervisor_untouched(&run);
        if (strcmp(policies[i], "readonly") == 0)
            continue; /* which cannot be had without Landlock */
        second.before_exec = apart_without_landlock;
        cgrun(&second, ARGS("--policy", policies[i], "--", job("assail"), "0", SIGNALS, SETTINGS));
        expect_supervisor_untouched(&second);
        expect_out(&second, "pidfd: ENOSYS\nproc: ENOSYS\nsetown: EPERM\nsetown-ex: EPERM\n"
                            "fiosetown: EPERM\nsiocspgrp: EPERM\n");
        told.before_exec = apart_without_landlock;
        cgrun(&told,
              ARGS("--policy", policies[i], "-v", "--", job("assail"), "0", SIGNALS, SETTINGS));
        expect_supervisor_untouched(&told);
    }
}

static void nor_can_pid_1_be_reached(void **state)
{
    struct run run _cleanup_run_ = {0},
                   second _cleanup_run_ = {.before_exec = apart_without_landlock};

    (void)state;
    cgrun(&run, ARGS("--", job("assail"), "1", "nofile", "nice", "affinity", "kill"));
    expect_out(&run, "nofile: EPERM\nnice: EPERM\naffinity: EPERM\nkill: EPERM\n");
    cgrun(&second, ARGS("--", job("assail"), "1", "nofile", "nice", "affinity", "kill"));
    expect_out(&second, "nofile: EPERM\nnice: EPERM\naffinity: EPERM\nkill: EPERM\n");
}

/* Reading limits is what `ulimit` and monitors do. */
static void limits_can_be_read(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("assail"), "0", "read-limit"));
    expect_out(&run, "read-limit: done\n");
}

/* The group of a job without a terminal is its own: neither cgrun nor its caller is in it. */
static void the_own_group_is_the_jobs(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = apart_without_landlock};
    struct run stop _cleanup_run_ = {.before_exec = apart_without_landlock};

    (void)state;
    cgrun(&run, ARGS("--", job("assail"), "0", "own-group"));
    expect_out(&run, "own-group: done\n");
    expect_no_passing(&run);
    cgrun(&stop, ARGS("--timeout", "500ms", "--", "sh", "-c", "kill -STOP 0; sleep 60"));
    expect_status(&stop, 124);
}

/* What is sent by cgrun arrives, and so does what the job sends to itself. */
static void signals_within_the_job_arrive(void **state)
{
    static const char script[] =
        "trap 'echo child told' USR1; sh -c 'kill -USR1 $PPID'; "
        "sleep 60 & kill -TERM $!; wait $!; echo ended $?; timeout 0.1 sleep 60; echo timed $?; "
        "renice -n 5 -p $$ >/dev/null && taskset -p 1 $$ >/dev/null && nice -n 2 true && "
        "chrt -b -p 0 $$ && ionice -c 3 -p $$ && echo settings kept";

    (void)state;
    for (int second = 0; second < 2; second++) {
        struct run run _cleanup_run_ = {.before_exec = second ? apart_without_landlock : apart};

        cgrun(&run, ARGS("--", "bash", "-c", script));
        expect_out(&run, "child told\nended 143\ntimed 124\nsettings kept\n");
    }
}

/* For those who rotate logs: a daemon is told, and cgrun stays out of reach. */
static void the_host_may_be_signalled_if_asked_for(void **state)
{
    struct bystander b = bystander_start();
    struct run run _cleanup_run_ = {0}, own _cleanup_run_ = {0};
    char pid[16];

    (void)state;
    snprintf(pid, sizeof(pid), "%d", (int)b.pid);
    cgrun(&run, ARGS("--signal-scope", "host", "--", job("assail"), pid, "kill"));
    expect_out(&run, "kill: done\n");
    assert_int_equal(bystander_end(&b), 1);
    cgrun(&own, ARGS("--signal-scope", "host", "--", job("assail"), "0", "kill"));
    expect_out(&own, "kill: EPERM\n");
    expect_no_passing(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_job_can_signal_when_it_is_not_confined),
        cmocka_unit_test(no_signal_leaves_the_job),
        cmocka_unit_test(the_supervisor_is_out_of_reach),
        cmocka_unit_test(nor_can_pid_1_be_reached),
        cmocka_unit_test(limits_can_be_read),
        cmocka_unit_test(the_own_group_is_the_jobs),
        cmocka_unit_test(signals_within_the_job_arrive),
        cmocka_unit_test(the_host_may_be_signalled_if_asked_for),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("assault", tests);
}
