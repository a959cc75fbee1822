/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record from its JSON form. Tolerant of what is missing, strict about the schema's number. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/timestamp.h"
#include "runner/record/record.h"

static int64_t get_time(const struct json *o, const char *key)
{
    const char *text = json_text(json_get(o, key));
    int64_t ns;

    return text && timestamp_parse(text, &ns) == 0 ? ns : 0;
}

static int64_t get_int(const struct json *o, const char *key, int64_t otherwise)
{
    return json_to_int(json_get(o, key), otherwise);
}

static double get_real(const struct json *o, const char *key)
{
    return json_to_real(json_get(o, key), 0);
}

static char *get_bytes(const struct json *o, const char *key)
{
    return json_get_bytes(json_get(o, key));
}

static void copy_bytes(char *to, size_t size, const struct json *value)
{
    _cleanup_free_ char *text = json_get_bytes(value);

    snprintf(to, size, "%s", text ? text : "");
}

/* A value of a pair or a limit as text; schema 1 had text only. NULL: null, or of another type. */
static char *get_scalar(const struct json *value)
{
    char *text = NULL;

    if (json_is_bool(value))
        return strdup(json_to_bool(value, false) ? "yes" : "no");
    if (!json_is_number(value))
        return json_get_bytes(value);
    return asprintf(&text, "%.15g", json_to_real(value, 0)) < 0 ? NULL : text;
}

static int read_pairs(const struct json *o, char *(*read)(const struct json *value),
                      struct pairs *p)
{
    int failed = 0;

    for (size_t i = 0; i < json_members(o); i++) {
        struct json *value;
        const char *key = json_member(o, i, &value);
        _cleanup_free_ char *text = read(value);

        if (text)
            failed |= pairs_set(p, key, text);
    }
    return failed;
}

static int read_strv(const struct json *list, struct strv *v)
{
    int failed = 0;

    for (size_t i = 0; i < json_count(list); i++) {
        _cleanup_free_ char *text = json_get_bytes(json_at(list, i));

        failed |= strv_add(v, text ? text : "");
    }
    return failed;
}

static int read_verdict(const struct json *o, struct verdict *v)
{
    const char *kind = json_text(json_get(o, "kind"));
    int known = kind ? verdict_by_name(kind) : VERDICT_NONE;

    v->kind = known < 0 ? VERDICT_NONE : (enum verdict_kind)known;
    v->exit_code = (int)get_int(o, "exit_code", -1);
    v->signal = (int)get_int(o, "signal", 0);
    v->status = (int)get_int(o, "status", 0);
    return read_pairs(json_get(o, "evidence"), get_scalar, &v->evidence);
}

static void read_metrics(const struct json *all, struct record *r)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct json *o = json_get(all, metrics[i].name);
        const char *source = json_text(json_get(o, "source"));
        const char *why = json_text(json_get(o, "unavailable"));

        if (json_is_number(json_get(o, "value")))
            metric_set(r, (enum metric_id)i, get_real(o, "value"), source ? source : "");
        else
            metric_unavailable(r, (enum metric_id)i, why ? why : "not in the record");
    }
}

static int read_limits(const struct json *list, struct record *r)
{
    int failed = 0;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *o = json_at(list, i);
        _cleanup_free_ char *key = get_bytes(o, "key"), *asked = get_scalar(json_get(o, "asked"));
        _cleanup_free_ char *effective = get_scalar(json_get(o, "effective")),
                            *file = get_bytes(o, "file");
        _cleanup_free_ char *note = get_bytes(o, "note");

        failed |= record_add_limit(r, key ? key : "", asked ? asked : "", effective, file, note);
    }
    return failed;
}

static int read_expect(const struct json *list, struct record *r)
{
    int failed = 0;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *o = json_at(list, i);
        _cleanup_free_ char *text = get_bytes(o, "text"), *actual = get_bytes(o, "actual");

        failed |= record_add_expect(r, text ? text : "", json_to_bool(json_get(o, "held"), false),
                                    actual ? actual : "");
    }
    return failed;
}

