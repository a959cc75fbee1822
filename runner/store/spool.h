/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that could not be stored, because the database was held by another process, full,
 * read-only or broken: one file each in RUN_DIR/spool, with the name of their database. The next
 * cgrun or cgjob that can write to it takes them in.
 *
 * A job that starts without the database has a provisional number, made of the time in microseconds
 * and so of 16 digits. Its files have that number too. When its record is taken in it gets the next
 * number of the database as any other; `provisional_id` keeps the first, which goes on naming it.
 */
#ifndef CGRUN_STORE_SPOOL_H
#define CGRUN_STORE_SPOOL_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/record/record.h"
#include "runner/store/store.h"

/*
 * Keeps the record for the database `db` (as for store_path()). `key` is the file's: 0 for a new
 * one, which is chosen, and is then the provisional number of a record that has no number; else the
 * file is replaced. `path` says where it is.
 */
int spool_write(const char *run_dir, const char *db, int64_t *key, struct record *r, char *path,
                size_t size, struct err *err);
void spool_remove(const char *run_dir, int64_t key);

/*
 * Stores what waits for this database. One caller does it at a time; another that comes meanwhile
 * returns at once. Records that are stored already are left as they are, so that being killed in
 * the middle does no harm. Returns how many still wait, with the reason in `err`, or a negative
 * errno. Without a spool, which is the rule, it is one system call.
 */
int spool_take_in(struct store *s, const char *run_dir, struct err *err);

/* Whether anything waits, for whichever database. */
bool spool_is_used(const char *run_dir);

/* Whether the end of job `id` waits for this database. */
bool spool_has_end(const char *run_dir, const struct store *s, int64_t id);

/* The record of a provisional number that waits. -ENOENT: none. */
int spool_load(const char *run_dir, int64_t provisional, struct record *r);

#endif
