/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * assail PID WHAT...: acts on another process by each of these ways and says "WHAT: done" or
 * "WHAT: EPERM". Every signal is SIGUSR1, which this process ignores. A PID of 0 is the parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/sockios.h>

static pid_t target;

static int by_kill(void)
{
    return kill(target, SIGUSR1);
}

static int by_group(void)
{
    return kill(-getpgid(target), SIGUSR1);
}

/* Reaches the job itself at least where its group is its own. */
static int by_own_group(void)
{
    return kill(0, SIGUSR1);
}

static int by_tkill(void)
{
    return (int)syscall(SYS_tkill, target, SIGUSR1);
}

static int by_tgkill(void)
{
    return (int)syscall(SYS_tgkill, target, target, SIGUSR1);
}

static int by_queue(void)
{
    return sigqueue(target, SIGUSR1, (union sigval){0});
}

static int by_thread_queue(void)
{
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};

    info.si_pid = getpid();
    return (int)syscall(SYS_rt_tgsigqueueinfo, target, target, SIGUSR1, &info);
}

static int by_pidfd(void)
{
    int fd = (int)syscall(SYS_pidfd_open, target, 0);

    return fd < 0 ? -1 : (int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
}

/* A directory of procfs serves as a descriptor of the process. */
static int by_proc(void)
{
    char path[32];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d", (int)target);
    fd = open(path, O_DIRECTORY | O_RDONLY);
    return fd < 0 ? -1 : (int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
}

/* The kernel sends it for us when the socket becomes readable. */
static int make_ready(int fd, int other)
{
    if (fcntl(fd, F_SETSIG, SIGUSR1) < 0 || fcntl(fd, F_SETFL, O_ASYNC) < 0)
        return -1;
    return write(other, "x", 1) == 1 ? 0 : -1;
}

static int by_owner(void)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || fcntl(pair[0], F_SETOWN, target) < 0)
        return -1;
    return make_ready(pair[0], pair[1]);
}

static int by_owner_ex(void)
{
    struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = target};
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || fcntl(pair[0], F_SETOWN_EX, &owner) < 0)
        return -1;
    return make_ready(pair[0], pair[1]);
}

static int by_ioctl(unsigned long request)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || ioctl(pair[0], request, &target) < 0)
        return -1;
    return make_ready(pair[0], pair[1]);
}

static int by_fiosetown(void)
{
    return by_ioctl(FIOSETOWN);
}

static int by_siocspgrp(void)
{
    return by_ioctl(SIOCSPGRP);
}

static int limit_files(void)
{
    const struct rlimit none = {0, 0};

    return prlimit(target, RLIMIT_NOFILE, &none, NULL);
}

static int limit_file_size(void)
{
    const struct rlimit none = {0, 0};

    return prlimit(target, RLIMIT_FSIZE, &none, NULL);
}

static int limit_cpu(void)
{
    const struct rlimit none = {0, 0};

    return prlimit(target, RLIMIT_CPU, &none, NULL);
}

static int read_limit(void)
{
    struct rlimit limit;

    return prlimit(target, RLIMIT_NOFILE, NULL, &limit);
}

static int set_nice(void)
{
    return setpriority(PRIO_PROCESS, (id_t)target, 19);
}

static int set_users_nice(void)
{
    return setpriority(PRIO_USER, 65533, 19);
}

static int set_processors(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(0, &one);
    return sched_setaffinity(target, sizeof(one), &one);
}

static int set_scheduler(void)
{
    const struct sched_param none = {0};

    return sched_setscheduler(target, SCHED_IDLE, &none);
}

static int set_disk_priority(void)
{
    return (int)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, target, 3 << 13);
}

static const struct {
    const char *what;
    int (*act)(void);
} ways[] = {
    {"kill", by_kill},
    {"group", by_group},
    {"own-group", by_own_group},
    {"tkill", by_tkill},
    {"tgkill", by_tgkill},
    {"sigqueue", by_queue},
    {"tgsigqueue", by_thread_queue},
    {"pidfd", by_pidfd},
    {"proc", by_proc},
    {"setown", by_owner},
    {"setown-ex", by_owner_ex},
    {"fiosetown", by_fiosetown},
    {"siocspgrp", by_siocspgrp},
    {"nofile", limit_files},
    {"fsize", limit_file_size},
    {"cpu", limit_cpu},
    {"read-limit", read_limit},
    {"nice", set_nice},
    {"nice-user", set_users_nice},
    {"affinity", set_processors},
    {"scheduler", set_scheduler},
    {"ioprio", set_disk_priority},
};

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    signal(SIGUSR1, SIG_IGN);
    target = atoi(argv[1]) ? atoi(argv[1]) : getppid();
    for (int i = 2; i < argc; i++) {
        for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
            if (strcmp(argv[i], ways[k].what) != 0)
                continue;
            errno = 0;
            printf("%s: %s\n", argv[i], ways[k].act() == 0 ? "done" : strerrorname_np(errno));
            fflush(stdout);
        }
    }
    return 0;
}
