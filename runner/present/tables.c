/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of jobs, and the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/base/units.h"
#include "runner/present/text.h"

void present_list_heading(struct buf *out)
{
    present_cell(out, "ID", -6);
    present_cell(out, "NAME", 20);
    present_cell(out, "STARTED", 19);
    present_cell(out, "WALL", -8);
    present_cell(out, "CPU", -8);
    present_cell(out, "MEMORY", -8);
    present_cell(out, "OWNER", 10);
    buf_add(out, "VERDICT\n");
}

static void metric_cell(const struct record *r, enum metric_id id, struct buf *out)
{
    _cleanup_buf_ struct buf value = {0};

    if (present_available(r, id))
        present_metric(r, id, &value);
    present_cell(out, value.len ? buf_text(&value) : "-", -8);
}

void present_list_line(const struct record *r, struct buf *out)
{
    char text[40];

    snprintf(text, sizeof(text), "%" PRId64, r->id);
    present_cell(out, text, -6);
    present_cell(out, r->name ? r->name : "", 20);
    timestamp_format_local(r->started_ns, text, sizeof(text));
    text[19] = '\0';
    present_cell(out, text, 19);
    metric_cell(r, METRIC_WALL_SECONDS, out);
    metric_cell(r, METRIC_CPU_SECONDS, out);
    metric_cell(r, METRIC_MEMORY_PEAK_BYTES, out);
    present_cell(out, r->owner ? r->owner : "-", 10);
    present_verdict(&r->verdict, out);
    if (r->verdict.kind != VERDICT_EXITED && r->state == RECORD_ENDED)
        buf_addf(out, " (%d)", r->verdict.status);
    else if (r->verdict.kind == VERDICT_EXITED && r->verdict.status != r->verdict.exit_code)
        buf_add(out, ", expectation not held");
    buf_add(out, "\n");
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
