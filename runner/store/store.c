/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per job: key columns for finding it, the record as a JSON document, and no more pages
 * than that, because a launch pays for each. Rows of a full ledger are in a table of their own, and
 * the view `metrics` shows the figures one by one.
 */
#include "runner/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/store/handle.h"

/* The next open reads the log through, some microseconds a page; moving it costs a disk flush. */
#define WAL_PAGES_MAX 48
/* Between a row's insertion and the start that its job's record has in the end. */
#define START_LATER_NS (10 * NS_PER_S)

int store_insert(struct store *s, struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    _cleanup_buf_ struct buf doc = {0};

    record_json(r, &doc);
    if (doc.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db,
                           "INSERT INTO jobs(name, state, verdict, started_ns, ended_ns, owner, "
                           "session, label, record, provisional) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, "
                           "?)",
                           -1, &q, NULL))
        return store_fail(s, "cannot insert", err);
    store_bind_text(q, 1, r->name);
    sqlite3_bind_int(q, 2, r->state);
    sqlite3_bind_int(q, 3, r->verdict.kind);
    sqlite3_bind_int64(q, 4, r->started_ns);
    if (r->ended_ns)
        sqlite3_bind_int64(q, 5, r->ended_ns);
    store_bind_text(q, 6, r->owner);
    store_bind_text(q, 7, r->session);
    store_bind_text(q, 8, r->label);
    store_bind_text(q, 9, doc.data);
    if (r->provisional_id)
        sqlite3_bind_int64(q, 10, r->provisional_id);
    if (sqlite3_step(q) != SQLITE_DONE)
        return store_fail(s, "cannot insert", err);
    r->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

/*
 * The row that is completed is this job's: it has its number, name and start, and no end, or none
 * but `lost`. Returns how many rows that were, or a negative errno.
 */
static int update_job(struct store *s, const struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    _cleanup_buf_ struct buf doc = {0};

    record_json(r, &doc);
    if (doc.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db,
                           "UPDATE jobs SET state=?1, verdict=?2, started_ns=?3, ended_ns=?4, "
                           "record=?5 WHERE id=?6 AND name IS ?7 AND abs(started_ns - ?3) < ?8 AND "
                           "(state < 2 OR (verdict = ?9 AND ?2 <> ?9))",
                           -1, &q, NULL))
        return store_fail(s, "cannot complete", err);
    sqlite3_bind_int(q, 1, r->state);
    sqlite3_bind_int(q, 2, r->verdict.kind);
    sqlite3_bind_int64(q, 3, r->started_ns);
    sqlite3_bind_int64(q, 4, r->ended_ns);
    store_bind_text(q, 5, doc.data);
    sqlite3_bind_int64(q, 6, r->id);
    store_bind_text(q, 7, r->name);
    sqlite3_bind_int64(q, 8, START_LATER_NS);
    sqlite3_bind_int(q, 9, VERDICT_LOST);
    return sqlite3_step(q) == SQLITE_DONE ? sqlite3_changes(s->db)
                                          : store_fail(s, "cannot complete", err);
}

int store_amend(struct store *s, const struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    _cleanup_buf_ struct buf doc = {0};

    record_json(r, &doc);
    if (doc.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db,
                           "UPDATE jobs SET record=?1 WHERE id=?2 AND name IS ?3 AND state=?4 AND "
                           "verdict=?5",
                           -1, &q, NULL))
        return store_fail(s, "cannot amend", err);
    store_bind_text(q, 1, doc.data);
    sqlite3_bind_int64(q, 2, r->id);
    store_bind_text(q, 3, r->name);
    sqlite3_bind_int(q, 4, RECORD_ENDED);
    sqlite3_bind_int(q, 5, r->verdict.kind);
    return sqlite3_step(q) == SQLITE_DONE ? 0 : store_fail(s, "cannot amend", err);
}

/* Whether there is such a row, which then has its end already. */
static int has_job(struct store *s, const struct record *r, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    int code;

    if (sqlite3_prepare_v2(
            s->db, "SELECT 1 FROM jobs WHERE id=? AND name IS ? AND abs(started_ns - ?) < ?", -1,
            &q, NULL))
        return store_fail(s, "cannot read", err);
    sqlite3_bind_int64(q, 1, r->id);
    store_bind_text(q, 2, r->name);
    sqlite3_bind_int64(q, 3, r->started_ns);
    sqlite3_bind_int64(q, 4, START_LATER_NS);
    code = sqlite3_step(q);
    return code == SQLITE_ROW || code == SQLITE_DONE ? code == SQLITE_ROW
                                                     : store_fail(s, "cannot read", err);
}

int store_complete(struct store *s, const struct record *r, bool sync, struct err *err)
{
    int n;

    s->busy.heed_signals = false; /* what has happened must be recorded */
    if (!store_is_in_place(s))
        return err_set(err, ESTALE, NULL, NULL, "database %s was removed or replaced meanwhile",
                       s->path);
    if (sync && sqlite3_exec(s->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL))
        return store_fail(s, "cannot configure", err);
    n = update_job(s, r, err);
    if (n == 0)
        n = has_job(s, r, err);
    if (n == 0)
        return err_set(err, ESTALE, NULL, NULL, "database %s has no job %" PRId64 " '%.100s' now",
                       s->path, r->id, r->name ? r->name : "");
    return n < 0 ? n : 0;
}

/* The number of the job that had this provisional one; 0: none has. */
static int find_provisional(struct store *s, int64_t provisional, int64_t *id, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    int code;

    *id = 0;
    if (sqlite3_prepare_v2(s->db, "SELECT id FROM jobs WHERE provisional=?", -1, &q, NULL))
        return store_fail(s, "cannot search", err);
    sqlite3_bind_int64(q, 1, provisional);
    code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        *id = sqlite3_column_int64(q, 0);
    return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : store_fail(s, "cannot search", err);
}

int store_take_in(struct store *s, struct record *r, struct err *err)
{
    int64_t id;
    int code = find_provisional(s, r->provisional_id, &id, err);

    if (code < 0)
        return code;
    if (id == 0)
        return store_insert(s, r, err);
    r->id = id;
    return r->state == RECORD_ENDED ? store_complete(s, r, true, err) : 0;
}

void store_tidy(struct store *s)
{
    if (s->wal_pages <= WAL_PAGES_MAX)
        return;
    store_patience(s, STORE_NOT_AT_ALL); /* a job runs, and has to be looked after */
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
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
    int64_t taken;
    long back = 0;

    if (!name)
        return err_oom(err);
    if (*job && strspn(job, "0123456789") == strlen(job)) {
        *id = strtoll(job, NULL, 10);
        if (*id < STORE_PROVISIONAL_MIN)
            return 0;
        back = find_provisional(s, *id, &taken, err);
        *id = taken ? taken : *id;
        return (int)back;
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
