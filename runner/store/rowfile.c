/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/rowfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/record/record.h"
#include "runner/store/access.h"
#include "runner/store/store.h"

void rowfile_path(const char *db, int64_t id, char *buf, size_t size)
{
    char dir[560];

    store_beside(db, "ledgers", dir, sizeof(dir));
    snprintf(buf, size, "%s/%" PRId64 ".jsonl", dir, id);
}

static void name_file(int64_t id, char name[32])
{
    snprintf(name, 32, "%" PRId64 ".jsonl", id);
}

int rowfile_create(struct rowfile *r, const char *db, int64_t id, struct err *err)
{
    _cleanup_close_ int dir = access_directory(db, "ledgers", TRUSTED_MAKE, err);
    char name[32];
    int fd;

    *r = (struct rowfile){0};
    if (dir < 0)
        return dir;
    name_file(id, name);
    fd = access_create(dir, name, 0);
    r->f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!r->f && fd >= 0)
        close(fd);
    return r->f ? 0
                : err_sys(err, errno, ERR_CORRECT_AND_RETRY, "cannot create the ledger %s", name);
}

static void lose(struct rowfile *r)
{
    r->lost++;
    if (!r->error)
        r->error = errno;
}

void rowfile_add(struct rowfile *r, const struct ledger_row *row)
{
    _cleanup_buf_ struct buf line = {0};

    ledger_row_json(row, &line);
    buf_add(&line, "\n");
    if (line.failed || fwrite(line.data, 1, line.len, r->f) < line.len)
        lose(r);
}

void rowfile_close(struct rowfile *r)
{
    if (!r->f)
        return;
    if (fclose(r->f) == EOF)
        lose(r);
    r->f = NULL;
}

int rowfile_each(const char *db, int64_t id, rowfile_fn fn, void *data, struct err *err)
{
    _cleanup_close_ int dir = access_directory(db, "ledgers", TRUSTED_THERE, err);
    _cleanup_fclose_ FILE *f = NULL;
    _cleanup_free_ char *line = NULL;
    char name[32];
    size_t size = 0;
    ssize_t length;
    int r = 0, fd;

    if (dir < 0)
        return dir;
    name_file(id, name);
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    f = fd < 0 ? NULL : fdopen(fd, "r");
    if (!f)
        return err_sys(err, errno, NULL, "cannot read the job's ledger %s", name);
    while (r == 0 && (length = getline(&line, &size, f)) > 0) {
        _cleanup_json_ struct json *o = NULL;
        struct ledger_row row = {0};

        if (json_parse(line, (size_t)length, name, &o, err) < 0)
            return -EINVAL;
        ledger_row_from_json(o, &row);
        r = fn(data, &row);
    }
    return r;
}