static int read_events(const struct json *list, struct record *r)
{
    int failed = 0;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *o = json_at(list, i);
        _cleanup_free_ char *kind = get_bytes(o, "kind"), *detail = get_bytes(o, "detail");

        failed |=
            record_add_event(r, get_time(o, "time"), kind ? kind : "", "%s", detail ? detail : "");
    }
    return failed;
}

void ledger_row_from_json(const struct json *o, struct ledger_row *row)
{
    *row = (struct ledger_row){
        .pid = (uint32_t)get_int(o, "pid", 0),
        .ppid = (uint32_t)get_int(o, "ppid", 0),
        .uid = (uint32_t)get_int(o, "uid", 0),
        .started_ns = get_time(o, "started"),
        .ended_ns = get_time(o, "ended"),
        .exit_code = (int)get_int(o, "exit_code", -1),
        .signal = (int)get_int(o, "signal", 0),
        .cpu_seconds = get_real(o, "cpu_seconds"),
        .cpu_user_seconds = get_real(o, "cpu_user_seconds"),
        .cpu_system_seconds = get_real(o, "cpu_system_seconds"),
        .runqueue_wait_seconds = get_real(o, "runqueue_wait_seconds"),
        .blkio_wait_seconds = get_real(o, "blkio_wait_seconds"),
        .peak_rss_bytes = (uint64_t)get_int(o, "peak_rss_bytes", 0),
        .peak_is_bound = json_to_bool(json_get(o, "peak_is_bound"), false),
        .page_faults_minor = (uint64_t)get_int(o, "page_faults_minor", 0),
        .page_faults_major = (uint64_t)get_int(o, "page_faults_major", 0),
        .io_read_bytes = (uint64_t)get_int(o, "io_read_bytes", 0),
        .io_write_bytes = (uint64_t)get_int(o, "io_write_bytes", 0),
        .context_switches_voluntary = (uint64_t)get_int(o, "context_switches_voluntary", 0),
        .context_switches_involuntary = (uint64_t)get_int(o, "context_switches_involuntary", 0),
        .threads = (uint32_t)get_int(o, "threads", 0),
        .oom = json_to_bool(json_get(o, "oom"), false),
        .sender_pid = (uint32_t)get_int(o, "sender_pid", 0),
        .sender_uid = (uint32_t)get_int(o, "sender_uid", 0),
        .denied_syscall = (int)get_int(o, "denied_syscall", -1),
    };
    copy_bytes(row->comm, sizeof(row->comm), json_get(o, "comm"));
    copy_bytes(row->exe, sizeof(row->exe), json_get(o, "exe"));
    row->sender_cgroup = (uint64_t)get_int(o, "sender_cgroup_id", 0);
    row->denied_args_known = json_count(json_get(o, "denied_args")) == 6;
    for (size_t i = 0; row->denied_args_known && i < 6; i++) {
        const char *text = json_text(json_at(json_get(o, "denied_args"), i));

        row->denied_args[i] = text ? strtoull(text, NULL, 16) : 0;
    }
    copy_bytes(row->sender_comm, sizeof(row->sender_comm), json_get(o, "sender_comm"));
}

static void read_command(const struct json *o, struct ledger_command *c)
{
    copy_bytes(c->comm, sizeof(c->comm), json_get(o, "comm"));
    c->processes = (uint64_t)get_int(o, "processes", 0);
    c->failed = (uint64_t)get_int(o, "failed", 0);
    c->cpu_seconds = get_real(o, "cpu_seconds");
    c->runqueue_wait_seconds = get_real(o, "runqueue_wait_seconds");
    c->peak_rss_bytes = (uint64_t)get_int(o, "peak_rss_bytes", 0);
    c->io_read_bytes = (uint64_t)get_int(o, "io_read_bytes", 0);
    c->io_write_bytes = (uint64_t)get_int(o, "io_write_bytes", 0);
}

