/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process of a job, where all are to be kept: a file of JSON lines beside the database,
 * written as they end, so that memory does not grow with them.
 */
#ifndef CGRUN_STORE_ROWFILE_H
#define CGRUN_STORE_ROWFILE_H

#include <stdint.h>
#include <stdio.h>

#include "runner/base/err.h"
#include "runner/record/ledger.h"

struct rowfile {
    FILE *f;       /* NULL: rows are not kept in a file */
    uint64_t lost; /* rows that could not be written */
    int error;     /* errno of the first loss, or 0 */
};

/* ledgers/ID.jsonl beside the database `db` (NULL: the default one). */
void rowfile_path(const char *db, int64_t id, char *buf, size_t size);
/* Creates it, 0600. */
int rowfile_create(struct rowfile *r, const char *db, int64_t id, struct err *err);
/* Never fails: what cannot be written is counted. */
void rowfile_add(struct rowfile *r, const struct ledger_row *row);
void rowfile_close(struct rowfile *r);

/* Hands each row on, in the order of their ends; non-zero from `fn` stops and is returned. */
typedef int (*rowfile_fn)(void *data, const struct ledger_row *row);
int rowfile_each(const char *db, int64_t id, rowfile_fn fn, void *data, struct err *err);

#endif
