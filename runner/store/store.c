/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per job: key columns for finding it, the record as a JSON document, and no more pages
 * than that, because a launch pays for each. Rows of a full ledger are in a table of their own, and
 * the view `metrics` shows the figures one by one.
 */
#include "runner/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/store/engine.h"
#include "runner/store/handle.h"

/* The next open reads the log through, some microseconds a page; moving it costs a disk flush. */
#define WAL_PAGES_MAX 48

/* What brings a database from each version to the next. Never change one that was released. */
static const char *const migrations[] = {
    "CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, state INTEGER "
    "NOT "
    "NULL, verdict INTEGER NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, owner TEXT, "
    "session TEXT, label TEXT, record TEXT NOT NULL);"
    "CREATE INDEX jobs_by_name ON jobs(name, id);"
    "CREATE VIEW metrics AS SELECT jobs.id AS job_id, jobs.name AS job, m.key AS name, "
    "json_extract(m.value, '$.value') AS value, json_extract(m.value, '$.unit') AS unit, "
    "json_extract(m.value, '$.source') AS source, json_extract(m.value, '$.unavailable') AS "
    "unavailable FROM jobs, json_each(jobs.record, '$.metrics') AS m;",
};

#define SCHEMA_VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

int store_fail(const struct store *s, const char *what, struct err *err)
{
    int code = sqlite3_errcode(s->db) & 0xff;
    int number = code == SQLITE_FULL ? ENOSPC : code == SQLITE_BUSY ? EBUSY : EIO;
    const char *retry = code == SQLITE_FULL   ? "make room on its file system and retry"
                        : code == SQLITE_BUSY ? "another process holds it; retry"
                        : code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                            ? "move it away, or choose another with --db, and retry"
                            : "check that it can be read and written, or choose another with --db";

    if (code == SQLITE_BUSY && s->busy.ended)
        return err_set(err, EINTR, NULL, ERR_RETRY_SAFE, "ended while waiting for database %s",
                       s->path);
    return err_set(err, number, NULL, retry, "database %s: %s: %s", s->path, what,
                   sqlite3_errmsg(s->db));
}

/* A directory where others could put a link or swap the file is no place for root's database. */
static int check_place(const char *path, struct err *err)
{
    _cleanup_free_ char *copy = strdup(path);
    struct stat st;
    const char *dir = copy ? dirname(copy) : NULL;
    int r;

    if (!dir)
        return err_oom(err);
    r = directory_make(dir, 0755, err);
    if (r < 0)
        return r;
    if (stat(dir, &st) < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "cannot stat %s", dir);
    if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
        (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)))
        return err_set(err, EPERM, "a directory that only root or the caller can write",
                       ERR_CORRECT_AND_RETRY, "db '%s'", path);
    if (lstat(path, &st) < 0)
        return 0;
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()))
        return err_set(err, EPERM, "a regular file of root's or the caller's",
                       ERR_CORRECT_AND_RETRY, "db '%s'", path);
    return 0;
}

static int user_version(const struct store *s)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK ||
        sqlite3_step(q) != SQLITE_ROW)
        return -1;
    return sqlite3_column_int(q, 0);
}

static int too_new(const struct store *s, int version, struct err *err)
{
    char expected[64];

    snprintf(expected, sizeof(expected), "schema %d or older", SCHEMA_VERSION);
    return err_set(err, EPROTO, expected, "use the newer cgrun that made it, or another --db",
                   "database %s has schema %d", s->path, version);
}

/* All steps or none. Another process may have done them meanwhile: looked at again under the lock.
 */
static int migrate(struct store *s, struct err *err)
{
    char pragma[64];
    int version;

    if (sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; BEGIN IMMEDIATE", NULL, NULL, NULL))
        return store_fail(s, "cannot begin", err);
    version = user_version(s);
    for (int v = version; v >= 0 && v < SCHEMA_VERSION; v++)
        if (sqlite3_exec(s->db, migrations[v], NULL, NULL, NULL)) {
            store_fail(s, "cannot migrate", err);
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            return -EIO;
        }
    snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d; COMMIT", SCHEMA_VERSION);
    return sqlite3_exec(s->db, pragma, NULL, NULL, NULL) ? store_fail(s, "cannot commit", err) : 0;
}

static int on_commit(void *data, sqlite3 *db, const char *name, int pages)
{
    struct store *s = data;

    (void)db;
    (void)name;
    s->wal_pages = pages;
    return SQLITE_OK;
}

static int prepare(struct store *s, enum store_mode mode, struct err *err)
{
    int one = 1, version;

    sqlite3_busy_handler(s->db, busy_wait, &s->busy);
    /* Closing leaves the log as it is: moving it into the database is store_tidy's, in good time.
     */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &one);
    version = user_version(s);
    if (version < 0)
        return store_fail(s, "cannot read", err);
    if (version > SCHEMA_VERSION)
        return too_new(s, version, err);
    if (mode == STORE_READ)
        return version == SCHEMA_VERSION
                   ? 0
                   : err_set(err, EPROTO, "a database that cgrun has written to", NULL,
                             "database %s has schema %d", s->path, version);
    if (version < SCHEMA_VERSION && migrate(s, err) < 0)
        return -EIO;
    if (sqlite3_exec(s->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL))
        return store_fail(s, "cannot configure", err);
    sqlite3_wal_hook(s->db, on_commit, s); /* in place of checkpoints at commits */
    return 0;
}

