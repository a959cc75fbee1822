/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a cgroup: killing what runs in it, removing its directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/apply/cgroup.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"

#define DEPTH_MAX 32

static int64_t now_ms(void)
{
    return monotonic_ns() / NS_PER_MS;
}

int cgroup_populated_dir(int dirfd)
{
    char text[256];
    uint64_t value;

    if (file_read_at(dirfd, "cgroup.events", text, sizeof(text)) < 0 ||
        text_value(text, "populated", &value) < 0)
        return -1;
    return value != 0;
}

int cgroup_populated(const struct job_cgroups *job)
{
    if (job->plan->no_cgroup)
        return descendants_left(&job->descendants);
    return cgroup_populated_dir(job->dir[0]);
}

/* Waits for cgroup.events to say that the group is empty. 0, or -ETIMEDOUT. */
static int wait_empty(int dirfd, int64_t deadline_ms)
{
    _cleanup_close_ int fd = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    struct pollfd p = {.fd = fd, .events = POLLPRI};

    for (;;) {
        int64_t left = deadline_ms - now_ms();
        char text[256];
        ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

        if (n < 0) /* a service manager removes the group of a scope as soon as it is empty */
            return errno == ENODEV || errno == ENOENT ? 0 : -errno;
        text[n] = '\0';
        if (strstr(text, "populated 0"))
            return 0;
        if (left <= 0)
            return -ETIMEDOUT;
        /* A change between the read and the poll is not lost: the kernel keeps the event. */
        poll(&p, 1, left > 100 ? 100 : (int)left);
    }
}

/* A signal to every process of one directory, once, and then SIGCONT for the stopped. */
static void signal_all(int dirfd, int signal)
{
    int fd = openat(dirfd, "cgroup.procs", O_RDONLY | O_CLOEXEC), pid;
    _cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

    if (!f) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while (fscanf(f, "%d", &pid) == 1) {
        if (pid <= 0)
            continue;
        kill(pid, signal);
        if (signal != SIGKILL)
            kill(pid, SIGCONT);
    }
}

static void signal_tree(int dirfd, int signal, int depth)
{
    _cleanup_closedir_ DIR *dir = NULL;
    int copy = openat(dirfd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    const struct dirent *e;

    dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return;
    }
    signal_all(dirfd, signal);
    while (depth < DEPTH_MAX && (e = readdir(dir)) != NULL) {
        _cleanup_close_ int sub = -1;

        if (e->d_type != DT_DIR || e->d_name[0] == '.')
            continue;
        sub = openat(dirfd, e->d_name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (sub >= 0)
            signal_tree(sub, signal, depth + 1);
    }
}

/* Without cgroup.kill: frozen, so that none can fork away, killed one by one, thawed to die. */
static int kill_by_freezing(int dirfd, int64_t deadline_ms)
{
    int r;

    do {
        bool frozen = file_write_at(dirfd, "cgroup.freeze", "1") == 0;

        signal_tree(dirfd, SIGKILL, 0); /* one that forks meanwhile is met again */
        if (frozen)
            file_write_at(dirfd, "cgroup.freeze", "0");
        r = wait_empty(dirfd, now_ms() + 20);
    } while (r == -ETIMEDOUT && now_ms() < deadline_ms);
    return r;
}

int cgroup_kill_dir(int dirfd, bool can_kill, unsigned timeout_ms, struct err *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    int r = can_kill ? file_write_at(dirfd, "cgroup.kill", "1") : -ENOENT;

    r = r < 0 ? kill_by_freezing(dirfd, deadline) : wait_empty(dirfd, deadline);
    if (r < 0)
        return err_sys(err, -r,
                       "look at its cgroup.procs: a process in uninterruptible sleep "
                       "cannot be ended; `cgjob recover` tries again",
                       "the job's processes are not all gone after %u ms", timeout_ms);
    return 0;
}

int cgroup_kill(const struct job_cgroups *job, unsigned timeout_ms, struct err *err)
{
    if (job->plan->no_cgroup)
        return descendants_kill(&job->descendants, timeout_ms, err);
    return cgroup_kill_dir(job->dir[0], job->plan->can_kill, timeout_ms, err);
}

void cgroup_signal(const struct job_cgroups *job, int signal)
{
    if (job->plan->no_cgroup)
        descendants_signal(&job->descendants, signal);
    else
        signal_tree(job->dir[0], signal, 0);
}

int cgroup_freeze(const struct job_cgroups *job, bool freeze, struct err *err)
{
    int r =
        job->plan->no_cgroup ? 0 : file_write_at(job->dir[0], "cgroup.freeze", freeze ? "1" : "0");

    return r < 0 ? err_sys(err, -r, NULL, "cannot write cgroup.freeze") : 0;
}

/* A group that was emptied a moment ago may still be busy: a short, bounded patience. */
static int remove_dir(const char *path)
{
    for (int tries = 0; tries < 100; tries++) {
        if (rmdir(path) == 0 || errno == ENOENT)
            return 0;
        if (errno != EBUSY)
            return -errno;
        usleep(tries < 10 ? 200 : 5000);
    }
    return -EBUSY;
}

static int remove_tree(const char *path, int depth)
{
    _cleanup_closedir_ DIR *dir = opendir(path);
    const struct dirent *e;

    if (!dir)
        return errno == ENOENT ? 0 : -errno;
    while (depth < DEPTH_MAX && (e = readdir(dir)) != NULL) {
        _cleanup_free_ char *sub = NULL;

        if (e->d_type != DT_DIR || e->d_name[0] == '.')
            continue;
        if (asprintf(&sub, "%s/%s", path, e->d_name) < 0)
            return -ENOMEM;
        remove_tree(sub, depth + 1);
    }
    return remove_dir(path);
}

int cgroup_remove_path(const char *path, struct err *err)
{
    int r = remove_tree(path, 0);

    if (r < 0)
        return err_sys(err, -r, "`cgjob recover` tries again", "cannot remove %s", path);
    return 0;
}
