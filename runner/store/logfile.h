/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job's output in files of bounded size: NAME.log, and NAME.log.1 with what came before it. When
 * the first has grown to half of the bound it takes the other's place, so that the newest half at
 * least is always there.
 */
#ifndef CGRUN_STORE_LOGFILE_H
#define CGRUN_STORE_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/err.h"

struct logfile {
    int dir, fd;
    char name[32], older[32];
    uint64_t size, max; /* bytes: in the first file; of both together */
    uint64_t lost;      /* bytes that could not be written */
    int error;          /* errno of the first loss, or 0 */
};

/* Where the log of job `id` is that is recorded in the database `db` (NULL: the default one). */
void logfile_path(const char *db, int64_t id, char *buf, size_t size);
/* ... and what came before it, if there is any. */
void logfile_older_path(const char *db, int64_t id, char *buf, size_t size);

/* Creates the log, for those who may read the database (runner/store/access.h). */
int logfile_create(struct logfile *log, const char *db, int64_t id, uint64_t max, struct err *err);
/* Never fails: what cannot be written is counted. */
void logfile_write(struct logfile *log, const char *data, size_t size);
void logfile_close(struct logfile *log);

/* Reading it, also while it grows. */
struct logreader {
    int dir, fd;
    char name[32], older[32];
    bool old; /* reading what came before */
};

/* At its start, or `tail` bytes before its end if that is not negative. */
int logreader_open(struct logreader *r, const char *db, int64_t id, int64_t tail, struct err *err);
/* The next bytes; 0: none for now. Follows the writer to its next file. */
long logreader_read(struct logreader *r, char *buf, size_t size);
void logreader_close(struct logreader *r);

#endif
