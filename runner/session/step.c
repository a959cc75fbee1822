/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/session/step.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/compare/disturbed.h"
#include "runner/record/verdict.h"

#define DROP_CACHES "/proc/sys/vm/drop_caches"

extern char **environ;

static volatile sig_atomic_t interrupted_by, child_pid;
static struct step_run *shared; /* with the process of the run */

/* A terminal tells the run as well; who names this process alone means both. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    interrupted_by = number;
    if (child_pid > 0 && info->si_code <= 0)
        kill((pid_t)child_pid, number);
}

/* The run's cgrun holds its job, and stops if a shell waits to see that; wait_for() follows it. */
static void on_stop(int number, siginfo_t *info, void *context)
{
    int saved = errno;

    (void)context;
    if (child_pid > 0 && info->si_code <= 0)
        kill((pid_t)child_pid, number);
    else if (child_pid <= 0 && number == SIGTSTP)
        kill(getpid(), SIGSTOP);
    errno = saved;
}

void step_watch_signals(void)
{
    const struct sigaction stop = {.sa_sigaction = on_stop, .sa_flags = SA_SIGINFO | SA_RESTART};
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO}, old;

    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        /* What nohup and background shells ignore stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    sigaction(SIGTSTP, &stop, NULL);
    sigaction(SIGCONT, &stop, NULL);
}

int step_interrupted(void)
{
    return interrupted_by;
}

bool step_rest(uint64_t ns)
{
    struct timespec rest = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};

    while (!interrupted_by && nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
    return interrupted_by != 0;
}

/* The exit status as a shell has it. Follows into and out of a stop: job control. */
static int wait_for(pid_t pid)
{
    int code = 0;

    for (;;) {
        pid_t r = waitpid(pid, &code, WUNTRACED);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return CGRUN_STATUS_FAILED;
        if (!WIFSTOPPED(code))
            return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
        raise(SIGSTOP);
        kill(pid, SIGCONT);
    }
}

int step_prepare(const struct strv *command, struct err *err)
{
    posix_spawn_file_actions_t actions;
    const char *name = command->item[0];
    pid_t pid;
    int r, status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    r = posix_spawnp(&pid, name, &actions, NULL, command->item, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r)
        return err_sys(err, r, "no further run was started; correct it and --resume",
                       "prepare '%.100s'", name);
    child_pid = pid;
    status = wait_for(pid);
    child_pid = 0;
    if (status && !interrupted_by)
        return err_set(err, EIO, "exit status 0",
                       "no further run was started; correct it and "
                       "--resume",
                       "prepare '%.100s' ended with status %d", name, status);
    return 0;
}

int step_drop_caches(bool now, struct err *err)
{
    _cleanup_close_ int fd = open(DROP_CACHES, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return err_sys(err, errno, "nothing was started; run as root of the host, or without it",
                       "drop-caches: " DROP_CACHES);
    if (!now)
        return 0;
    sync(); /* only clean pages can go */
    if (write(fd, "3", 1) != 1)
        return err_sys(err, errno, NULL, "drop-caches: " DROP_CACHES);
    return 0;
}

void step_tell(const struct record *r)
{
    _cleanup_buf_ struct buf why = {0};

    if (!shared)
        return;
    shared->recorded = true;
    if (r->metric[METRIC_WALL_SECONDS].available)
        shared->wall_seconds = r->metric[METRIC_WALL_SECONDS].value;
    if (disturbed(r, &why))
        snprintf(shared->disturbed, sizeof(shared->disturbed), "%s", buf_text(&why));
}

static void in_child(const struct job_spec *spec, const struct session_hooks *hooks)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    child_pid = 0;
    signal(SIGTSTP, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction now;

        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_sigaction == on_signal)
            signal(numbers[i], SIG_DFL);
    }
    _exit(hooks->run(hooks->data, spec));
}

void step_run(struct step_run *run, const struct job_spec *spec, const struct session_hooks *hooks)
{
    pid_t pid;

    *run = (struct step_run){.status = CGRUN_STATUS_FAILED, .wall_seconds = NAN};
    if (!shared) {
        shared =
            mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
            shared = NULL;
    }
    if (!shared)
        return;
    *shared = *run;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        in_child(spec, hooks);
    if (pid < 0)
        return;
    child_pid = pid;
    if (interrupted_by)
        kill(pid, interrupted_by); /* between the look at it and the fork */
    run->status = wait_for(pid);
    child_pid = 0;
    shared->status = run->status;
    *run = *shared;
}
