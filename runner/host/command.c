/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/clock.h"

static char clean_path[] = "PATH=/usr/local/bin:/usr/bin:/bin", clean_locale[] = "LC_ALL=C",
            clean_home[] = "HOME=/", clean_git[] = "GIT_OPTIONAL_LOCKS=0";
static char *const clean_environment[] = {clean_path, clean_locale, clean_home, clean_git, NULL};

static int spawn(struct command *c, const char *const *argv, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int r;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    if (in < 0)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    else
        posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    r = posix_spawnp(&c->pid, argv[0], &actions, &attributes, (char *const *)argv,
                     clean_environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -r;
}

int command_start(struct command *c, const char *const *argv)
{
    return command_start_reading(c, argv, -1);
}

int command_start_reading(struct command *c, const char *const *argv, int input)
{
    int pipe_fd[2], r;

    *c = (struct command){.pid = -1, .fd = -1};
    if (pipe2(pipe_fd, O_CLOEXEC) < 0)
        return -errno;
    r = spawn(c, argv, input, pipe_fd[1]);
    close(pipe_fd[1]);
    if (r < 0) {
        close(pipe_fd[0]);
        return r;
    }
    c->fd = pipe_fd[0];
    return 0;
}

static int64_t now_ms(void)
{
    return monotonic_ns() / NS_PER_MS;
}

/* Reads to the end of the output, dropping what does not fit. -ETIMEDOUT past the deadline. */
static int drain(int fd, char *buf, size_t size, int64_t deadline)
{
    size_t used = 0;
    char rest[512];

    buf[0] = '\0';
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - now_ms();
        bool room = used < size - 1;
        ssize_t n;

        if (left < 0 || poll(&p, 1, (int)left) <= 0)
            return -ETIMEDOUT;
        n = room ? read(fd, buf + used, size - 1 - used) : read(fd, rest, sizeof(rest));
        if (n <= 0)
            return (int)n;
        if (room) {
            used += (size_t)n;
            buf[used] = '\0';
        }
    }
}

void command_reaped(struct command *c, int status)
{
    c->reaped = true;
    c->status = status;
}

static void reap(struct command *c)
{
    int status = 0;
    pid_t pid;

    if (c->reaped)
        return;
    do
        pid = waitpid(c->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    command_reaped(c, pid == c->pid ? status : SIGKILL);
}

int command_finish(struct command *c, char *buf, size_t size, int timeout_ms)
{
    int r;

    buf[0] = '\0';
    if (c->pid <= 0) /* never started; as a target of kill(2) it would mean many others */
        return -ECHILD;
    r = drain(c->fd, buf, size, now_ms() + timeout_ms);
    close(c->fd);
    if (r < 0 && !c->reaped)
        kill(c->pid, SIGKILL);
    reap(c);
    if (r < 0)
        return r;
    return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -EIO;
}
