/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's JSON form: docs/RECORD.md is its reference. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/record/record.h"

static const char *const state_names[] = {
    [RECORD_PLANNED] = "planned",
    [RECORD_RUNNING] = "running",
    [RECORD_ENDED] = "ended",
};

const char *record_state_name(enum record_state state)
{
    return state_names[state];
}

static struct json *time_json(int64_t ns)
{
    char text[40];

    return ns ? json_string(timestamp_format(ns, text, sizeof(text))) : json_null_new();
}

static struct json *pairs_json(const struct pairs *p)
{
    struct json *o = json_object_new();

    for (size_t i = 0; i < p->count; i++)
        json_set(o, p->item[i].key, json_bytes(p->item[i].value));
    return o;
}

static struct json *verdict_json(const struct verdict *v)
{
    struct json *o;

    if (v->kind == VERDICT_NONE)
        return json_null_new();
    o = json_object_new();
    json_set(o, "kind", json_string(verdict_name(v->kind)));
    if (v->signal)
        json_set(o, "signal", json_int(v->signal));
    else if (v->exit_code >= 0)
        json_set(o, "exit_code", json_int(v->exit_code));
    json_set(o, "status", json_int(v->status));
    json_set(o, "evidence", pairs_json(&v->evidence));
    return o;
}

static struct json *metrics_json(const struct record *r)
{
    struct json *all = json_object_new();

    /* Nothing is known of a job that has not ended, and its row is written in a hurry. */
    for (int i = 0; r->state == RECORD_ENDED && i < METRIC_COUNT; i++) {
        const struct metric_value *m = &r->metric[i];
        struct json *o = json_object_new();

        if (m->available) {
            json_set(o, "value", json_real(m->value));
            json_set(o, "unit", json_string(metrics[i].unit));
            json_set(o, "source", json_string(m->source));
        } else {
            json_set(o, "value", json_null_new());
            json_set(o, "unavailable", json_string(m->why));
        }
        json_set(all, metrics[i].name, o);
    }
    return all;
}

static struct json *limits_json(const struct record *r)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < r->limits.count; i++) {
        const struct record_limit *l = &r->limits.item[i];
        struct json *o = json_object_new();

        json_set(o, "key", json_string(l->key));
        json_set(o, "asked", json_bytes(l->asked));
        json_set(o, "effective", json_bytes(l->effective));
        json_set(o, "file", json_bytes(l->file));
        json_set(o, "note", json_bytes(l->note));
        json_append(list, o);
    }
    return list;
}

static struct json *expect_json(const struct record *r)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < r->expect.count; i++) {
        struct json *o = json_object_new();

        json_set(o, "text", json_bytes(r->expect.item[i].text));
        json_set(o, "held", json_bool(r->expect.item[i].held));
        json_set(o, "actual", json_bytes(r->expect.item[i].actual));
        json_append(list, o);
    }
    return list;
}

static struct json *events_json(const struct record *r)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < r->events.count; i++) {
        struct json *o = json_object_new();

        json_set(o, "time", time_json(r->events.item[i].time_ns));
        json_set(o, "kind", json_string(r->events.item[i].kind));
        json_set(o, "detail", json_bytes(r->events.item[i].detail));
        json_append(list, o);
    }
    return list;
}

/* As text: a JSON number need not hold 64 bits. */
static struct json *args_json(const struct ledger_row *row)
{
    struct json *list = json_array_new();
    char text[24];

    for (int i = 0; i < 6; i++) {
        snprintf(text, sizeof(text), "0x%" PRIx64, row->denied_args[i]);
        json_append(list, json_string(text));
    }
    return list;
}

struct json *ledger_row_to_json(const struct ledger_row *row)
{
    struct json *o = json_object_new();

    json_set(o, "pid", json_int(row->pid));
    json_set(o, "ppid", json_int(row->ppid));
    json_set(o, "uid", json_int(row->uid));
    json_set(o, "comm", json_bytes(row->comm));
    json_set(o, "exe", row->exe[0] ? json_bytes(row->exe) : json_null_new());
    json_set(o, "started", time_json(row->started_ns));
    json_set(o, "ended", time_json(row->ended_ns));
    if (row->signal)
        json_set(o, "signal", json_int(row->signal));
    else
        json_set(o, "exit_code", json_int(row->exit_code));
    json_set(o, "threads", json_int(row->threads));
    json_set(o, "cpu_seconds", json_real(row->cpu_seconds));
    json_set(o, "cpu_user_seconds", json_real(row->cpu_user_seconds));
    json_set(o, "cpu_system_seconds", json_real(row->cpu_system_seconds));
    json_set(o, "runqueue_wait_seconds", json_real(row->runqueue_wait_seconds));
    json_set(o, "blkio_wait_seconds", json_real(row->blkio_wait_seconds));
    json_set(o, "peak_rss_bytes", json_int((int64_t)row->peak_rss_bytes));
    if (row->peak_is_bound)
        json_set(o, "peak_is_bound", json_bool(true));
    json_set(o, "page_faults_minor", json_int((int64_t)row->page_faults_minor));
    json_set(o, "page_faults_major", json_int((int64_t)row->page_faults_major));
    json_set(o, "io_read_bytes", json_int((int64_t)row->io_read_bytes));
    json_set(o, "io_write_bytes", json_int((int64_t)row->io_write_bytes));
    json_set(o, "context_switches_voluntary", json_int((int64_t)row->context_switches_voluntary));
    json_set(o, "context_switches_involuntary",
             json_int((int64_t)row->context_switches_involuntary));
    if (row->oom)
        json_set(o, "oom", json_bool(true));
    if (row->signal && row->sender_comm[0]) {
        json_set(o, "sender_pid", json_int(row->sender_pid));
        json_set(o, "sender_uid", json_int(row->sender_uid));
        json_set(o, "sender_comm", json_bytes(row->sender_comm));
        json_set(o, "sender_cgroup_id", json_int((int64_t)row->sender_cgroup));
    }
    if (row->denied_syscall >= 0)
        json_set(o, "denied_syscall", json_int(row->denied_syscall));
    if (row->denied_syscall >= 0 && row->denied_args_known)
        json_set(o, "denied_args", args_json(row));
    return o;
}