int store_open(struct store **ret, const char *path, enum store_mode mode, struct err *err)
{
    _cleanup_store_ struct store *s = calloc(1, sizeof(*s));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, r;

    if (!s)
        return err_oom(err);
    if (store_path(path, s->path, sizeof(s->path)) < 0)
        return err_set(err, ENAMETOOLONG, "a path of at most 511 bytes", ERR_CORRECT_AND_RETRY,
                       "database '%s...'", s->path);
    path = s->path;
    if (mode == STORE_READ && access(path, R_OK) < 0)
        return err_sys(err, errno, "run a job first, or name another with --db", "database %s",
                       path);
    r = mode == STORE_WRITE ? check_place(path, err) : 0;
    if (r < 0)
        return r;
    flags |= mode == STORE_WRITE || access(path, W_OK) == 0
                 ? SQLITE_OPEN_READWRITE | (mode == STORE_WRITE ? SQLITE_OPEN_CREATE : 0)
                 : SQLITE_OPEN_READONLY;
    engine_set_up();
    if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
        return store_fail(s, "cannot open", err);
    r = prepare(s, mode, err);
    if (r < 0)
        return r;
    *ret = steal(&s);
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sqlite3_close_v2(s->db);
    free(s);
}

int store_insert(struct store *s, struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    _cleanup_buf_ struct buf doc = {0};

    record_json(r, &doc);
    if (doc.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db,
                           "INSERT INTO jobs(name, state, verdict, started_ns, owner, session, "
                           "label, record) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                           -1, &q, NULL))
        return store_fail(s, "cannot insert", err);
    store_bind_text(q, 1, r->name);
    sqlite3_bind_int(q, 2, r->state);
    sqlite3_bind_int(q, 3, r->verdict.kind);
    sqlite3_bind_int64(q, 4, r->started_ns);
    store_bind_text(q, 5, r->owner);
    store_bind_text(q, 6, r->session);
    store_bind_text(q, 7, r->label);
    store_bind_text(q, 8, doc.data);
    if (sqlite3_step(q) != SQLITE_DONE)
        return store_fail(s, "cannot insert", err);
    r->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

static int update_job(struct store *s, const struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    _cleanup_buf_ struct buf doc = {0};

    record_json(r, &doc);
    if (doc.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db,
                           "UPDATE jobs SET state=?, verdict=?, started_ns=?, ended_ns=?, record=? "
                           "WHERE id=?",
                           -1, &q, NULL))
        return store_fail(s, "cannot complete", err);
    sqlite3_bind_int(q, 1, r->state);
    sqlite3_bind_int(q, 2, r->verdict.kind);
    sqlite3_bind_int64(q, 3, r->started_ns);
    sqlite3_bind_int64(q, 4, r->ended_ns);
    store_bind_text(q, 5, doc.data);
    sqlite3_bind_int64(q, 6, r->id);
    return sqlite3_step(q) == SQLITE_DONE ? 0 : store_fail(s, "cannot complete", err);
}

int store_complete(struct store *s, const struct record *r, bool sync, struct err *err)
{
    s->busy.patience = BUSY_WHATEVER;
    if (sync && sqlite3_exec(s->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL))
        return store_fail(s, "cannot configure", err);
    return update_job(s, r, err);
}

void store_tidy(struct store *s)
{
    enum busy_patience patience = s->busy.patience;

    if (s->wal_pages <= WAL_PAGES_MAX)
        return;
    s->busy.patience = BUSY_NOT; /* a job runs, and has to be looked after */
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    s->busy.patience = patience;
}

int store_load(struct store *s, int64_t id, struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db, "SELECT id, record FROM jobs WHERE id=?", -1, &q, NULL))
        return store_fail(s, "cannot read", err);
    sqlite3_bind_int64(q, 1, id);
    if (sqlite3_step(q) != SQLITE_ROW)
        return err_set(err, ENOENT, "an id that `cgjob ls` shows", NULL, "no job %" PRId64, id);
    return store_read_document(q, r, err);
}

static int find_by_name(struct store *s, const char *name, long back, int64_t *id, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db,
                           "SELECT id FROM jobs WHERE name=? ORDER BY id DESC LIMIT 1 OFFSET ?", -1,
                           &q, NULL))
        return store_fail(s, "cannot search", err);
    store_bind_text(q, 1, name);
    sqlite3_bind_int64(q, 2, back);
    if (sqlite3_step(q) != SQLITE_ROW)
        return err_set(err, ENOENT, "an id, a name or name~N that `cgjob ls` shows", NULL,
                       back ? "no job '%.150s', %ld runs back" : "no job '%.150s'", name, back);
    *id = sqlite3_column_int64(q, 0);
    return 0;
}

int store_find(struct store *s, const char *job, int64_t *id, struct err *err)
{
    _cleanup_free_ char *name = strdup(job);
    char *tilde = name ? strrchr(name, '~') : NULL, *end;
    long back = 0;

    if (!name)
        return err_oom(err);
    if (*job && strspn(job, "0123456789") == strlen(job)) {
        *id = strtoll(job, NULL, 10);
        return 0;
    }
    if (tilde && tilde[1]) {
        back = strtol(tilde + 1, &end, 10);
        if (*end == '\0' && back >= 0)
            *tilde = '\0';
        else
            back = 0;
    }
    return find_by_name(s, name, back, id, err);
}
