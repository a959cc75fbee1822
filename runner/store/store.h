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

enum store_mode {
    STORE_READ,
    STORE_WRITE,
    STORE_LAUNCH, /* to write, and a job waits for it: store_patience() */
};

/* From this number on: of jobs that had to start without the database (runner/store/spool.h). */
#define STORE_PROVISIONAL_MIN INT64_C(1000000000000000)

/*
 * The database that is meant: `path` itself, else $CGRUN_DB, else the default; for a caller who is
 * not root that is cgrun/jobs.db in $XDG_STATE_HOME or ~/.local/state. Returns 0, or -ENAMETOOLONG
 * with as much as there was room for.
 */
int store_path(const char *path, char *buf, size_t size);
/* The same with the directory's links followed, as far as it is there. 0 or a negative errno. */
int store_file_name(const char *path, char *buf, size_t size);
/* Whether it is the one that is used where none is named: its directory is cgrun's own. */
bool store_is_default(const char *path);
/* A directory of that name beside it. */
void store_beside(const char *path, const char *name, char *buf, size_t size);

/*
 * Opens, and except for STORE_READ creates or migrates. `path` as for store_path(). A database of a
 * newer schema than this binary knows is refused, and one in a place that others can change
 * (runner/base/trusted.h). Who may read it: runner/store/access.h.
 */
int store_open(struct store **ret, const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *s);
static inline void store_closep(struct store **s)
{
    store_close(*s);
}
#define _cleanup_store_ __attribute__((cleanup(store_closep)))

/*
 * How long calls wait from now on, all together, for a database that another process holds. A
 * signal that ends the caller ends the first two as well: -EINTR.
 */
enum store_patience {
    STORE_AS_LONG_AS_IT_TAKES, /* 15 s */
    STORE_FOR_A_LAUNCH,        /* well below a second */
    STORE_FOR_AN_END,          /* 5 s */
    STORE_NOT_AT_ALL,
};
void store_patience(struct store *s, enum store_patience patience);

/*
 * Whether an error of this module means that the database can not be had now: it is held, full,
 * read-only or broken. The others are for the caller to correct.
 */
bool store_is_unavailable(int error);

/* What to do about such an error, or about EACCES: the third part of a message. */
const char *store_remedy(const char *path, int number);

/* Whether the path still leads to the file that is open. */
bool store_is_in_place(const struct store *s);

/* Inserts a record and sets r->id. */
int store_insert(struct store *s, struct record *r, struct err *err);

/*
 * Completes the row of r->id. `sync`: on the disk before this returns
 * (worth its milliseconds for a job that ran longer than a moment). An end that is known stays:
 * only `lost` is replaced, and never the other way round. -ESTALE: the database was removed or
 * replaced, or the row is gone or another job's.
 */
int store_complete(struct store *s, const struct record *r, bool sync, struct err *err);

/* Writes a record anew whose end was known before and is still the same: with an event more. */
int store_amend(struct store *s, const struct record *r, struct err *err);

/*
 * Inserts or completes the record of a job that had a provisional number, by that number: doing it
 * twice, or late, changes nothing. Sets r->id.
 */
int store_take_in(struct store *s, struct record *r, struct err *err);

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

/* How many records the filter lets through, whatever its limit; or a negative errno. */
int64_t store_count(struct store *s, const struct store_filter *filter, struct err *err);

#endif