static int read_ledger(const struct json *o, struct ledger *l)
{
    const struct json *rows = json_get(o, "rows"), *commands = json_get(o, "by_command");
    const char *why = json_text(json_get(o, "unavailable"));

    snprintf(l->why, sizeof(l->why), "%s", why ? why : "");
    l->available = rows != NULL;
    l->processes_total = (uint64_t)get_int(o, "processes_total", 0);
    l->events_dropped = (uint64_t)get_int(o, "events_dropped", 0);
    l->cpu_seconds = get_real(o, "cpu_seconds");
    l->all_kept = json_to_bool(json_get(o, "all_kept"), false);
    l->rows_kept = l->rows_size = json_count(rows);
    l->commands_count = l->commands_size = json_count(commands);
    l->rows = calloc(l->rows_kept + 1, sizeof(*l->rows));
    l->commands = calloc(l->commands_count + 1, sizeof(*l->commands));
    if (!l->rows || !l->commands) {
        l->rows_kept = l->commands_count = 0;
        return -ENOMEM;
    }
    for (size_t i = 0; i < l->rows_kept; i++)
        ledger_row_from_json(json_at(rows, i), &l->rows[i]);
    for (size_t i = 0; i < l->commands_count; i++)
        read_command(json_at(commands, i), &l->commands[i]);
    return 0;
}

static enum record_state read_state(const char *name)
{
    for (int s = RECORD_PLANNED; name && s <= RECORD_ENDED; s++)
        if (strcmp(name, record_state_name((enum record_state)s)) == 0)
            return (enum record_state)s;
    return RECORD_PLANNED;
}

static int read_identity(const struct json *doc, struct record *r)
{
    r->id = get_int(doc, "id", 0);
    r->provisional_id = get_int(doc, "provisional_id", 0);
    r->name = get_bytes(doc, "name");
    r->state = read_state(json_text(json_get(doc, "state")));
    r->started_ns = get_time(doc, "started");
    r->ended_ns = get_time(doc, "ended");
    r->owner = get_bytes(doc, "owner");
    r->reason = get_bytes(doc, "reason");
    r->rollback = get_bytes(doc, "rollback");
    r->log = get_bytes(doc, "log");
    r->keep_if_lost =
        strcmp(json_text(json_get(doc, "if_lost")) ? json_text(json_get(doc, "if_lost")) : "",
               "keep") == 0;
    r->session = get_bytes(doc, "session");
    r->label = get_bytes(doc, "label");
    r->run.number = (unsigned)get_int(json_get(doc, "run"), "number", 0);
    r->run.of = (unsigned)get_int(json_get(doc, "run"), "of", 0);
    r->run.pair = (unsigned)get_int(json_get(doc, "run"), "pair", 0);
    r->run.warmup = json_to_bool(json_get(json_get(doc, "run"), "warmup"), false);
    r->policy_name = get_bytes(json_get(doc, "policy"), "name");
    r->policy_hash = get_bytes(json_get(doc, "policy"), "hash");
    r->cgroup_id = (uint64_t)get_int(json_get(doc, "cgroup"), "id", 0);
    r->supervisor_pid = (int)get_int(json_get(doc, "supervisor"), "pid", 0);
    r->supervisor_start = (uint64_t)get_int(json_get(doc, "supervisor"), "start_ticks", 0);
    return read_strv(json_get(doc, "argv"), &r->argv) | read_strv(json_get(doc, "tags"), &r->tags);
}

int record_from_json(const struct json *doc, struct record *r, struct err *err)
{
    int64_t schema = get_int(doc, "schema", 0);
    int failed;

    record_init(r);
    if (schema < 1 || schema > RECORD_SCHEMA)
        return err_set(err, EPROTO, "schema 1 or 2", "use a newer cgrun to read it", "schema %lld",
                       (long long)schema);
    failed = read_identity(doc, r);
    failed |= read_verdict(json_get(doc, "verdict"), &r->verdict);
    read_metrics(json_get(doc, "metrics"), r);
    failed |= read_limits(json_get(doc, "limits"), r);
    failed |= read_expect(json_get(doc, "expect"), r);
    failed |= read_pairs(json_get(doc, "cgroup"), json_get_bytes, &r->cgroup);
    failed |= read_pairs(json_get(doc, "environment"), json_get_bytes, &r->environment);
    failed |= read_events(json_get(doc, "events"), r);
    failed |= read_ledger(json_get(doc, "ledger"), &r->ledger);
    failed |= traces_from_json(json_get(doc, "traces"), &r->traces);
    r->events_uncounted = (uint64_t)get_int(doc, "events_uncounted", 0);
    if (!failed)
        return 0;
    record_free(r);
    return err_oom(err);
}
