/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records out of their rows, and those that a filter lets through. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "runner/base/buf.h"
#include "runner/store/handle.h"

/* The document holds what it was inserted with; the row's number is the truth. */
int store_read_document(sqlite3_stmt *q, struct record *r, struct err *err)
{
    _cleanup_json_ struct json *doc = NULL;
    int64_t id = sqlite3_column_int64(q, 0);
    struct err why;
    int code;

    code = json_parse((const char *)sqlite3_column_text(q, 1), (size_t)sqlite3_column_bytes(q, 1),
                      "its document", &doc, &why);
    if (code < 0)
        why.retry[0] = '\0'; /* nobody is to correct it */
    else
        code = record_from_json(doc, r, &why);
    r->id = id;
    if (code == 0 || code == -ENOMEM)
        return code < 0 ? err_oom(err) : 0;
    return err_set(err, EBADMSG, why.expected, why.retry, "record %" PRId64 ": %s", id, why.what);
}

/* Conditions are fixed texts; what was asked for is bound, never pasted in. */
static void add_condition(struct buf *sql, bool wanted, const char *condition)
{
    if (wanted)
        buf_addf(sql, " AND %s", condition);
}

static void bind_filter(sqlite3_stmt *q, const struct store_filter *f)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {":name", f->name}, {":owner", f->owner}, {":session", f->session}, {":label", f->label}};
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{":state", f->state},    {":verdict", f->verdict},
                   {":since", f->since_ns}, {":until", f->until_ns},
                   {":from", f->from_id},   {":to", f->to_id},
                   {":lost", VERDICT_LOST}, {":limit", f->limit ? (int64_t)f->limit : -1}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int at = sqlite3_bind_parameter_index(q, texts[i].name);

        if (at)
            store_bind_text(q, at, texts[i].text);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int at = sqlite3_bind_parameter_index(q, numbers[i].name);

        if (at)
            sqlite3_bind_int64(q, at, numbers[i].value);
    }
}

static void add_conditions(struct buf *sql, const struct store_filter *f)
{
    add_condition(sql, f->name, "name=:name");
    add_condition(sql, f->owner, "owner=:owner");
    add_condition(sql, f->session, "session=:session");
    add_condition(sql, f->label, "label=:label");
    add_condition(sql, f->state >= 0, "state=:state");
    add_condition(sql, f->verdict >= 0, "verdict=:verdict");
    add_condition(sql, f->since_ns, "started_ns>=:since");
    add_condition(sql, f->until_ns, "started_ns<:until");
    add_condition(sql, f->from_id, "id>=:from");
    add_condition(sql, f->to_id, "id<=:to");
    add_condition(sql, f->unfinished, "state<2"); /* RECORD_ENDED */
    add_condition(sql, f->lost, "(state<2 OR verdict=:lost)");
}

static void choose_rows(struct buf *sql, const struct store_filter *f)
{
    buf_add(sql, "SELECT id, record FROM jobs WHERE 1");
    add_conditions(sql, f);
    buf_add(sql, f->oldest_first ? " ORDER BY id" : " ORDER BY id DESC");
    buf_add(sql, " LIMIT :limit");
}

int store_each(struct store *s, const struct store_filter *f, store_record_fn fn, void *data,
               struct err *err)
{
    _cleanup_buf_ struct buf sql = {0};
    _cleanup_stmt_ sqlite3_stmt *q = NULL;
    bool unreadable = false;
    int code, r = 0;

    choose_rows(&sql, f);
    if (sql.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db, buf_text(&sql), -1, &q, NULL))
        return store_fail(s, "cannot list", err);
    bind_filter(q, f);
    while (r == 0 && (code = sqlite3_step(q)) == SQLITE_ROW) {
        _cleanup_record_ struct record record;

        record_init(&record);
        r = store_read_document(q, &record, unreadable ? NULL : err); /* the first is told */
        if (r == 0) {
            r = fn(data, &record);
        } else if (r == -EBADMSG) {
            unreadable = true;
            r = 0;
        }
    }
    if (r)
        return r;
    return code != SQLITE_DONE ? store_fail(s, "cannot list", err) : unreadable ? -EBADMSG : 0;
}

int64_t store_count(struct store *s, const struct store_filter *f, struct err *err)
{
    _cleanup_buf_ struct buf sql = {0};
    _cleanup_stmt_ sqlite3_stmt *q = NULL;

    buf_add(&sql, "SELECT count(*) FROM jobs WHERE 1");
    add_conditions(&sql, f);
    if (sql.failed)
        return err_oom(err);
    if (sqlite3_prepare_v2(s->db, buf_text(&sql), -1, &q, NULL))
        return store_fail(s, "cannot count", err);
    bind_filter(q, f);
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_fail(s, "cannot count", err);
    return sqlite3_column_int64(q, 0);
}
