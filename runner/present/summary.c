/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines on stderr when a job has ended: only those that have something to say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/text.h"

static void duration(double seconds, struct buf *out)
{
    char text[48];

    buf_add(out, units_duration(seconds, text, sizeof(text)));
}

static void size(double bytes, struct buf *out)
{
    char text[48];

    buf_add(out, units_size(bytes, text, sizeof(text)));
}

static void heading(const struct record *r, struct buf *out)
{
    buf_addf(out, "cgrun: job %" PRId64 " ", r->id);
    present_bytes(r->name ? r->name : "", out);
    buf_add(out, " ended: ");
    present_verdict(&r->verdict, out);
    if (present_available(r, METRIC_WALL_SECONDS)) {
        buf_add(out, " after ");
        duration(present_value(r, METRIC_WALL_SECONDS), out);
    }
    buf_addf(out, " (status %d)\n", r->verdict.status);
}

static void cause_line(const struct record *r, struct buf *out)
{
    _cleanup_buf_ struct buf cause = {0};

    present_cause(r, &cause);
    if (cause.len)
        buf_addf(out, "  why      %s\n", buf_text(&cause));
}

static void expect_lines(const struct record *r, struct buf *out)
{
    for (size_t i = 0; i < r->expect.count; i++)
        if (!r->expect.item[i].held) {
            buf_add(out, "  expect   ");
            present_bytes(r->expect.item[i].text, out);
            buf_add(out, " did not hold: ");
            present_bytes(r->expect.item[i].actual, out);
            buf_add(out, "\n");
        }
}

static void cpu_line(const struct record *r, struct buf *out)
{
    if (!present_available(r, METRIC_CPU_SECONDS))
        return;
    buf_add(out, "  cpu      ");
    duration(present_value(r, METRIC_CPU_SECONDS), out);
    if (present_available(r, METRIC_CPU_USER_SECONDS)) {
        buf_add(out, "   user ");
        duration(present_value(r, METRIC_CPU_USER_SECONDS), out);
        buf_add(out, ", system ");
        duration(present_value(r, METRIC_CPU_SYSTEM_SECONDS), out);
    }
    if (present_available(r, METRIC_RUNQUEUE_WAIT_SECONDS)) {
        buf_add(out, "; waited ");
        duration(present_value(r, METRIC_RUNQUEUE_WAIT_SECONDS), out);
        buf_add(out, " for a processor");
    }
    if (present_available(r, METRIC_CPU_THROTTLED_SECONDS)) {
        buf_add(out, "; throttled ");
        duration(present_value(r, METRIC_CPU_THROTTLED_SECONDS), out);
    }
    buf_add(out, "\n");
}

static const char *limit_of(const struct record *r, const char *key)
{
    for (size_t i = 0; i < r->limits.count; i++)
        if (strcmp(r->limits.item[i].key, key) == 0 && r->limits.item[i].effective)
            return r->limits.item[i].effective;
    return NULL;
}

static void memory_line(const struct record *r, struct buf *out)
{
    const char *limit = limit_of(r, "MemoryMax");

    if (!present_available(r, METRIC_MEMORY_PEAK_BYTES))
        return;
    buf_add(out, "  memory   peak ");
    size(present_value(r, METRIC_MEMORY_PEAK_BYTES), out);
    if (limit && *limit >= '0' && *limit <= '9') {
        buf_add(out, " of ");
        size(strtod(limit, NULL), out);
    }
    if (present_available(r, METRIC_PROCESS_PEAK_RSS_BYTES)) {
        buf_add(out, "; largest process ");
        size(present_value(r, METRIC_PROCESS_PEAK_RSS_BYTES), out);
    }
    buf_add(out, "\n");
}

static void io_line(const struct record *r, struct buf *out)
{
    if (!present_available(r, METRIC_IO_READ_BYTES))
        return;
    buf_add(out, "  io       read ");
    size(present_value(r, METRIC_IO_READ_BYTES), out);
    buf_add(out, ", wrote ");
    size(present_value(r, METRIC_IO_WRITE_BYTES), out);
    if (present_available(r, METRIC_BLKIO_WAIT_SECONDS)) {
        buf_add(out, "; waited ");
        duration(present_value(r, METRIC_BLKIO_WAIT_SECONDS), out);
    }
    buf_add(out, "\n");
}

static void tasks_line(const struct record *r, struct buf *out)
{
    double total = present_value(r, METRIC_PROCESSES_TOTAL);

    if (!present_available(r, METRIC_PROCESSES_TOTAL)) {
        buf_add(out, "  tasks    not counted one by one: ");
        present_bytes(r->ledger.why, out);
        buf_add(out, "\n");
        return;
    }
    buf_addf(out, "  tasks    %.0f process%s, %.0f failed", total, total == 1 ? "" : "es",
             present_value(r, METRIC_PROCESSES_FAILED));
    if (present_available(r, METRIC_TASKS_PEAK))
        buf_addf(out, ", at most %.0f at once", present_value(r, METRIC_TASKS_PEAK));
    if (present_value(r, METRIC_EVENTS_DROPPED) > 0)
        buf_addf(out, "; %.0f records lost, totals complete",
                 present_value(r, METRIC_EVENTS_DROPPED));
    else
        buf_add(out, "; every exit accounted for");
    if (present_available(r, METRIC_LEDGER_CPU_COVERAGE_RATIO))
        buf_addf(out, " (%.1f %% of CPU)",
                 100 * present_value(r, METRIC_LEDGER_CPU_COVERAGE_RATIO));
    buf_add(out, "\n");
}

static void rollback_line(const struct record *r, struct buf *out)
{
    if (!r->rollback || r->verdict.status == 0)
        return;
    buf_add(out, "  rollback ");
    present_bytes(r->rollback, out);
    buf_addf(out, " (cgjob rollback %" PRId64 ")\n", r->id);
}

static void refusals_line(const struct record *r, struct buf *out)
{
    if (!present_refusals_unknown(r))
        return;
    buf_add(out, "  hint     calls that policy ");
    present_bytes(r->policy_name, out);
    buf_add(out, " refuses were not counted; `cgrun -v` names them, if there are any\n");
}

void present_summary(const struct record *r, struct buf *out)
{
    heading(r, out);
    cause_line(r, out);
    expect_lines(r, out);
    if (r->verdict.kind != VERDICT_START_FAILED) {
        cpu_line(r, out);
        memory_line(r, out);
        io_line(r, out);
        tasks_line(r, out);
    }
    refusals_line(r, out);
    rollback_line(r, out);
    buf_addf(out, "  next     cgjob why %" PRId64 " · cgjob ps %" PRId64 "\n", r->id, r->id);
}
