/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "runner/store/store.h"

void logfile_path(const char *db, int64_t id, char *buf, size_t size)
{
    char dir[560];

    store_beside(db, "logs", dir, sizeof(dir));
    snprintf(buf, size, "%s/%" PRId64 ".log", dir, id);
}

static void older_path(const char *path, char *buf, size_t size)
{
    snprintf(buf, size, "%s.1", path);
}

void logfile_older_path(const char *db, int64_t id, char *buf, size_t size)
{
    char path[600];

    logfile_path(db, id, path, sizeof(path));
    older_path(path, buf, size);
}

static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int logfile_create(struct logfile *log, const char *db, int64_t id, uint64_t max, struct err *err)
{
    char dir[560], older[620];
    int r;

    *log = (struct logfile){.fd = -1, .max = max};
    store_beside(db, "logs", dir, sizeof(dir));
    r = directory_make_private(dir, err);
    if (r < 0)
        return r;
    logfile_path(db, id, log->path, sizeof(log->path));
    older_path(log->path, older, sizeof(older));
    unlink(older); /* of an earlier database in this place */
    log->fd = create(log->path);
    if (log->fd < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "cannot create the log %s", log->path);
    return 0;
}

/* If the next file cannot be made, this one grows on. */
static void rotate(struct logfile *log)
{
    char older[620];
    int fd;

    older_path(log->path, older, sizeof(older));
    if (rename(log->path, older) < 0)
        return;
    fd = create(log->path);
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
    log->fd = -1;
}

static int open_part(struct logreader *r, bool old)
{
    char older[620];

    older_path(r->path, older, sizeof(older));
    r->fd = open(old ? older : r->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    r->old = old;
    return r->fd < 0 ? -errno : 0;
}

static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : 0;
}

int logreader_open(struct logreader *r, const char *db, int64_t id, int64_t tail, struct err *err)
{
    char older[620];
    int64_t new_size, old_size, skip;
    int code;

    *r = (struct logreader){.fd = -1};
    logfile_path(db, id, r->path, sizeof(r->path));
    older_path(r->path, older, sizeof(older));
    old_size = size_of(older);
    new_size = size_of(r->path);
    skip = tail < 0 || tail > old_size + new_size ? 0 : old_size + new_size - tail;
    code = open_part(r, skip < old_size);
    if (code < 0)
        return err_sys(err, -code, NULL, "cannot read the log %s", r->path);
    lseek(r->fd, r->old ? skip : skip - old_size, SEEK_SET);
    return 0;
}

/* Whether the writer has gone on to another file than the one that is being read. */
static bool has_next(const struct logreader *r)
{
    struct stat open_one, first;

    if (r->old)
        return true;
    return fstat(r->fd, &open_one) == 0 && stat(r->path, &first) == 0 &&
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
    r->fd = -1;
}
