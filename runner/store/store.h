/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durable records, in SQLite (WAL). The one module that includes its header. A job's row is
 * inserted before the job starts and completed when it ends. Handles are not shared between threads
 * at the same time, but may be handed from one thread to another.
 */
#ifndef CGRUN_STORE_STORE_H
#define CGRUN_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/err.h"
#include "runner/record/record.h"

#define STORE_DEFAULT_PATH "/var/lib/cgrun/jobs.db"

struct store;

enum store_mode { STORE_READ, STORE_WRITE };

/*
 * The database that is meant: `path` itself, else $CGRUN_DB, else the default; for a caller who is
 * not root that is cgrun/jobs.db in $XDG_STATE_HOME or ~/.local/state. Returns 0, or -ENAMETOOLONG
 * with as much as there was room for.
 */
int store_path(const char *path, char *buf, size_t size);
/* A directory of that name beside it. */
void store_beside(const char *path, const char *name, char *buf, size_t size);

/*
 * Opens, and for STORE_WRITE creates or migrates. `path` as for store_path(). A
 * database of a newer schema than this binary knows is refused. The directory is created 0755 and
 * the file 0644 by root; records may hold secrets of command lines only if users put them there.
 */
int store_open(struct store **ret, const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *s);
static inline void store_closep(struct store **s)
{
    store_close(*s);
}
#define _cleanup_store_ __attribute__((cleanup(store_closep)))

/* Inserts a planned or running record and sets r->id. */
int store_insert(struct store *s, struct record *r, struct err *err);

/*
 * Completes the row of r->id. `sync`: on the disk before this returns
 * (worth its milliseconds for a job that ran longer than a moment).
 */
int store_complete(struct store *s, const struct record *r, bool sync, struct err *err);

/*
 * Moves what waits in the write-ahead log into the database if it has grown: keeps the next open
 * quick. To be called while a job runs, never on its way out.
 */
void store_tidy(struct store *s);

/* By id. -ENOENT if there is none. */
int store_load(struct store *s, int64_t id, struct record *r, struct err *err);

/*
 * "42", "name" (its latest run), "name~2" (two runs earlier), as typed. -ENOENT with remedy for a
 * name; whether there is a job of that number, store_load() tells.
 */
int store_find(struct store *s, const char *job, int64_t *id, struct err *err);

struct store_filter {
    const char *name, *owner, *session, *label; /* NULL: any */
    int state;                                  /* enum record_state, or -1 */
    int verdict;                                /* enum verdict_kind, or -1 */
    bool unfinished;                            /* only what has not ended */
    bool lost; /* only what is recorded as lost, or may be: has not ended */
    bool oldest_first;
    int64_t since_ns, until_ns; /* of the start, 0: unbounded */
    int64_t from_id, to_id;     /* both included, 0: unbounded */
    unsigned limit;             /* 0: all */
};

/*
 * Newest first, unless asked otherwise. Non-zero from `fn` stops, and is returned. Records that
 * cannot be read, of a newer cgrun's for example, are passed over: then the answer is -EBADMSG when
 * all others have been passed to `fn`, and `err` tells which and why.
 */
typedef int (*store_record_fn)(void *data, const struct record *r);
int store_each(struct store *s, const struct store_filter *filter, store_record_fn fn, void *data,
               struct err *err);

#endif
