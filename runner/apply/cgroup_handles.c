/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/cgroup_handles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/clock.h"

#define DEPTH_MAX 32
/* Between two rounds of killing one by one; what forked meanwhile is met again. */
#define ROUND_MS 20

static int64_t now_ms(void)
{
    return monotonic_ns() / NS_PER_MS;
}

void cgroup_handles_open(struct cgroup_handles *h, int dirfd)
{
    *h = (struct cgroup_handles){
        .dir = dirfd,
        .kill = openat(dirfd, "cgroup.kill", O_WRONLY | O_CLOEXEC),
        .freeze = openat(dirfd, "cgroup.freeze", O_WRONLY | O_CLOEXEC),
        .procs = openat(dirfd, "cgroup.procs", O_RDONLY | O_CLOEXEC),
        .events = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC),
    };
}

void cgroup_handles_close(struct cgroup_handles *h)
{
    const int fds[] = {h->kill, h->freeze, h->procs, h->events};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    *h = (struct cgroup_handles)CGROUP_HANDLES_NONE;
}

int cgroup_handles_populated(const struct cgroup_handles *h)
{
    char text[256];
    ssize_t n = pread(h->events, text, sizeof(text) - 1, 0);

    if (n < 0) /* a service manager removes the group of a scope as soon as it is empty */
        return errno == ENODEV || errno == ENOENT ? 0 : -errno;
    text[n] = '\0';
    return strstr(text, "populated 0") == NULL;
}

/* Until the group is seen empty. 0, or -ETIMEDOUT. */
static int wait_empty(const struct cgroup_handles *h, int64_t deadline_ms)
{
    struct pollfd p = {.fd = h->events, .events = POLLPRI};

    for (;;) {
        int64_t left = deadline_ms - now_ms();
        int r = cgroup_handles_populated(h);

        if (r <= 0)
            return r;
        if (left <= 0)
            return -ETIMEDOUT;
        /* A change between the read and the poll is not lost: the kernel keeps the event. */
        poll(&p, 1, left > 100 ? 100 : (int)left);
    }
}

static void signal_one(pid_t pid, int signal)
{
    if (pid <= 0) /* of another PID namespace */
        return;
    kill(pid, signal);
    if (signal != SIGKILL)
        kill(pid, SIGCONT);
}

/* Every process that the open cgroup.procs lists, once. */
static void signal_listed(int procs, int signal)
{
    char text[1024];
    pid_t pid = 0;
    ssize_t n;

    lseek(procs, 0, SEEK_SET);
    while ((n = read(procs, text, sizeof(text))) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            signal_one(pid, signal);
            pid = 0;
        }
}

/* As the kernel fills a directory's buffer. */
struct entry {
    uint64_t ino;
    int64_t off;
    unsigned short length;
    unsigned char type;
    char name[];
};

static void signal_nested(int dirfd, int signal, int depth);

static void signal_group(int dirfd, const char *name, int signal, int depth)
{
    int sub = openat(dirfd, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW), procs;

    if (sub < 0)
        return;
    procs = openat(sub, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    if (procs >= 0) {
        signal_listed(procs, signal);
        close(procs);
    }
    signal_nested(sub, signal, depth + 1);
    close(sub);
}

/* Only a job with --delegate has made groups; those are opened when they are found. */
static void signal_nested(int dirfd, int signal, int depth)
{
    char buffer[2048] __attribute__((aligned(__alignof__(struct entry))));
    int copy = depth < DEPTH_MAX ? openat(dirfd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1;
    long n;

    if (copy < 0)
        return;
    while ((n = syscall(SYS_getdents64, copy, buffer, sizeof(buffer))) > 0)
        for (long at = 0; at < n;) {
            const struct entry *e = (const struct entry *)(buffer + at);

            if (e->type == DT_DIR && e->name[0] != '.')
                signal_group(dirfd, e->name, signal, depth);
            at += e->length;
        }
    close(copy);
}

void cgroup_handles_signal(const struct cgroup_handles *h, int signal)
{
    signal_listed(h->procs, signal);
    signal_nested(h->dir, signal, 0);
}

int cgroup_handles_freeze(const struct cgroup_handles *h, bool freeze)
{
    return pwrite(h->freeze, freeze ? "1" : "0", 1, 0) < 0 ? -errno : 0;
}

/* Without cgroup.kill: frozen, so that none can fork away, killed one by one, thawed to die. */
static int kill_by_freezing(const struct cgroup_handles *h, int64_t deadline_ms)
{
    int r;

    do {
        bool frozen = cgroup_handles_freeze(h, true) == 0;

        cgroup_handles_signal(h, SIGKILL);
        if (frozen)
            cgroup_handles_freeze(h, false);
        r = wait_empty(h, now_ms() + ROUND_MS);
    } while (r == -ETIMEDOUT && now_ms() < deadline_ms);
    return r;
}

int cgroup_handles_kill(const struct cgroup_handles *h, unsigned timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;

    if (h->kill < 0 || pwrite(h->kill, "1", 1, 0) < 0)
        return kill_by_freezing(h, deadline);
    return wait_empty(h, deadline);
}
