/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open database, for the files of this folder that put queries to it. */
#ifndef CGRUN_STORE_HANDLE_H
#define CGRUN_STORE_HANDLE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "runner/store/busy.h"
#include "runner/store/store.h"

struct store {
    sqlite3 *db;
    char path[512]; /* as given, for messages and for what lies beside it */
    char file[640]; /* as it was opened: no link on the way */
    dev_t device;   /* which file that was */
    ino_t inode;
    int wal_pages; /* in the log after the last commit of ours */
    struct busy busy;
};

static inline void store_finalizep(sqlite3_stmt **s)
{
    sqlite3_finalize(*s);
}
#define _cleanup_stmt_ __attribute__((cleanup(store_finalizep)))

/* Fills `err` from what SQLite says of its last call. Returns a negative errno. */
int store_fail(const struct store *s, const char *what, struct err *err);

/* The text stays the caller's until the statement is finalised; NULL is NULL. */
static inline void store_bind_text(sqlite3_stmt *q, int at, const char *text)
{
    sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

/* The row's id and record, its columns 0 and 1. -EBADMSG: it cannot be read. */
int store_read_document(sqlite3_stmt *q, struct record *r, struct err *err);

#endif
