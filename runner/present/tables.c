/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of jobs, and the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/base/units.h"
#include "runner/present/text.h"

void present_list_heading(const struct present_style *style, struct buf *out)
{
    (void)style;
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
    struct buf value __attribute__((cleanup(buf_free))) = {0};

    if (present_available(r, id))
        present_metric(r, id, &value);
    present_cell(out, value.len ? buf_text(&value) : "-", -8);
}

void present_list_line(const struct record *r, const struct present_style *style, struct buf *out)
{
    char text[40];

    (void)style;
    snprintf(text, sizeof(text), "%" PRId64, r->id);
    present_cell(out, text, -6);
    present_cell(out, r->name ? r->name : "", 20);
    timestamp_format(r->started_ns, text, sizeof(text));
    text[10] = ' ';
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

static void duration_cell(double seconds, struct buf *out)
{
    char text[48];

    present_cell(out, units_duration(seconds, text, sizeof(text)), -9);
}

static void size_cell(double bytes, struct buf *out)
{
    char text[48];

    present_cell(out, units_size(bytes, text, sizeof(text)), -9);
}

static void count_cell(double count, struct buf *out)
{
    char text[48];

    present_cell(out, units_count(count, text, sizeof(text)), -9);
}

static void commands(const struct ledger *l, struct buf *out)
{
    static const char *const columns[] = {"PROCESSES", "FAILED", "CPU",  "WAITED",
                                          "PEAK RSS",  "READ",   "WROTE"};

    present_cell(out, "COMMAND", 16);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        present_cell(out, columns[i], -9);
    buf_end_line(out);
    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];

        present_cell(out, c->comm, 16);
        count_cell((double)c->processes, out);
        count_cell((double)c->failed, out);
        duration_cell(c->cpu_seconds, out);
        duration_cell(c->runqueue_wait_seconds, out);
        size_cell((double)c->peak_rss_bytes, out);
        size_cell((double)c->io_read_bytes, out);
        size_cell((double)c->io_write_bytes, out);
        buf_end_line(out);
    }
}

static void row_end(const struct ledger_row *row, struct buf *out)
{
    if (row->oom)
        buf_add(out, "oom");
    else if (row->signal)
        present_signal(row->signal, out);
    else
        buf_addf(out, "exit %d", row->exit_code);
    buf_add(out, "\n");
}

static void processes(const struct ledger *l, struct buf *out)
{
    static const char *const columns[] = {"RAN", "CPU", "WAITED", "PEAK RSS", "READ", "WROTE"};
    char pid[16];

    present_cell(out, "PID", -8);
    present_cell(out, "PPID", -8);
    present_cell(out, "COMMAND", 16);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        present_cell(out, columns[i], -9);
    buf_add(out, "END\n");
    for (size_t i = 0; i < l->rows_kept; i++) {
        const struct ledger_row *row = &l->rows[i];

        snprintf(pid, sizeof(pid), "%u", row->pid);
        present_cell(out, pid, -8);
        snprintf(pid, sizeof(pid), "%u", row->ppid);
        present_cell(out, pid, -8);
        present_cell(out, row->comm, 16);
        duration_cell((double)(row->ended_ns - row->started_ns) / 1e9, out);
        duration_cell(row->cpu_seconds, out);
        duration_cell(row->runqueue_wait_seconds, out);
        size_cell((double)row->peak_rss_bytes, out);
        size_cell((double)row->io_read_bytes, out);
        size_cell((double)row->io_write_bytes, out);
        row_end(row, out);
    }
}

void present_ledger(const struct record *r, bool rows, const struct present_style *style,
                    struct buf *out)
{
    const struct ledger *l = &r->ledger;

    (void)style;
    if (!l->available) {
        buf_addf(out, "job %" PRId64 " has no ledger: %s\n", r->id, l->why);
        return;
    }
    if (rows)
        processes(l, out);
    else
        commands(l, out);
    buf_addf(out, "%" PRIu64 " process%s", l->processes_total, l->processes_total == 1 ? "" : "es");
    if (rows && l->rows_kept < l->processes_total)
        buf_addf(out, ", %zu rows kept: failures and the largest first (--ledger full keeps all)",
                 l->rows_kept);
    if (l->events_dropped)
        buf_addf(out, ", %" PRIu64 " records lost", l->events_dropped);
    buf_add(out, "\n");
    if (!rows)
        buf_addf(out, "next: cgjob ps %" PRId64 " --rows\n", r->id);
}
