/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

/* Between two looks at pending signals, which wake nobody. */
#define POLL_MS 50

/* Also of programs that start nothing. */
#define RETRY "correct it and retry"

static unsigned kind_of(mode_t mode)
{
    return S_ISREG(mode)    ? OPENING_FILE
           : S_ISFIFO(mode) ? OPENING_FIFO
           : S_ISCHR(mode)  ? OPENING_DEVICE
                            : 0;
}

static const char *names_of(unsigned kinds)
{
    switch (kinds) {
    case OPENING_FILE:
        return "a regular file";
    case OPENING_FILE | OPENING_FIFO:
        return "a regular file or a pipe";
    default:
        return "a regular file, a FIFO or a character device";
    }
}

static int open_now(const char *what, const char *path, int flags, unsigned kinds, unsigned *kind,
                    struct err *err)
{
    _cleanup_close_ int at = open(path, O_PATH | O_CLOEXEC);
    char self[64];
    struct stat st;
    int fd;

    if (at < 0 || fstat(at, &st) < 0)
        return err_sys(err, errno, RETRY, "%s '%.200s'", what, path);
    *kind = kind_of(st.st_mode);
    if (!(*kind & kinds))
        return err_set(err, EINVAL, names_of(kinds), RETRY, "%s '%.200s'", what, path);
    snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
    fd = open(self, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENXIO && *kind == OPENING_FIFO)
        return err_set(err, ENXIO, "a FIFO that a process has open for reading",
                       "start its reader first and retry", "%s '%.200s'", what, path);
    return fd < 0 ? err_sys(err, errno, RETRY, "%s '%.200s'", what, path) : fd;
}

int opening_open(const char *what, const char *path, int flags, unsigned kinds, struct err *err)
{
    unsigned kind;
    int fd = open_now(what, path, flags, kinds, &kind, err);

    if (fd >= 0)
        fcntl(fd, F_SETFL, flags & O_APPEND);
    return fd;
}

int output_open(struct output *o, const char *what, const char *path, struct err *err)
{
    const unsigned kinds = OPENING_FIFO | OPENING_DEVICE;
    struct stat st;
    unsigned kind;

    *o = (struct output){.fd = -1};
    if (strcmp(path, "-") == 0) {
        o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        o->fd = open_now(what, path, O_WRONLY, OPENING_FILE | kinds, &kind, err);
        if (o->fd < 0)
            return o->fd;
    } else {
        o->path = strdup(path);
        if (!o->path || asprintf(&o->temporary, "%s.new-%d", path, getpid()) < 0)
            return err_oom(err);
        o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    }
    if (o->fd < 0)
        return err_sys(err, errno, RETRY, "%s '%.200s'", what, path);
    return 0;
}

int output_look(const char *what, const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char dir[512] = ".";
    struct stat st;
    bool there = stat(path, &st) == 0;

    if (strcmp(path, "-") == 0)
        return 0;
    if (there && !kind_of(st.st_mode))
        return err_set(err, EINVAL, names_of(OPENING_FILE | OPENING_FIFO | OPENING_DEVICE), RETRY,
                       "%s '%.200s'", what, path);
    if (slash)
        snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (there && !S_ISREG(st.st_mode) ? faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0
                                      : faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return err_sys(err, errno, RETRY, "%s '%.200s'", what, path);
}

bool ending_is_pending(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    sigset_t pending;

    if (sigpending(&pending) < 0)
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (sigismember(&pending, ends[i]) == 1)
            return true;
    return false;
}

static int wait_for_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    while (poll(&p, 1, POLL_MS) <= 0)
        if (ending_is_pending())
            return -EINTR;
    return 0;
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        int r = n < 0 && errno == EAGAIN ? wait_for_room(fd) : 0;

        if (r < 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return r < 0 ? r : -errno;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

int output_write(struct output *o, const char *text, size_t size)
{
    int r = write_all(o->fd, text, size);

    if (r == 0 && o->path && rename(o->temporary, o->path) < 0)
        r = -errno;
    if (r == 0) {
        free(o->temporary);
        o->temporary = NULL;
    }
    return r;
}

void output_close(struct output *o)
{
    if (o->temporary)
        unlink(o->temporary);
    free(o->temporary);
    free(o->path);
    if (o->fd >= 0)
        close(o->fd);
    *o = (struct output){.fd = -1};
}
