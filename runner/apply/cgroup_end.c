/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a cgroup: killing what runs in it, removing its directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/apply/cgroup.h"
#include "runner/base/cleanup.h"

#define DEPTH_MAX 32

/* What is left of a job that could not be ended. */
static int told(int r, unsigned timeout_ms, struct err *err)
{
    if (r < 0)
        return err_sys(err, -r,
                       "look at its cgroup.procs: a process in uninterruptible sleep "
                       "cannot be ended; `cgjob recover` tries again",
                       "the job's processes are not all gone after %u ms", timeout_ms);
    return 0;
}

int cgroup_populated_dir(int dirfd)
{
    struct cgroup_handles h = {.events = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC)};
    int r = cgroup_handles_populated(&h);

    if (h.events >= 0)
        close(h.events);
    return r < 0 ? -1 : r;
}

int cgroup_populated(const struct job_cgroups *job)
{
    if (job->plan->no_cgroup)
        return descendants_left(&job->descendants);
    {
        int r = cgroup_handles_populated(&job->handles);

        return r < 0 ? -1 : r;
    }
}

int cgroup_kill_dir(int dirfd, unsigned timeout_ms, struct err *err)
{
    struct cgroup_handles h;
    int r;

    cgroup_handles_open(&h, dirfd);
    r = cgroup_handles_kill(&h, timeout_ms);
    cgroup_handles_close(&h);
    return told(r, timeout_ms, err);
}

int cgroup_kill(const struct job_cgroups *job, unsigned timeout_ms, struct err *err)
{
    if (job->plan->no_cgroup)
        return descendants_kill(&job->descendants, timeout_ms, err);
    return told(cgroup_handles_kill(&job->handles, timeout_ms), timeout_ms, err);
}

void cgroup_signal(const struct job_cgroups *job, int signal)
{
    if (job->plan->no_cgroup)
        descendants_signal(&job->descendants, signal);
    else
        cgroup_handles_signal(&job->handles, signal);
}

int cgroup_freeze(const struct job_cgroups *job, bool freeze, struct err *err)
{
    int r = job->plan->no_cgroup ? 0 : cgroup_handles_freeze(&job->handles, freeze);

    return r < 0 ? err_sys(err, -r, NULL, "cannot write cgroup.freeze") : 0;
}

/* A group that was emptied a moment ago may still be busy: a short, bounded patience. */
static int remove_dir(int at, const char *name)
{
    for (int tries = 0; tries < 100; tries++) {
        if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV)
            return 0;
        if (errno != EBUSY)
            return -errno;
        usleep(tries < 10 ? 200 : 5000);
    }
    return -EBUSY;
}

static int remove_tree(int at, const char *name, int depth)
{
    int fd = openat(at, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    _cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (!dir) {
        int r = errno == ENOENT ? 0 : -errno;

        if (fd >= 0)
            close(fd);
        return r;
    }
    while (depth < DEPTH_MAX && (e = readdir(dir)) != NULL)
        if (e->d_type == DT_DIR && e->d_name[0] != '.')
            remove_tree(fd, e->d_name, depth + 1);
    return remove_dir(at, name);
}

static int remove_failed(int code, const char *path, struct err *err)
{
    return err_sys(err, -code, "`cgjob recover` tries again", "cannot remove %s", path);
}

int cgroup_remove_path(const char *path, struct err *err)
{
    int r = remove_tree(AT_FDCWD, path, 0);

    return r < 0 ? remove_failed(r, path, err) : 0;
}

int cgroup_remove(struct job_cgroups *job, struct err *err)
{
    int failed = 0;

    if (job->removed)
        return 0;
    if (job->birth_fd >= 0)
        unlinkat(job->dir[0], HOST_LEAF, AT_REMOVEDIR);
    for (size_t i = job->made; i-- > 0;) {
        /* Only one that is still busy, or in which the job made groups of its own, is walked. */
        int r = unlinkat(job->parent[i], job->name[i], AT_REMOVEDIR) == 0
                    ? 0
                    : remove_tree(job->parent[i], job->name[i], 0);

        if (r < 0)
            failed = remove_failed(r, job->plan->group[i].path, err);
    }
    job->removed = failed == 0;
    return failed;
}
