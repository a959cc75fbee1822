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
