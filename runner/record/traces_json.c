/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON form of traces, and back: docs/RECORD.md is its reference. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/json_text.h"
#include "runner/record/traces.h"

static void add_errors(struct buf *b, const struct traced_call *c)
{
    char name[16];

    json_open_object(b, "errors");
    for (size_t i = 0; i < c->errors_count; i++) {
        const char *word = strerrorname_np(c->errors[i].error);

        snprintf(name, sizeof(name), "%d", c->errors[i].error);
        json_add_int(b, word ? word : name, (int64_t)c->errors[i].count);
    }
    json_close_object(b);
}

static void add_calls(struct buf *b, const struct traces *t)
{
    json_open_array(b, "syscalls");
    for (size_t i = 0; i < t->calls_count; i++) {
        json_open_object(b, NULL);
        json_add_bytes(b, "name", t->calls[i].name);
        json_add_int(b, "number", t->calls[i].number);
        json_add_int(b, "calls", (int64_t)t->calls[i].calls);
        add_errors(b, &t->calls[i]);
        json_close_object(b);
    }
    json_close_array(b);
}

static void add_peers(struct buf *b, const struct traces *t)
{
    json_open_array(b, "net");
    for (size_t i = 0; i < t->peers_count; i++) {
        const struct traced_peer *p = &t->peers[i];

        json_open_object(b, NULL);
        json_add_bytes(b, "address", p->address);
        json_add_int(b, "port", p->port);
        json_add_bytes(b, "protocol", p->protocol);
        json_add_int(b, "bytes_sent", (int64_t)p->bytes_sent);
        json_add_int(b, "bytes_received", (int64_t)p->bytes_received);
        json_add_int(b, "packets_sent", (int64_t)p->packets_sent);
        json_add_int(b, "packets_received", (int64_t)p->packets_received);
        json_add_int(b, "connections", (int64_t)p->connections);
        json_close_object(b);
    }
    json_close_array(b);
}

/* Counts by bucket up to the last that is not empty. */
static void add_times(struct buf *b, const char *key, const uint64_t *times)
{
    int last = TRACE_BUCKETS;

    while (last > 0 && !times[last - 1])
        last--;
    json_open_array(b, key);
    for (int i = 0; i < last; i++)
        json_add_int(b, NULL, (int64_t)times[i]);
    json_close_array(b);
}

static void add_files(struct buf *b, const struct traces *t)
{
    json_open_array(b, "files");
    for (size_t i = 0; i < t->files_count; i++) {
        const struct traced_file *f = &t->files[i];

        json_open_object(b, NULL);
        json_add_bytes(b, "path", f->path);
        json_add_int(b, "written", (int64_t)f->written);
        json_add_int(b, "renamed", (int64_t)f->renamed);
        json_add_int(b, "removed", (int64_t)f->removed);
        json_close_object(b);
    }
    json_close_array(b);
    json_add_int(b, "files_lost", (int64_t)t->files_lost);
    json_add_int(b, "files_uncounted", (int64_t)t->files_uncounted);
}

void traces_json(const struct traces *t, const char *key, struct buf *b)
{
    json_open_object(b, key);
    if (t->has[TRACE_SYSCALLS])
        add_calls(b, t);
    if (t->has[TRACE_NET])
        add_peers(b, t);
    if (t->has[TRACE_SCHED])
        add_times(b, "sched", t->times[0]);
    if (t->has[TRACE_IO])
        add_times(b, "io", t->times[1]);
    if (t->has[TRACE_FILES])
        add_files(b, t);
    json_close_object(b);
}

static uint64_t count_of(const struct json *o, const char *key)
{
    return (uint64_t)json_to_int(json_get(o, key), 0);
}

static int error_by_name(const char *name)
{
    for (int error = 1; error < 200; error++) {
        const char *word = strerrorname_np(error);

        if (word && strcmp(word, name) == 0)
            return error;
    }
    return atoi(name);
}

static int read_call(const struct json *o, struct traces *t)
{
    const struct json *errors = json_get(o, "errors");
    int number = (int)json_to_int(json_get(o, "number"), -1);
    int r = traces_add_call(t, number, json_text(json_get(o, "name")), count_of(o, "calls"));

    for (size_t i = 0; r == 0 && i < json_members(errors); i++) {
        struct json *value;
        const char *name = json_member(errors, i, &value);

        r = traces_add_error(t, number, error_by_name(name), (uint64_t)json_to_int(value, 0));
    }
    return r;
}

static int read_peer(const struct json *o, struct traces *t)
{
    const char *address = json_text(json_get(o, "address"));
    const char *protocol = json_text(json_get(o, "protocol"));
    struct traced_peer p = {
        .port = (unsigned)count_of(o, "port"),
        .bytes_sent = count_of(o, "bytes_sent"),
        .bytes_received = count_of(o, "bytes_received"),
        .packets_sent = count_of(o, "packets_sent"),
        .packets_received = count_of(o, "packets_received"),
        .connections = count_of(o, "connections"),
    };

    snprintf(p.address, sizeof(p.address), "%s", address ? address : "");
    snprintf(p.protocol, sizeof(p.protocol), "%s", protocol ? protocol : "");
    return traces_add_peer(t, &p);
}

static int read_file(const struct json *o, struct traces *t)
{
    _cleanup_free_ char *path = json_get_bytes(json_get(o, "path"));

    return traces_add_file(t, path ? path : "", count_of(o, "written"), count_of(o, "renamed"),
                           count_of(o, "removed"));
}

static void read_times(const struct json *list, uint64_t *times)
{
    for (size_t i = 0; i < json_count(list) && i < TRACE_BUCKETS; i++)
        times[i] = (uint64_t)json_to_int(json_at(list, i), 0);
}

int traces_from_json(const struct json *doc, struct traces *t)
{
    static const struct {
        enum trace_feature feature;
        int (*read)(const struct json *o, struct traces *t);
    } lists[] = {{TRACE_SYSCALLS, read_call}, {TRACE_NET, read_peer}, {TRACE_FILES, read_file}};
    int r = 0;

    for (int i = 0; i < TRACE_FEATURES; i++)
        t->has[i] = json_is_array(json_get(doc, trace_feature_name((enum trace_feature)i)));
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        const struct json *list = json_get(doc, trace_feature_name(lists[l].feature));

        for (size_t i = 0; r == 0 && i < json_count(list); i++)
            r = lists[l].read(json_at(list, i), t);
    }
    read_times(json_get(doc, "sched"), t->times[0]);
    read_times(json_get(doc, "io"), t->times[1]);
    t->files_lost = count_of(doc, "files_lost");
    t->files_uncounted = count_of(doc, "files_uncounted");
    return r;
}
