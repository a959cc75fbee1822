/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

#define LINKS_MAX 40 /* as the kernel has it */

struct walk {
    const char *what, *path; /* as given, for messages */
    int dir;                 /* how far it has come, O_PATH */
    struct stat st;          /* of `dir` */
    uid_t owner_of_root;     /* in a user namespace root itself is another number */
    char rest[PATH_MAX];     /* what remains of the path */
    char name[NAME_MAX + 1]; /* the component at hand */
    unsigned links;
    bool make;
};

static int refuse(const struct walk *w, const char *why, struct err *err)
{
    return err_set(err, EPERM, "a path that only root or the caller can write",
                   ERR_CORRECT_AND_RETRY, "%s '%.200s': '%.60s' %s", w->what, w->path,
                   *w->name ? w->name : "/", why);
}

static int fail(const struct walk *w, int code, struct err *err)
{
    return err_sys(err, code, ERR_CORRECT_AND_RETRY, "%s '%.200s'", w->what, w->path);
}

static bool others_can_write(const struct stat *st)
{
    return st->st_mode & (S_IWGRP | S_IWOTH);
}

/* `last`: what the path was for. On the way, a sticky directory keeps others' hands off an entry.
 */
static int check(const struct walk *w, const struct stat *st, bool last, struct err *err)
{
    char why[64];

    if (st->st_uid != 0 && st->st_uid != geteuid() && st->st_uid != w->owner_of_root) {
        snprintf(why, sizeof(why), "belongs to user %u", st->st_uid);
        return refuse(w, why, err);
    }
    if (others_can_write(st) && (last || !S_ISDIR(st->st_mode) || !(st->st_mode & S_ISVTX)))
        return refuse(w, "can be written by others", err);
    return 0;
}

static void move_to(struct walk *w, int *fd)
{
    if (w->dir >= 0)
        close(w->dir);
    w->dir = steal_fd(fd);
}

static int begin_at_root(struct walk *w, struct err *err)
{
    _cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &w->st) < 0)
        return fail(w, errno, err);
    w->owner_of_root = w->st.st_uid;
    w->name[0] = '\0';
    move_to(w, &fd);
    return check(w, &w->st, false, err);
}

static int begin(struct walk *w, struct err *err)
{
    size_t used = 0;

    if (w->path[0] != '/') {
        if (!getcwd(w->rest, sizeof(w->rest)) || w->rest[0] != '/')
            return fail(w, errno ? errno : ENOENT, err);
        used = strlen(w->rest);
    }
    if (used + strlen(w->path) + 2 > sizeof(w->rest))
        return fail(w, ENAMETOOLONG, err);
    snprintf(w->rest + used, sizeof(w->rest) - used, "/%s", w->path);
    return begin_at_root(w, err);
}

/* Takes the next component off the path. 0: there is none. */
static int next(struct walk *w, struct err *err)
{
    const char *at = w->rest + strspn(w->rest, "/");
    size_t n = strcspn(at, "/");

    if (n == 0)
        return 0;
    if (n > NAME_MAX)
        return fail(w, ENAMETOOLONG, err);
    snprintf(w->name, sizeof(w->name), "%.*s", (int)n, at);
    memmove(w->rest, at + n, strlen(at + n) + 1);
    return 1;
}

static bool is_last(const struct walk *w)
{
    return w->rest[strspn(w->rest, "/")] == '\0';
}

static int follow(struct walk *w, int link, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n;

    if (others_can_write(&w->st))
        return refuse(w, "is a symbolic link in a directory that others can write", err);
    if (++w->links > LINKS_MAX)
        return fail(w, ELOOP, err);
    n = readlinkat(link, "", target, sizeof(target) - 1);
    if (n < 0)
        return fail(w, errno, err);
    target[n] = '\0';
    if ((size_t)n + strlen(w->rest) + 2 > sizeof(target))
        return fail(w, ENAMETOOLONG, err);
    target[n] = '/';
    memcpy(target + n + 1, w->rest, strlen(w->rest) + 1);
    memcpy(w->rest, target, strlen(target) + 1);
    return target[0] == '/' ? begin_at_root(w, err) : 0;
}

static int open_entry(const struct walk *w)
{
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(w->dir, w->name, flags);

    if (fd >= 0 || errno != ENOENT || !w->make)
        return fd;
    if (mkdirat(w->dir, w->name, 0700) < 0 && errno != EEXIST)
        return -1;
    return openat(w->dir, w->name, flags);
}

/* To the end of the path, whatever is there; its status is then in `st`. */
static int walk(struct walk *w, struct err *err)
{
    int r = begin(w, err);

    while (r == 0 && (r = next(w, err)) > 0) {
        _cleanup_close_ int fd = -1;
        struct stat st;

        r = 0;
        if (strcmp(w->name, ".") == 0)
            continue;
        fd = open_entry(w);
        if (fd < 0 || fstat(fd, &st) < 0)
            return fail(w, errno, err);
        if (S_ISLNK(st.st_mode)) {
            r = follow(w, fd, err);
            continue;
        }
        if (!S_ISDIR(st.st_mode) && !is_last(w))
            return fail(w, ENOTDIR, err);
        if (!is_last(w))
            r = check(w, &st, false, err);
        w->st = st;
        move_to(w, &fd);
    }
    return r;
}

static void walk_end(struct walk *w)
{
    if (w->dir >= 0)
        close(w->dir);
}
#define _cleanup_walk_ _cleanup_(walk_end)

int trusted_directory(const char *what, const char *path, enum trusted_directory how,
                      struct err *err)
{
    _cleanup_walk_ struct walk w = {
        .what = what, .path = path, .dir = -1, .make = how == TRUSTED_MAKE};
    int r = walk(&w, err);

    if (r == 0 && !S_ISDIR(w.st.st_mode))
        r = fail(&w, ENOTDIR, err);
    if (r == 0)
        r = check(&w, &w.st, true, err);
    return r < 0 ? r : steal_fd(&w.dir);
}

int trusted_so_far(const char *what, const char *path, struct err *err)
{
    _cleanup_walk_ struct walk w = {.what = what, .path = path, .dir = -1};
    int r = walk(&w, err);

    if (r == -ENOENT)
        return 0; /* what makes it later looks again */
    return r == 0 ? check(&w, &w.st, true, err) : r;
}

int trusted_file(const char *what, const char *path, struct err *err)
{
    _cleanup_walk_ struct walk w = {.what = what, .path = path, .dir = -1};
    int r = walk(&w, err), fd;
    char self[64];

    if (r < 0)
        return r;
    if (!S_ISREG(w.st.st_mode))
        return err_set(err, EINVAL, "a regular file", ERR_CORRECT_AND_RETRY, "%s '%.200s'", what,
                       path);
    r = check(&w, &w.st, true, err);
    if (r < 0)
        return r;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", w.dir);
    fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return fd < 0 ? fail(&w, errno, err) : fd;
}

int trusted_name(int fd, char *buf, size_t size)
{
    char self[64];
    ssize_t n;

    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    n = readlink(self, buf, size - 1);
    if (n < 0)
        return -errno;
    buf[n] = '\0';
    return (size_t)n == size - 1 ? -ENAMETOOLONG : 0;
}
