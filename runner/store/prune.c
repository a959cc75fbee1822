/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/prune.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/store/handle.h"
#include "runner/store/logfile.h"
#include "runner/store/rowfile.h"

/* In one transaction: some milliseconds in which others wait. */
#define AT_ONCE 100

struct batch {
    int64_t id[AT_ONCE], file_id[AT_ONCE];
    size_t count;
    uint64_t bytes; /* of their records */
};

/*
 * Ended ones after `:after`, the oldest first. The newest of a name are found by the index; with
 * `:keep` 0 no subquery's answer is needed.
 */
static const char candidates[] =
    "SELECT id, length(record), coalesce(provisional, id) FROM jobs WHERE state = 2 AND id > "
    ":after "
    "AND id < (SELECT max(id) FROM jobs) "
    "AND (:name IS NULL OR name = :name) AND (:before = 0 OR ended_ns < :before) "
    "AND (:keep = 0 OR id <= (SELECT newer.id FROM jobs AS newer WHERE newer.name = jobs.name "
    "ORDER BY newer.id DESC LIMIT 1 OFFSET :keep)) "
    "ORDER BY id LIMIT :limit";

static void bind_number(sqlite3_stmt *q, const char *name, int64_t value)
{
    sqlite3_bind_int64(q, sqlite3_bind_parameter_index(q, name), value);
}

static int next_batch(struct store *s, const struct prune *what, int64_t after, struct batch *ret,
                      struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    int code;

    *ret = (struct batch){0};
    if (sqlite3_prepare_v2(s->db, candidates, -1, &q, NULL))
        return store_fail(s, "cannot look for old records", err);
    store_bind_text(q, sqlite3_bind_parameter_index(q, ":name"), what->name);
    bind_number(q, ":after", after);
    bind_number(q, ":before", what->before_ns);
    bind_number(q, ":keep", (int64_t)what->keep);
    bind_number(q, ":limit", AT_ONCE);
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        ret->id[ret->count] = sqlite3_column_int64(q, 0);
        ret->file_id[ret->count++] = sqlite3_column_int64(q, 2);
        ret->bytes += (uint64_t)sqlite3_column_int64(q, 1);
    }
    return code == SQLITE_DONE ? 0 : store_fail(s, "cannot look for old records", err);
}

static void count_file(const char *path, bool rehearse, struct pruned *ret)
{
    struct stat st;

    if (lstat(path, &st) < 0 || (!rehearse && unlink(path) < 0))
        return;
    ret->files++;
    ret->bytes += (uint64_t)st.st_size;
}

/* Before the rows: what is left by an interrupted call is then found again by the next. */
static void prune_files(const char *db, int64_t id, bool rehearse, struct pruned *ret)
{
    char path[640];

    logfile_path(db, id, path, sizeof(path));
    count_file(path, rehearse, ret);
    logfile_older_path(db, id, path, sizeof(path));
    count_file(path, rehearse, ret);
    rowfile_path(db, id, path, sizeof(path));
    count_file(path, rehearse, ret);
}

static int delete_rows(struct store *s, const struct batch *b, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    bool well = sqlite3_prepare_v2(s->db, "DELETE FROM jobs WHERE id = ?", -1, &q, NULL) == 0 &&
                sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == 0;

    if (!well)
        return store_fail(s, "cannot remove records", err);
    for (size_t i = 0; well && i < b->count; i++) {
        sqlite3_bind_int64(q, 1, b->id[i]);
        well = sqlite3_step(q) == SQLITE_DONE;
        sqlite3_reset(q);
    }
    if (well && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == 0)
        return 0;
    store_fail(s, "cannot remove records", err);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return err ? -err->code : -EIO;
}

int store_prune(struct store *s, const struct prune *what, struct pruned *ret, struct err *err)
{
    struct batch b;
    int64_t after = 0;
    int r;

    *ret = (struct pruned){0};
    while ((r = next_batch(s, what, after, &b, err)) == 0 && b.count > 0) {
        for (size_t i = 0; i < b.count; i++)
            prune_files(s->path, b.file_id[i], what->rehearse, ret);
        if (!what->rehearse)
            r = delete_rows(s, &b, err);
        if (r < 0)
            return r;
        ret->records += b.count;
        ret->bytes += b.bytes;
        after = b.id[b.count - 1];
        store_tidy(s);
    }
    return r;
}
