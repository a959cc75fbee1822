/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger: folded by command, a line per process, as the tree they were, or for a spreadsheet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/present/csv.h"
#include "runner/present/text.h"

#define COMMAND_WIDTH 16

static void commands(const struct ledger *l, struct buf *out)
{
    static const char *const columns[] = {"PROCESSES", "FAILED", "CPU",  "WAITED",
                                          "PEAK RSS",  "READ",   "WROTE"};

    present_cell(out, "COMMAND", COMMAND_WIDTH);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        present_cell(out, columns[i], -9);
    buf_end_line(out);
    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];

        present_cell(out, c->comm, COMMAND_WIDTH);
        present_count_cell((double)c->processes, out);
        present_count_cell((double)c->failed, out);
        present_duration_cell(c->cpu_seconds, out);
        present_duration_cell(c->runqueue_wait_seconds, out);
        present_size_cell((double)c->peak_rss_bytes, out);
        present_size_cell((double)c->io_read_bytes, out);
        present_size_cell((double)c->io_write_bytes, out);
        buf_end_line(out);
    }
}

void present_end(const struct ledger_row *row, struct buf *out)
{
    if (row->running)
        buf_add(out, "running");
    else if (row->oom)
        buf_add(out, "oom");
    else if (row->signal)
        present_signal(row->signal, out);
    else
        buf_addf(out, "exit %d", row->exit_code);
}

static void processes(const struct ledger *l, struct buf *out)
{
    static const char *const columns[] = {"RAN", "CPU", "WAITED", "PEAK RSS", "READ", "WROTE"};
    char pid[16];

    present_cell(out, "PID", -8);
    present_cell(out, "PPID", -8);
    present_cell(out, "COMMAND", COMMAND_WIDTH);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        present_cell(out, columns[i], -9);
    buf_add(out, "END\n");
    for (size_t i = 0; i < l->rows_kept; i++) {
        const struct ledger_row *row = &l->rows[i];

        snprintf(pid, sizeof(pid), "%u", row->pid);
        present_cell(out, pid, -8);
        snprintf(pid, sizeof(pid), "%u", row->ppid);
        present_cell(out, pid, -8);
        present_cell(out, row->comm, COMMAND_WIDTH);
        present_duration_cell((double)(row->ended_ns - row->started_ns) / 1e9, out);
        present_duration_cell(row->cpu_seconds, out);
        present_duration_cell(row->runqueue_wait_seconds, out);
        present_size_cell((double)row->peak_rss_bytes, out);
        present_size_cell((double)row->io_read_bytes, out);
        present_size_cell((double)row->io_write_bytes, out);
        present_end(row, out);
        buf_add(out, "\n");
    }
}

static void footer(const struct record *r, enum ledger_form form, struct buf *out)
{
    const struct ledger *l = &r->ledger;

    buf_addf(out, "%" PRIu64 " process%s", l->processes_total, l->processes_total == 1 ? "" : "es");
    if (form != LEDGER_BY_COMMAND && l->rows_kept < l->processes_total && !l->all_kept)
        buf_addf(out, ", %zu rows kept: failures and the largest first (--ledger full keeps all)",
                 l->rows_kept);
    if (l->events_dropped)
        buf_addf(out, ", %" PRIu64 " records lost", l->events_dropped);
    buf_add(out, "\n");
    if (form == LEDGER_BY_COMMAND)
        buf_addf(out, "next: cgjob ps %" PRId64 " --rows, cgjob ps %" PRId64 " --tree\n", r->id,
                 r->id);
}

void present_ledger(const struct record *r, enum ledger_form form, struct buf *out)
{
    const struct ledger *l = &r->ledger;

    if (!l->available) {
        buf_addf(out, "job %" PRId64 " has no ledger: ", r->id);
        present_bytes(l->why, out);
        buf_add(out, "\n");
        return;
    }
    if (form == LEDGER_BY_PROCESS)
        processes(l, out);
    else if (form == LEDGER_AS_TREE)
        present_tree(l, out);
    else
        commands(l, out);
    footer(r, form, out);
}

static void commands_csv(const struct ledger *l, struct buf *out)
{
    buf_add(out, "command,processes,failed,cpu_seconds,runqueue_wait_seconds,peak_rss_bytes,"
                 "io_read_bytes,io_write_bytes\n");
    for (size_t i = 0; i < l->commands_count; i++) {
        const struct ledger_command *c = &l->commands[i];

        csv_text(out, c->comm);
        csv_integer(out, (int64_t)c->processes);
        csv_integer(out, (int64_t)c->failed);
        csv_real(out, c->cpu_seconds);
        csv_real(out, c->runqueue_wait_seconds);
        csv_integer(out, (int64_t)c->peak_rss_bytes);
        csv_integer(out, (int64_t)c->io_read_bytes);
        csv_integer(out, (int64_t)c->io_write_bytes);
        csv_end_line(out);
    }
}

static void row_csv(const struct ledger_row *row, struct buf *out)
{
    char text[40];

    csv_integer(out, row->pid);
    csv_integer(out, row->ppid);
    csv_integer(out, row->uid);
    csv_text(out, row->comm);
    csv_text(out, row->exe);
    timestamp_format(row->started_ns, text, sizeof(text));
    csv_text(out, text);
    csv_real(out, (double)(row->ended_ns - row->started_ns) / 1e9);
    csv_real(out, row->cpu_user_seconds);
    csv_real(out, row->cpu_system_seconds);
    csv_real(out, row->cpu_seconds);
    csv_real(out, row->runqueue_wait_seconds);
    csv_integer(out, (int64_t)row->peak_rss_bytes);
    csv_integer(out, (int64_t)row->io_read_bytes);
    csv_integer(out, (int64_t)row->io_write_bytes);
    csv_integer(out, row->threads);
    csv_integer(out, row->exit_code);
    csv_integer(out, row->signal);
    csv_end_line(out);
}

void present_ledger_csv(const struct ledger *l, enum ledger_form form, struct buf *out)
{
    if (form == LEDGER_BY_COMMAND) {
        commands_csv(l, out);
        return;
    }
    buf_add(out, "pid,ppid,uid,command,exe,started,wall_seconds,cpu_user_seconds,"
                 "cpu_system_seconds,cpu_seconds,runqueue_wait_seconds,peak_rss_bytes,"
                 "io_read_bytes,io_write_bytes,threads,exit_code,signal\n");
    for (size_t i = 0; i < l->rows_kept; i++)
        row_csv(&l->rows[i], out);
}
