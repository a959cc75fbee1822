/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job was traced for on request, as sections of `cgjob show`. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/text.h"

#define LINES     20 /* of a list; the JSON form has all */
#define BAR       40 /* columns of the longest bar */
#define BARS      "████████████████████████████████████████"
#define BAR_BYTES 3

static void more(size_t count, const char *what, const struct record *r, struct buf *out)
{
    if (count > LINES)
        buf_addf(out, "  and %zu further %s: cgjob show %" PRId64 " --json\n", count - LINES, what,
                 r->id);
}

static void calls(const struct record *r, struct buf *out)
{
    const struct traces *t = &r->traces;

    buf_add(out, "system calls\n");
    for (size_t i = 0; i < t->calls_count && i < LINES; i++) {
        const struct traced_call *c = &t->calls[i];

        buf_add(out, "  ");
        present_cell(out, c->name, 24);
        buf_addf(out, "%10" PRIu64, c->calls);
        for (size_t e = 0; e < c->errors_count; e++) {
            const char *name = strerrorname_np(c->errors[e].error);

            buf_addf(out, "%s%" PRIu64 " %s", e ? ", " : "   failed: ", c->errors[e].count,
                     name ? name : "with an unknown error");
        }
        buf_add(out, "\n");
    }
    more(t->calls_count, "calls", r, out);
}

static void peers(const struct record *r, struct buf *out)
{
    const struct traces *t = &r->traces;
    char peer[80], connections[32];

    buf_add(out, "network\n");
    if (!t->peers_count)
        buf_add(out, "  nothing was sent or received\n");
    for (size_t i = 0; i < t->peers_count && i < LINES; i++) {
        const struct traced_peer *p = &t->peers[i];
        bool v6 = strchr(p->address, ':') != NULL;

        snprintf(peer, sizeof(peer), p->port ? "%s%s%s:%u %s" : "%s%s%s", v6 ? "[" : "", p->address,
                 v6 ? "]" : "", p->port, p->protocol);
        snprintf(connections, sizeof(connections), ", %" PRIu64 " connection%s", p->connections,
                 p->connections == 1 ? "" : "s");
        buf_add(out, "  ");
        present_cell(out, peer, 40);
        buf_add(out, "sent");
        present_size_cell((double)p->bytes_sent, out);
        buf_add(out, "received");
        present_size_cell((double)p->bytes_received, out);
        if (p->connections)
            buf_add(out, connections + 2);
        buf_end_line(out);
    }
    more(t->peers_count, "peers", r, out);
}

static void histogram(const char *title, const uint64_t *times, struct buf *out)
{
    uint64_t most = 0;
    int first = TRACE_BUCKETS, last = -1;
    char text[32];

    buf_addf(out, "%s\n", title);
    for (int i = 0; i < TRACE_BUCKETS; i++) {
        if (!times[i])
            continue;
        first = i < first ? i : first;
        last = i;
        most = times[i] > most ? times[i] : most;
    }
    if (last < 0)
        buf_add(out, "  none\n");
    for (int i = first; i <= last; i++) {
        uint64_t bar = (times[i] * BAR + most - 1) / most;

        buf_add(out, "  below");
        present_cell(out, units_duration((double)(UINT64_C(1) << i) / 1e6, text, sizeof(text)), -9);
        buf_addf(out, "%10" PRIu64 "  %.*s", times[i], (int)bar * BAR_BYTES, BARS);
        buf_end_line(out);
    }
}

static void files(const struct record *r, struct buf *out)
{
    const struct traces *t = &r->traces;

    buf_add(out, "files touched\n");
    if (!t->files_count)
        buf_add(out, "  none\n");
    for (size_t i = 0; i < t->files_count && i < LINES; i++) {
        const struct traced_file *f = &t->files[i];
        const char *separator = "";

        buf_add(out, "  ");
        present_bytes(f->path, out);
        buf_add(out, " (");
        if (f->written) {
            buf_addf(out, "opened for writing %" PRIu64, f->written);
            separator = ", ";
        }
        if (f->renamed) {
            buf_addf(out, "%srenamed %" PRIu64, separator, f->renamed);
            separator = ", ";
        }
        if (f->removed)
            buf_addf(out, "%sremoved %" PRIu64, separator, f->removed);
        buf_add(out, ")\n");
    }
    more(t->files_count, "paths", r, out);
    if (t->files_lost || t->files_uncounted)
        buf_addf(out,
                 "  INCOMPLETE: %" PRIu64 " events found no room, %" PRIu64
                 " were of paths past the first %d\n",
                 t->files_lost, t->files_uncounted, TRACE_FILES_MAX);
}

void present_traces(const struct record *r, struct buf *out)
{
    const struct traces *t = &r->traces;

    if (t->has[TRACE_SYSCALLS])
        calls(r, out);
    if (t->has[TRACE_NET])
        peers(r, out);
    if (t->has[TRACE_SCHED])
        histogram("waits for a processor", t->times[0], out);
    if (t->has[TRACE_IO])
        histogram("block requests", t->times[1], out);
    if (t->has[TRACE_FILES])
        files(r, out);
}