static struct json *by_command_json(const struct ledger *l)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        struct json *o = json_object_new();

        json_set(o, "comm", json_bytes(c->comm));
        json_set(o, "processes", json_int((int64_t)c->processes));
        json_set(o, "failed", json_int((int64_t)c->failed));
        json_set(o, "cpu_seconds", json_real(c->cpu_seconds));
        json_set(o, "runqueue_wait_seconds", json_real(c->runqueue_wait_seconds));
        json_set(o, "peak_rss_bytes", json_int((int64_t)c->peak_rss_bytes));
        json_set(o, "io_read_bytes", json_int((int64_t)c->io_read_bytes));
        json_set(o, "io_write_bytes", json_int((int64_t)c->io_write_bytes));
        json_append(list, o);
    }
    return list;
}

static struct json *ledger_json(const struct ledger *l)
{
    struct json *o = json_object_new(), *rows;

    if (!l->available) {
        json_set(o, "unavailable", json_string(l->why));
        return o;
    }
    rows = json_array_new();
    for (size_t i = 0; i < l->rows_kept; i++)
        json_append(rows, ledger_row_to_json(&l->rows[i]));
    json_set(o, "processes_total", json_int((int64_t)l->processes_total));
    json_set(o, "rows_kept", json_int((int64_t)l->rows_kept));
    json_set(o, "events_dropped", json_int((int64_t)l->events_dropped));
    json_set(o, "cpu_seconds", json_real(l->cpu_seconds));
    json_set(o, "by_command", by_command_json(l));
    json_set(o, "rows", rows);
    json_set(o, "all_kept", json_bool(l->all_kept));
    return o;
}

static struct json *policy_json(const struct record *r)
{
    struct json *o = json_object_new();

    json_set(o, "name", json_bytes(r->policy_name));
    json_set(o, "hash", json_bytes(r->policy_hash));
    return o;
}

static struct json *cgroup_json(const struct record *r)
{
    struct json *o = pairs_json(&r->cgroup);

    json_set(o, "id", json_int((int64_t)r->cgroup_id));
    return o;
}

static struct json *supervisor_json(const struct record *r)
{
    struct json *o = json_object_new();

    json_set(o, "pid", json_int(r->supervisor_pid));
    json_set(o, "start_ticks", json_int((int64_t)r->supervisor_start));
    return o;
}

static struct json *run_json(const struct record *r)
{
    struct json *o;

    if (!r->run.number)
        return json_null_new();
    o = json_object_new();
    json_set(o, "number", json_int(r->run.number));
    json_set(o, "of", r->run.of ? json_int(r->run.of) : json_null_new());
    json_set(o, "pair", r->run.pair ? json_int(r->run.pair) : json_null_new());
    json_set(o, "warmup", json_bool(r->run.warmup));
    return o;
}

struct json *record_to_json(const struct record *r)
{
    struct json *o = json_object_new();

    json_set(o, "schema", json_int(RECORD_SCHEMA));
    json_set(o, "id", json_int(r->id));
    json_set(o, "name", json_bytes(r->name));
    json_set(o, "argv", json_strv(&r->argv));
    json_set(o, "state", json_string(record_state_name(r->state)));
    json_set(o, "started", time_json(r->started_ns));
    json_set(o, "ended", time_json(r->ended_ns));
    json_set(o, "owner", json_bytes(r->owner));
    json_set(o, "reason", json_bytes(r->reason));
    json_set(o, "expect", expect_json(r));
    json_set(o, "rollback", json_bytes(r->rollback));
    json_set(o, "log", json_bytes(r->log));
    json_set(o, "if_lost", json_string(r->keep_if_lost ? "keep" : "end"));
    json_set(o, "session", json_bytes(r->session));
    json_set(o, "label", json_bytes(r->label));
    json_set(o, "run", run_json(r));
    json_set(o, "tags", json_strv(&r->tags));
    json_set(o, "verdict", verdict_json(&r->verdict));
    json_set(o, "metrics", metrics_json(r));
    json_set(o, "limits", limits_json(r));
    json_set(o, "policy", policy_json(r));
    json_set(o, "cgroup", cgroup_json(r));
    json_set(o, "supervisor", supervisor_json(r));
    json_set(o, "environment", pairs_json(&r->environment));
    json_set(o, "events", events_json(r));
    json_set(o, "events_uncounted", json_int((int64_t)r->events_uncounted));
    json_set(o, "traces", traces_to_json(&r->traces));
    json_set(o, "ledger", ledger_json(&r->ledger));
    return o;
}
