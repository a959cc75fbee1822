/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/store/access.h"
#include "runner/store/store.h"

void logfile_path(const char *db, int64_t id, char *buf, size_t size)
{
    char dir[560];

    store_beside(db, "logs", dir, sizeof(dir));
    snprintf(buf, size, "%s/%" PRId64 ".log", dir, id);
}

void logfile_older_path(const char *db, int64_t id, char *buf, size_t size)
{
    char path[600];

    logfile_path(db, id, path, sizeof(path));
    snprintf(buf, size, "%s.1", path);
}

static void name_files(int64_t id, char name[32], char older[32])
{
    snprintf(name, 32, "%" PRId64 ".log", id);
    snprintf(older, 32, "%" PRId64 ".log.1", id);
}

int logfile_create(struct logfile *log, const char *db, int64_t id, uint64_t max, struct err *err)
{
    *log = (struct logfile){.fd = -1, .max = max};
    name_files(id, log->name, log->older);
    log->dir = access_directory(db, "logs", TRUSTED_MAKE, err);
    if (log->dir < 0)
        return log->dir;
    unlinkat(log->dir, log->older, 0); /* of an earlier database in this place */
    log->fd = access_create(log->dir, log->name, O_APPEND);
    if (log->fd < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "cannot create the log %s", log->name);
    return 0;
}

/* If the next file cannot be made, this one grows on. */
static void rotate(struct logfile *log)
{
    int fd;

    if (renameat(log->dir, log->name, log->dir, log->older) < 0)
        return;
    fd = access_create(log->dir, log->name, O_APPEND);
    if (fd < 0)
        return;
    close(log->fd);
    log->fd = fd;
    log->size = 0;
}

void logfile_write(struct logfile *log, const char *data, size_t size)
{
    while (size) {
        uint64_t room = log->max / 2 > log->size ? log->max / 2 - log->size : 0;
        size_t part;
        ssize_t n;

        if (room == 0) {
            rotate(log);
            room = log->max / 2 > log->size ? log->max / 2 - log->size : size;
        }
        part = room < size ? (size_t)room : size;
        n = write(log->fd, data, part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            log->error = log->error ? log->error : errno;
            log->lost += size;
            return;
        }
        log->size += (uint64_t)n;
        data += n;
        size -= (size_t)n;
    }
}

void logfile_close(struct logfile *log)
{
    if (log->fd >= 0)
        close(log->fd);
    if (log->dir >= 0)
        close(log->dir);
    log->fd = log->dir = -1;
}

static int open_part(struct logreader *r, bool old)
{
    r->fd =
        openat(r->dir, old ? r->older : r->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    r->old = old;
    return r->fd < 0 ? -errno : 0;
}

static int64_t size_of(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
}

int logreader_open(struct logreader *r, const char *db, int64_t id, int64_t tail, struct err *err)
{
    int64_t new_size, old_size, skip;
    int code;

    *r = (struct logreader){.fd = -1};
    name_files(id, r->name, r->older);
    r->dir = access_directory(db, "logs", TRUSTED_THERE, err);
    if (r->dir < 0)
        return r->dir;
    old_size = size_of(r->dir, r->older);
    new_size = size_of(r->dir, r->name);
    skip = tail < 0 || tail > old_size + new_size ? 0 : old_size + new_size - tail;
    code = open_part(r, skip < old_size);
    if (code < 0)
        return err_sys(err, -code, NULL, "cannot read the log %s", r->name);
    lseek(r->fd, r->old ? skip : skip - old_size, SEEK_SET);
    return 0;
}

/* Whether the writer has gone on to another file than the one that is being read. */
static bool has_next(const struct logreader *r)
{
    struct stat open_one, first;

    if (r->old)
        return true;
    return fstat(r->fd, &open_one) == 0 &&
           fstatat(r->dir, r->name, &first, AT_SYMLINK_NOFOLLOW) == 0 &&
           open_one.st_ino != first.st_ino;
}

long logreader_read(struct logreader *r, char *buf, size_t size)
{
    for (;;) {
        bool next = has_next(r); /* asked first: then the end of this file is its last */
        ssize_t n = read(r->fd, buf, size);

        if (n != 0)
            return n < 0 ? -errno : n;
        if (!next)
            return 0;
        close(r->fd);
        if (open_part(r, false) < 0)
            return 0;
    }
}

void logreader_close(struct logreader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    if (r->dir >= 0)
        close(r->dir);
    r->fd = r->dir = -1;
}
