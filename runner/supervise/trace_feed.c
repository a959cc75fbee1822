/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/trace_feed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "runner/base/buf.h"
#include "runner/base/cleanup.h"

_Static_assert((int)FEATURE_SYSCALLS == TRACE_SYSCALLS && (int)FEATURE_NET == TRACE_NET &&
                   (int)FEATURE_SCHED == TRACE_SCHED && (int)FEATURE_IO == TRACE_IO &&
                   (int)FEATURE_FILES == TRACE_FILES && (int)FEATURES == TRACE_FEATURES,
               "one order, in two layers");
_Static_assert(FEATURE_BUCKETS == TRACE_BUCKETS, "one histogram, in two layers");

static void on_call(void *data, unsigned number, uint64_t count)
{
    struct traces *t = data;
    char name[64];
    bool known = policy_syscall_name((int)number, name, sizeof(name)) != NULL;

    traces_add_call(t, (int)number, known ? name : NULL, count);
}

static void on_call_error(void *data, unsigned number, unsigned error, uint64_t count)
{
    /* A call that a filter refuses is not entered, it only returns. */
    if (traces_add_error(data, (int)number, (int)error, count) == -ENOENT) {
        on_call(data, number, 0);
        traces_add_error(data, (int)number, (int)error, count);
    }
}

static void name_protocol(unsigned protocol, char *buf, size_t size)
{
    static const struct {
        unsigned protocol;
        const char *name;
    } known[] = {{IPPROTO_TCP, "tcp"},       {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
                 {IPPROTO_ICMPV6, "icmpv6"}, {IPPROTO_SCTP, "sctp"}, {IPPROTO_IGMP, "igmp"}};

    snprintf(buf, size, "%u", protocol);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].protocol == protocol)
            snprintf(buf, size, "%s", known[i].name);
}

static void on_peer(void *data, const struct feature_peer *peer, const struct feature_traffic *f)
{
    struct traced_peer p = {
        .port = peer->port,
        .bytes_sent = f->bytes_sent,
        .bytes_received = f->bytes_received,
        .packets_sent = f->packets_sent,
        .packets_received = f->packets_received,
        .connections = f->connections,
    };

    inet_ntop(peer->family, peer->address, p.address, sizeof(p.address));
    name_protocol(peer->protocol, p.protocol, sizeof(p.protocol));
    traces_add_peer(data, &p);
}

static void on_time(void *data, enum feature which, unsigned bucket, uint64_t count)
{
    traces_times(data, which == FEATURE_IO ? TRACE_IO : TRACE_SCHED)[bucket] += count;
}

/* Names without a meaning of their own are taken out: "", "." and, with what is before it, "..". */
static void append_name(struct strv *parts, const char *name)
{
    if (!*name || strcmp(name, ".") == 0)
        return;
    if (strcmp(name, "..") != 0) {
        strv_add(parts, name);
    } else if (parts->count) {
        free(parts->item[--parts->count]);
        parts->item[parts->count] = NULL;
    }
}

char *trace_feed_path(const struct feature_file *file)
{
    struct strv parts = {0};
    struct buf path = {0};
    char given[sizeof(file->given) + 1], *save = NULL;

    snprintf(given, sizeof(given), "%.*s", (int)sizeof(file->given), file->given);
    if (given[0] != '/')
        for (unsigned i = file->depth < FEATURE_NAMES ? file->depth : FEATURE_NAMES; i-- > 0;)
            strv_add(&parts, file->name[i]);
    for (char *w = strtok_r(given, "/", &save); w; w = strtok_r(NULL, "/", &save))
        append_name(&parts, w);
    if (file->cut)
        buf_add(&path, "...");
    strv_each (&parts, part)
        buf_addf(&path, "/%s", part);
    if (!path.len)
        buf_add(&path, "/");
    strv_free(&parts);
    if (!path.failed)
        return path.data;
    buf_free(&path);
    return NULL;
}

static void on_file(void *data, const struct feature_file *file)
{
    _cleanup_free_ char *path = trace_feed_path(file);

    if (path)
        traces_add_file(data, path, file->kind == FEATURE_FILE_WRITTEN,
                        file->kind == FEATURE_FILE_RENAMED, file->kind == FEATURE_FILE_REMOVED);
}

static void on_files_lost(void *data, uint64_t count)
{
    ((struct traces *)data)->files_lost += count;
}

void trace_feed_init(struct feature_callbacks *ret, struct record *r)
{
    *ret = (struct feature_callbacks){
        .data = &r->traces,
        .call = on_call,
        .call_error = on_call_error,
        .peer = on_peer,
        .time = on_time,
        .file = on_file,
        .files_lost = on_files_lost,
    };
}
