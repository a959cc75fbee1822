/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accounting report, for people, spreadsheets and programs. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "runner/present/csv.h"
#include "runner/present/present.h"
#include "runner/present/text.h"

#define KEY_WIDTH 20

static void line(const struct usage_row *row, bool commands, struct buf *out)
{
    present_cell(out, row->key ? row->key : "all", KEY_WIDTH);
    present_count_cell((double)row->jobs, out);
    present_count_cell((double)row->failed, out);
    present_count_cell((double)row->processes, out);
    if (!commands)
        present_duration_cell(row->wall_seconds, out);
    present_duration_cell(row->cpu_seconds, out);
    present_duration_cell(row->runqueue_wait_seconds, out);
    present_size_cell(row->memory_peak_bytes, out);
    present_size_cell(row->io_read_bytes, out);
    present_size_cell(row->io_write_bytes, out);
    buf_end_line(out);
}

void present_usage(const struct usage *u, struct buf *out)
{
    static const char *const columns[] = {"JOBS",   "FAILED",   "PROCESSES", "WALL", "CPU",
                                          "WAITED", "PEAK MEM", "READ",      "WROTE"};
    bool commands = u->by == USAGE_BY_COMMAND;
    char key[32];

    snprintf(key, sizeof(key), "%s", usage_name(u->by));
    for (char *c = key; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    present_cell(out, key, KEY_WIDTH);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (!commands || i != 3)
            present_cell(out, columns[i], -9);
    buf_end_line(out);
    for (size_t i = 0; i < u->count; i++)
        line(&u->rows[i], commands, out);
    line(&u->total, commands, out);
    if (u->total.unmeasured)
        buf_addf(out,
                 "%" PRIu64 " job%s could not measure all of it: cgjob show names what and why\n",
                 u->total.unmeasured, u->total.unmeasured == 1 ? "" : "s");
}

static struct json *row_json(const struct usage_row *row, const char *by)
{
    struct json *o = json_object_new();

    json_set(o, by, json_bytes(row->key));
    json_set(o, "jobs", json_int((int64_t)row->jobs));
    json_set(o, "failed", json_int((int64_t)row->failed));
    json_set(o, "processes", json_int((int64_t)row->processes));
    json_set(o, "wall_seconds", json_real(row->wall_seconds));
    json_set(o, "cpu_seconds", json_real(row->cpu_seconds));
    json_set(o, "runqueue_wait_seconds", json_real(row->runqueue_wait_seconds));
    json_set(o, "memory_peak_bytes", json_real(row->memory_peak_bytes));
    json_set(o, "io_read_bytes", json_real(row->io_read_bytes));
    json_set(o, "io_write_bytes", json_real(row->io_write_bytes));
    json_set(o, "unmeasured_jobs", json_int((int64_t)row->unmeasured));
    return o;
}

struct json *present_usage_json(const struct usage *u)
{
    struct json *doc = json_object_new(), *list = json_array_new();

    for (size_t i = 0; i < u->count; i++)
        json_append(list, row_json(&u->rows[i], usage_name(u->by)));
    json_set(doc, "by", json_string(usage_name(u->by)));
    json_set(doc, "rows", list);
    json_set(doc, "all", row_json(&u->total, usage_name(u->by)));
    return doc;
}

void present_usage_csv(const struct usage *u, struct buf *out)
{
    static const char *const columns[] = {"jobs",
                                          "failed",
                                          "processes",
                                          "wall_seconds",
                                          "cpu_seconds",
                                          "runqueue_wait_seconds",
                                          "memory_peak_bytes",
                                          "io_read_bytes",
                                          "io_write_bytes",
                                          "unmeasured_jobs"};

    csv_text(out, usage_name(u->by));
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        csv_text(out, columns[i]);
    csv_end_line(out);
    for (size_t i = 0; i < u->count; i++) {
        const struct usage_row *row = &u->rows[i];

        csv_text(out, row->key);
        csv_integer(out, (int64_t)row->jobs);
        csv_integer(out, (int64_t)row->failed);
        csv_integer(out, (int64_t)row->processes);
        csv_real(out, row->wall_seconds);
        csv_real(out, row->cpu_seconds);
        csv_real(out, row->runqueue_wait_seconds);
        csv_real(out, row->memory_peak_bytes);
        csv_real(out, row->io_read_bytes);
        csv_real(out, row->io_write_bytes);
        csv_integer(out, (int64_t)row->unmeasured);
        csv_end_line(out);
    }
}
