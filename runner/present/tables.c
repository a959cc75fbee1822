/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of jobs, and the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/timestamp.h"
#include "runner/base/units.h"
#include "runner/present/text.h"

enum list_column {
    LIST_ID,
    LIST_NAME,
    LIST_STARTED,
    LIST_WALL,
    LIST_CPU,
    LIST_MEMORY,
    LIST_OWNER,
    LIST_VERDICT
};

static const struct column list_columns[] = {
    [LIST_ID] = {"ID", -6, 5, 0},
    [LIST_NAME] = {"NAME", 20, 12, 0},
    [LIST_STARTED] = {"STARTED", 19, 11, 4},
    [LIST_WALL] = {"WALL", -8, 0, 3},
    [LIST_CPU] = {"CPU", -8, 0, 2},
    [LIST_MEMORY] = {"MEMORY", -8, 0, 1},
    [LIST_OWNER] = {"OWNER", 10, 8, 0},
    [LIST_VERDICT] = {"VERDICT", 14, 0, 0},
};

static void list_fit(struct columns *c, const struct table_style *style)
{
    columns_fit(c, list_columns, sizeof(list_columns) / sizeof(list_columns[0]), style->width);
}

/* Times are local: the heading says by how much, where it has the room. */
void present_list_heading(const struct table_style *style, int64_t now_ns, struct buf *out)
{
    char now[40], started[24] = "STARTED";
    struct columns c;

    list_fit(&c, style);
    timestamp_format_local(now_ns, now, sizeof(now));
    if (c.width[LIST_STARTED] == list_columns[LIST_STARTED].width && strrchr(now, ' '))
        snprintf(started, sizeof(started), "STARTED (%.5s)", strrchr(now, ' ') + 1);
    for (size_t i = 0; i < c.count; i++)
        columns_cell(&c, i, i == LIST_STARTED ? started : list_columns[i].title, out);
    buf_add(out, "\n");
}

static void metric_cell(const struct columns *c, size_t at, const struct record *r,
                        enum metric_id id, struct buf *out)
{
    _cleanup_buf_ struct buf value = {0};

    if (present_available(r, id))
        present_metric(r, id, &value);
    columns_cell(c, at, value.len ? buf_text(&value) : "-", out);
}

/* "2026-11-24 03:00:00", or where there is less room "11-24 03:00". */
static void started_cell(const struct columns *c, const struct record *r, struct buf *out)
{
    char text[40];
    bool narrow = c->width[LIST_STARTED] < list_columns[LIST_STARTED].width;

    timestamp_format_local(r->started_ns, text, sizeof(text));
    text[narrow ? 16 : 19] = '\0';
    columns_cell(c, LIST_STARTED, text + (narrow ? 5 : 0), out);
}

/* Of a running job, how long it has been running. */
static void wall_cell(const struct columns *c, const struct record *r, int64_t now_ns,
                      struct buf *out)
{
    char text[48];

    if (r->state == RECORD_ENDED || r->verdict.kind == VERDICT_LOST || now_ns <= r->started_ns) {
        metric_cell(c, LIST_WALL, r, METRIC_WALL_SECONDS, out);
        return;
    }
    units_duration((double)(now_ns - r->started_ns) / NS_PER_S, text, sizeof(text));
    columns_cell(c, LIST_WALL, text, out);
}

static void verdict_cell(const struct columns *c, const struct record *r, bool frozen,
                         struct buf *out)
{
    _cleanup_buf_ struct buf text = {0};

    if (frozen)
        buf_add(&text, "frozen");
    else
        present_verdict(&r->verdict, &text);
    if (r->verdict.kind != VERDICT_EXITED && r->state == RECORD_ENDED)
        buf_addf(&text, " (%d)", r->verdict.status);
    else if (r->verdict.kind == VERDICT_EXITED && r->verdict.status != r->verdict.exit_code)
        buf_add(&text, ", expectation not held");
    columns_cell(c, LIST_VERDICT, buf_text(&text), out);
}

bool present_failed(const struct record *r)
{
    return r->verdict.kind == VERDICT_LOST || (r->state == RECORD_ENDED && r->verdict.status != 0);
}

#define RED   "\x1b[31m"
#define PLAIN "\x1b[0m"

void present_list_line(const struct record *r, const struct list_line *how, struct buf *out)
{
    bool red = how->style.colour && present_failed(r);
    struct columns c;
    char id[24];

    list_fit(&c, &how->style);
    snprintf(id, sizeof(id), "%" PRId64, r->id);
    buf_add(out, red ? RED : "");
    columns_cell(&c, LIST_ID, id, out);
    columns_cell(&c, LIST_NAME, r->name ? r->name : "", out);
    started_cell(&c, r, out);
    wall_cell(&c, r, how->now_ns, out);
    metric_cell(&c, LIST_CPU, r, METRIC_CPU_SECONDS, out);
    metric_cell(&c, LIST_MEMORY, r, METRIC_MEMORY_PEAK_BYTES, out);
    columns_cell(&c, LIST_OWNER, r->owner ? r->owner : "-", out);
    verdict_cell(&c, r, how->frozen, out);
    buf_add(out, red ? PLAIN "\n" : "\n");
}

void present_duration_cell(double seconds, struct buf *out)
{
    char text[48];

    present_cell(out, units_duration(seconds, text, sizeof(text)), -9);
}

void present_size_cell(double bytes, struct buf *out)
{
    char text[48];

    present_cell(out, units_size(bytes, text, sizeof(text)), -9);
}

void present_count_cell(double count, struct buf *out)
{
    char text[48];

    present_cell(out, units_count(count, text, sizeof(text)), -9);
}
