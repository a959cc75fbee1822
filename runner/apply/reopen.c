/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/reopen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/host/descriptors.h"

#define DELETED " (deleted)"
/* Of a descriptor's flags, those that opening it anew takes. */
#define OPEN_FLAGS (O_ACCMODE | O_APPEND | O_PATH | O_DIRECTORY)

static bool has_paths(const struct plan *plan)
{
    for (size_t i = 0; i < plan->mounts; i++)
        if (plan->mount[i].kind >= PLAN_MOUNT_PATH_READONLY)
            return true;
    return false;
}

/* Within what is cgrun's own and kept from the job. */
static bool is_own(const struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->mounts; i++) {
        const struct plan_mount *m = &plan->mount[i];
        size_t n = strlen(m->path);

        if ((m->kind == PLAN_MOUNT_OWN_CLOSED || m->kind == PLAN_MOUNT_OWN_READONLY) &&
            strncmp(path, m->path, n) == 0 && (path[n] == '/' || path[n] == '\0'))
            return true;
    }
    return false;
}

/*
 * A directory leads to all beneath it. A file of the kernel's, or one that is read-only or closed
 * to the job, could be opened anew for writing through what was opened for reading. What the
 * caller opened for writing elsewhere is the caller's decision.
 */
static bool leads_round(const struct plan *plan, int fd, int flags, const struct stat *st,
                        const char *path)
{
    if (S_ISDIR(st->st_mode))
        return true;
    return descriptor_is_kernels(fd) ||
           ((flags & O_ACCMODE) == O_RDONLY && (has_paths(plan) || is_own(plan, path)));
}

/* "/proc/self/fd/N" without the C library's stdio, which may allocate. */
static void name_descriptor(char *buf, int fd)
{
    char digits[12];
    size_t n = 0;

    buf = stpcpy(buf, "/proc/self/fd/");
    do
        digits[n++] = (char)('0' + fd % 10);
    while (fd /= 10);
    while (n)
        *buf++ = digits[--n];
    *buf = '\0';
}

/* Its path is looked up without opening anything, so that nothing waits and nothing is set off. */
static int open_same(const char *path, int flags, const struct stat *was)
{
    _cleanup_close_ int at = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    char name[32];
    struct stat is;

    if (at < 0 || fstat(at, &is) < 0)
        return -1;
    if (is.st_dev != was->st_dev || is.st_ino != was->st_ino) {
        errno = ESTALE;
        return -1;
    }
    name_descriptor(name, at);
    return open(name, (flags & OPEN_FLAGS) | O_CLOEXEC | O_NOCTTY);
}

static int reopen(const struct plan *plan, int fd)
{
    int flags = fcntl(fd, F_GETFL), fresh, r = 0;
    char name[32], path[PATH_MAX];
    struct stat st;
    ssize_t n;

    if (flags < 0 || fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return 0;
    name_descriptor(name, fd);
    n = readlink(name, path, sizeof(path) - 1);
    if (n < 0)
        return errno;
    path[n] = '\0';
    if (!leads_round(plan, fd, flags, &st, path))
        return 0;
    /* What has no name any more cannot be had in another view; a file without one protects nothing.
     */
    if (st.st_nlink == 0 && S_ISREG(st.st_mode) && !(flags & O_PATH))
        return 0;
    fresh = open_same(path, flags, &st);
    if (fresh < 0)
        return errno;
    if (!(flags & O_PATH))
        lseek(fresh, lseek(fd, 0, SEEK_CUR), SEEK_SET);
    if (dup2(fresh, fd) < 0)
        r = errno;
    close(fresh);
    return r;
}

int reopen_streams(const struct child *child, int *detail)
{
    const struct job_spec *spec = child->plan->spec;
    const struct spec_stream *const stream[] = {&spec->input, &spec->output, &spec->error};

    if (child->plan->mounts == 0)
        return 0;
    for (int i = 0; i < 3; i++) {
        int r;

        *detail = i;
        if (stream[i]->kind != SPEC_STREAM_INHERIT || child->capture_fds[0] >= 0)
            continue; /* not the caller's */
        r = reopen(child->plan, i);
        if (r)
            return r;
    }
    for (size_t i = 0; i < spec->inherit.count; i++) {
        int r;

        *detail = spec->inherit.item[i].number;
        r = reopen(child->plan, spec->inherit.item[i].number);
        if (r)
            return r;
    }
    return 0;
}

/*
 * A mount that is put over a directory hides it from paths, but not from who stands in it. A mount
 * whose attributes change needs nothing: the namespace's copy of it is where the child is already.
 */
int reopen_directory(const struct child *child, int *detail)
{
    char path[PATH_MAX];

    (void)detail;
    if (child->plan->mounts == 0 ||
        (child->plan->spec->chdir && child->plan->spec->chdir[0] == '/'))
        return 0;
    if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
        return errno == ENOENT ? 0 : errno; /* removed: nothing can be made in it */
    if (!has_paths(child->plan) && !is_own(child->plan, path))
        return 0;
    if (path[0] != '/')
        return ENOENT;
    return chdir(path) < 0 ? errno : 0;
}
