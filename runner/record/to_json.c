/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's JSON form: docs/RECORD.md is its reference. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/json_text.h"
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

static void add_time(struct buf *b, const char *key, int64_t ns)
{
    char text[40];

    json_add_bytes(b, key, ns ? timestamp_format(ns, text, sizeof(text)) : NULL);
}

static void add_pairs(struct buf *b, const char *key, const struct pairs *p)
{
    json_open_object(b, key);
    for (size_t i = 0; i < p->count; i++)
        json_add_bytes(b, p->item[i].key, p->item[i].value);
    json_close_object(b);
}

/* By the end of its name, as everywhere in a record. */
static bool is_number(const char *key)
{
    static const char *const ends[] = {"_bytes", "_seconds", "_number",   "pid",
                                       "_uid",   "signal",   "exit_code", "errno"};
    size_t n = strlen(key);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (n >= strlen(ends[i]) && strcmp(key + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static void add_evidence(struct buf *b, const struct pairs *p)
{
    json_open_object(b, "evidence");
    for (size_t i = 0; i < p->count; i++) {
        const struct pair *pair = &p->item[i];

        if (strcmp(pair->key, "killed") == 0)
            json_add_bool(b, pair->key, strcmp(pair->value, "yes") == 0);
        else if (is_number(pair->key))
            json_add_real(b, pair->key, strtod(pair->value, NULL));
        else
            json_add_bytes(b, pair->key, pair->value);
    }
    json_close_object(b);
}

/* A size, a count or a time is a number; "max" and "infinity" are text, and so are other limits. */
static void add_amount(struct buf *b, const char *member, const char *key, const char *text)
{
    static const char *const amounts[] = {"MemoryMax", "MemoryHigh", "MemorySwapMax", "MemoryMin",
                                          "MemoryLow", "TasksMax",   "RuntimeMaxSec", "CPUTimeMax"};
    char *end = NULL;
    double value = text && *text >= '0' && *text <= '9' ? strtod(text, &end) : 0;

    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
        if (end && !*end && strcmp(key, amounts[i]) == 0) {
            json_add_real(b, member, value);
            return;
        }
    json_add_bytes(b, member, text);
}

static void add_verdict(struct buf *b, const struct verdict *v)
{
    if (v->kind == VERDICT_NONE) {
        json_add_null(b, "verdict");
        return;
    }
    json_open_object(b, "verdict");
    json_add_bytes(b, "kind", verdict_name(v->kind));
    if (v->signal)
        json_add_int(b, "signal", v->signal);
    else if (v->exit_code >= 0)
        json_add_int(b, "exit_code", v->exit_code);
    json_add_int(b, "status", v->status);
    add_evidence(b, &v->evidence);
    json_close_object(b);
}

static void add_metric(struct buf *b, const struct metric *metric, const struct metric_value *value)
{
    json_open_object(b, metric->name);
    if (value->available) {
        json_add_real(b, "value", value->value);
        json_add_bytes(b, "unit", metric->unit);
        json_add_bytes(b, "source", value->source);
    } else {
        json_add_null(b, "value");
        json_add_bytes(b, "unavailable", value->why);
    }
    json_close_object(b);
}

static void add_metrics(struct buf *b, const struct record *r)
{
    json_open_object(b, "metrics");
    /* Nothing is known of a job that has not ended, and its row is written in a hurry. */
    for (int i = 0; r->state == RECORD_ENDED && i < METRIC_COUNT; i++)
        add_metric(b, &metrics[i], &r->metric[i]);
    json_close_object(b);
}

static void add_limits(struct buf *b, const struct record *r)
{
    json_open_array(b, "limits");
    for (size_t i = 0; i < r->limits.count; i++) {
        const struct record_limit *l = &r->limits.item[i];

        json_open_object(b, NULL);
        json_add_bytes(b, "key", l->key);
        add_amount(b, "asked", l->key, l->asked);
        add_amount(b, "effective", l->key, l->effective);
        json_add_bytes(b, "file", l->file);
        json_add_bytes(b, "note", l->note);
        json_close_object(b);
    }
    json_close_array(b);
}

static void add_expect(struct buf *b, const struct record *r)
{
    json_open_array(b, "expect");
    for (size_t i = 0; i < r->expect.count; i++) {
        json_open_object(b, NULL);
        json_add_bytes(b, "text", r->expect.item[i].text);
        json_add_bool(b, "held", r->expect.item[i].held);
        json_add_bytes(b, "actual", r->expect.item[i].actual);
        json_close_object(b);
    }
    json_close_array(b);
}

static void add_events(struct buf *b, const struct record *r)
{
    json_open_array(b, "events");
    for (size_t i = 0; i < r->events.count; i++) {
        json_open_object(b, NULL);
        add_time(b, "time", r->events.item[i].time_ns);
        json_add_bytes(b, "kind", r->events.item[i].kind);
        json_add_bytes(b, "detail", r->events.item[i].detail);
        json_close_object(b);
    }
    json_close_array(b);
}

/* As text: a JSON number need not hold 64 bits. */
static void add_args(struct buf *b, const struct ledger_row *row)
{
    char text[24];

    json_open_array(b, "denied_args");
    for (int i = 0; i < 6; i++) {
        snprintf(text, sizeof(text), "0x%" PRIx64, row->denied_args[i]);
        json_add_bytes(b, NULL, text);
    }
    json_close_array(b);
}

static void add_figures(struct buf *b, const struct ledger_row *row)
{
    json_add_real(b, "cpu_seconds", row->cpu_seconds);
    json_add_real(b, "cpu_user_seconds", row->cpu_user_seconds);
    json_add_real(b, "cpu_system_seconds", row->cpu_system_seconds);
    json_add_real(b, "runqueue_wait_seconds", row->runqueue_wait_seconds);
    json_add_real(b, "blkio_wait_seconds", row->blkio_wait_seconds);
    json_add_int(b, "peak_rss_bytes", (int64_t)row->peak_rss_bytes);
    if (row->peak_is_bound)
        json_add_bool(b, "peak_is_bound", true);
    json_add_int(b, "page_faults_minor", (int64_t)row->page_faults_minor);
    json_add_int(b, "page_faults_major", (int64_t)row->page_faults_major);
    json_add_int(b, "io_read_bytes", (int64_t)row->io_read_bytes);
    json_add_int(b, "io_write_bytes", (int64_t)row->io_write_bytes);
    json_add_int(b, "context_switches_voluntary", (int64_t)row->context_switches_voluntary);
    json_add_int(b, "context_switches_involuntary", (int64_t)row->context_switches_involuntary);
}

static void add_cause(struct buf *b, const struct ledger_row *row)
{
    if (row->oom)
        json_add_bool(b, "oom", true);
    if (row->signal && row->sender_comm[0]) {
        json_add_int(b, "sender_pid", row->sender_pid);
        json_add_int(b, "sender_uid", row->sender_uid);
        json_add_bytes(b, "sender_comm", row->sender_comm);
        json_add_int(b, "sender_cgroup_id", (int64_t)row->sender_cgroup);
    }
    if (row->denied_syscall >= 0)
        json_add_int(b, "denied_syscall", row->denied_syscall);
    if (row->denied_syscall >= 0 && row->denied_args_known)
        add_args(b, row);
}

void ledger_row_json(const struct ledger_row *row, struct buf *b)
{
    json_open_object(b, NULL);
    json_add_int(b, "pid", row->pid);
    json_add_int(b, "ppid", row->ppid);
    json_add_int(b, "uid", row->uid);
    json_add_bytes(b, "comm", row->comm);
    json_add_bytes(b, "exe", row->exe[0] ? row->exe : NULL);
    add_time(b, "started", row->started_ns);
    add_time(b, "ended", row->ended_ns);
    if (row->signal)
        json_add_int(b, "signal", row->signal);
    else
        json_add_int(b, "exit_code", row->exit_code);
    json_add_int(b, "threads", row->threads);
    add_figures(b, row);
    add_cause(b, row);
    json_close_object(b);
}

static void add_by_command(struct buf *b, const struct ledger *l)
{
    json_open_array(b, "by_command");
    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];

        json_open_object(b, NULL);
        json_add_bytes(b, "comm", c->comm);
        json_add_int(b, "processes", (int64_t)c->processes);
        json_add_int(b, "failed", (int64_t)c->failed);
        json_add_real(b, "cpu_seconds", c->cpu_seconds);
        json_add_real(b, "runqueue_wait_seconds", c->runqueue_wait_seconds);
        json_add_int(b, "peak_rss_bytes", (int64_t)c->peak_rss_bytes);
        json_add_int(b, "io_read_bytes", (int64_t)c->io_read_bytes);
        json_add_int(b, "io_write_bytes", (int64_t)c->io_write_bytes);
        json_close_object(b);
    }
    json_close_array(b);
}

static void add_ledger_members(struct buf *b, const struct ledger *l)
{
    json_add_int(b, "processes_total", (int64_t)l->processes_total);
    json_add_int(b, "rows_kept", (int64_t)l->rows_kept);
    json_add_int(b, "events_dropped", (int64_t)l->events_dropped);
    json_add_real(b, "cpu_seconds", l->cpu_seconds);
    add_by_command(b, l);
    json_open_array(b, "rows");
    for (size_t i = 0; i < l->rows_kept; i++)
        ledger_row_json(&l->rows[i], b);
    json_close_array(b);
    json_add_bool(b, "all_kept", l->all_kept);
}

static void add_ledger(struct buf *b, const struct ledger *l)
{
    json_open_object(b, "ledger");
    if (l->available)
        add_ledger_members(b, l);
    else
        json_add_bytes(b, "unavailable", l->why);
    json_close_object(b);
}

static void add_policy(struct buf *b, const struct record *r)
{
    json_open_object(b, "policy");
    json_add_bytes(b, "name", r->policy_name);
    json_add_bytes(b, "hash", r->policy_hash);
    json_close_object(b);
}

static void add_cgroup(struct buf *b, const struct record *r)
{
    json_open_object(b, "cgroup");
    for (size_t i = 0; i < r->cgroup.count; i++)
        if (strcmp(r->cgroup.item[i].key, "id") != 0)
            json_add_bytes(b, r->cgroup.item[i].key, r->cgroup.item[i].value);
    json_add_int(b, "id", (int64_t)r->cgroup_id);
    json_close_object(b);
}

static void add_supervisor(struct buf *b, const struct record *r)
{
    json_open_object(b, "supervisor");
    json_add_int(b, "pid", r->supervisor_pid);
    json_add_int(b, "start_ticks", (int64_t)r->supervisor_start);
    json_close_object(b);
}

static void add_run(struct buf *b, const struct record *r)
{
    if (!r->run.number) {
        json_add_null(b, "run");
        return;
    }
    json_open_object(b, "run");
    json_add_int(b, "number", r->run.number);
    if (r->run.of)
        json_add_int(b, "of", r->run.of);
    else
        json_add_null(b, "of");
    if (r->run.pair)
        json_add_int(b, "pair", r->run.pair);
    else
        json_add_null(b, "pair");
    json_add_bool(b, "warmup", r->run.warmup);
    json_close_object(b);
}

static void add_identity(struct buf *b, const struct record *r)
{
    json_add_int(b, "schema", RECORD_SCHEMA);
    json_add_int(b, "id", r->id);
    if (r->provisional_id)
        json_add_int(b, "provisional_id", r->provisional_id);
    json_add_bytes(b, "name", r->name);
    json_add_strv(b, "argv", &r->argv);
    json_add_bytes(b, "state", record_state_name(r->state));
    add_time(b, "started", r->started_ns);
    add_time(b, "ended", r->ended_ns);
    json_add_bytes(b, "owner", r->owner);
    json_add_bytes(b, "reason", r->reason);
    add_expect(b, r);
    json_add_bytes(b, "rollback", r->rollback);
    json_add_bytes(b, "log", r->log);
    json_add_bytes(b, "if_lost", r->keep_if_lost ? "keep" : "end");
    json_add_bytes(b, "session", r->session);
    json_add_bytes(b, "label", r->label);
    add_run(b, r);
    json_add_strv(b, "tags", &r->tags);
}

void record_json(const struct record *r, struct buf *b)
{
    json_open_object(b, NULL);
    add_identity(b, r);
    add_verdict(b, &r->verdict);
    add_metrics(b, r);
    add_limits(b, r);
    add_policy(b, r);
    add_cgroup(b, r);
    add_supervisor(b, r);
    add_pairs(b, "environment", &r->environment);
    add_events(b, r);
    json_add_int(b, "events_uncounted", (int64_t)r->events_uncounted);
    traces_json(&r->traces, "traces", b);
    add_ledger(b, &r->ledger);
    json_close_object(b);
}

struct json *record_to_json(const struct record *r)
{
    _cleanup_buf_ struct buf text = {0};
    struct json *doc = NULL;
    struct err err;

    record_json(r, &text);
    return text.failed || json_parse(text.data, text.len, "record", &doc, &err) < 0 ? NULL : doc;
}
