/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole record, in sections. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/present/text.h"

#define KEY_COLUMN 30

static void line(struct buf *out, const char *key, const char *value)
{
    _cleanup_buf_ struct buf safe = {0};

    if (!value || !*value)
        return;
    buf_add(out, "  ");
    present_bytes(key, &safe);
    buf_pad(out, buf_text(&safe), KEY_COLUMN);
    buf_add(out, " ");
    present_bytes(value, out);
    buf_add(out, "\n");
}

static void time_line(struct buf *out, const char *key, int64_t ns)
{
    char text[40];

    if (ns)
        line(out, key, timestamp_format_local(ns, text, sizeof(text)));
}

static void identity(const struct record *r, struct buf *out)
{
    buf_addf(out, "job %" PRId64 "\n", r->id);
    line(out, "name", r->name);
    buf_add(out, "  command                       ");
    strv_each (&r->argv, word) {
        buf_add(out, " ");
        present_bytes(word, out);
    }
    buf_add(out, "\n");
    line(out, "state", record_state_name(r->state));
    time_line(out, "started", r->started_ns);
    time_line(out, "ended", r->ended_ns);
    line(out, "owner", r->owner);
    line(out, "reason", r->reason);
    line(out, "rollback", r->rollback);
    line(out, "session", r->session);
    line(out, "label", r->label);
    strv_each (&r->tags, tag)
        line(out, "tag", tag);
}

static void verdict(const struct record *r, struct buf *out)
{
    _cleanup_buf_ struct buf text = {0};
    char status[16];

    present_verdict(&r->verdict, &text);
    buf_add(out, "verdict\n");
    line(out, verdict_name(r->verdict.kind), buf_text(&text));
    if (r->state == RECORD_ENDED) {
        snprintf(status, sizeof(status), "%d", r->verdict.status);
        line(out, "status", status);
    }
    for (size_t i = 0; i < r->verdict.evidence.count; i++)
        line(out, r->verdict.evidence.item[i].key, r->verdict.evidence.item[i].value);
    for (size_t i = 0; i < r->expect.count; i++)
        line(out, r->expect.item[i].held ? "expectation held" : "expectation NOT held",
             r->expect.item[i].text);
}

static void figures(const struct record *r, struct buf *out)
{
    buf_add(out, "metrics\n");
    for (int i = 0; i < METRIC_COUNT; i++) {
        _cleanup_buf_ struct buf value = {0};
        const struct metric_value *m = &r->metric[i];

        present_metric(r, (enum metric_id)i, &value);
        buf_add(out, "  ");
        buf_pad(out, metrics[i].name, KEY_COLUMN);
        buf_add(out, " ");
        buf_pad(out, buf_text(&value), 14);
        buf_add(out, " ");
        present_bytes(m->available ? m->source : m->why, out);
        buf_add(out, "\n");
    }
}

static void limits(const struct record *r, struct buf *out)
{
    if (!r->limits.count)
        return;
    buf_add(out, "limits\n");
    for (size_t i = 0; i < r->limits.count; i++) {
        const struct record_limit *l = &r->limits.item[i];

        buf_add(out, "  ");
        buf_pad(out, l->key, 20);
        buf_add(out, " asked ");
        present_bytes(l->asked, out);
        buf_add(out, l->effective ? ", in force " : ", NOT in force");
        if (l->effective)
            present_bytes(l->effective, out);
        if (l->file && *l->file) {
            buf_add(out, " (");
            present_bytes(l->file, out);
            buf_add(out, ")");
        }
        if (l->note) {
            buf_add(out, ": ");
            present_bytes(l->note, out);
        }
        buf_add(out, "\n");
    }
}

static void surroundings(const struct record *r, struct buf *out)
{
    buf_add(out, "confinement\n");
    line(out, "policy", r->policy_name);
    line(out, "policy hash", r->policy_hash);
    for (size_t i = 0; i < r->cgroup.count; i++)
        line(out, strcmp(r->cgroup.item[i].key, "none") == 0 ? "no cgroup" : r->cgroup.item[i].key,
             r->cgroup.item[i].value);
    buf_add(out, "environment\n");
    for (size_t i = 0; i < r->environment.count; i++)
        line(out, r->environment.item[i].key, r->environment.item[i].value);
}

void present_show(const struct record *r, struct buf *out)
{
    identity(r, out);
    verdict(r, out);
    figures(r, out);
    limits(r, out);
    present_traces(r, out);
    surroundings(r, out);
    if (r->events.count) {
        buf_add(out, "events\n");
        present_events(r, out);
    }
    buf_addf(out, "next: cgjob why %" PRId64 " · cgjob ps %" PRId64 "\n", r->id, r->id);
}
