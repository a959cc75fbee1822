/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What running jobs use, a line each. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/text.h"

#define BAR_CELLS 10

void present_top_heading(struct buf *out)
{
    present_cell(out, "ID", -6);
    present_cell(out, "NAME", 16);
    present_cell(out, "OWNER", 8);
    present_cell(out, "FOR", -8);
    present_cell(out, "CPU%", -6);
    present_cell(out, "MEMORY", -9);
    present_cell(out, "OF LIMIT", BAR_CELLS + 2);
    present_cell(out, "TASKS", -9);
    present_cell(out, "I/O /s", -9);
    buf_add(out, "PRESSURE cpu mem io\n");
}

/* "[####      ]", or a dash without a limit. */
static void bar(uint64_t used, uint64_t limit, struct buf *out)
{
    char text[BAR_CELLS + 3];
    uint64_t full = limit == UINT64_MAX || !limit ? 0 : used / (limit / BAR_CELLS + 1);

    if (limit == UINT64_MAX) {
        present_cell(out, "no limit", BAR_CELLS + 2);
        return;
    }
    text[0] = '[';
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        text[1 + i] = i <= full && used ? '#' : ' ';
    text[BAR_CELLS + 1] = ']';
    text[BAR_CELLS + 2] = '\0';
    present_cell(out, text, BAR_CELLS + 2);
}

static void tasks_cell(const struct top_row *row, struct buf *out)
{
    char text[48];

    if (!row->has_tasks)
        snprintf(text, sizeof(text), "-");
    else if (row->tasks_limit == UINT64_MAX)
        snprintf(text, sizeof(text), "%" PRIu64, row->tasks);
    else
        snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, row->tasks, row->tasks_limit);
    present_cell(out, text, -9);
}

static void pressure_cells(const struct top_row *row, struct buf *out)
{
    if (row->frozen) {
        buf_add(out, "frozen\n");
        return;
    }
    for (int i = 0; i < 3; i++)
        if (row->pressure[i] < 0)
            buf_add(out, i ? " -" : "-");
        else
            buf_addf(out, "%s%.0f%%", i ? " " : "", row->pressure[i]);
    buf_add(out, "\n");
}

void present_top_line(const struct top_row *row, struct buf *out)
{
    char text[48];

    snprintf(text, sizeof(text), "%" PRId64, row->id);
    present_cell(out, text, -6);
    present_cell(out, row->name ? row->name : "", 16);
    present_cell(out, row->owner ? row->owner : "-", 8);
    present_cell(out, units_duration(row->seconds, text, sizeof(text)), -8);
    snprintf(text, sizeof(text), "%.1f", row->cpu_percent);
    present_cell(out, text, -6);
    present_cell(out, row->has_memory ? units_size((double)row->memory, text, sizeof(text)) : "-",
                 -9);
    bar(row->memory, row->has_memory ? row->memory_limit : UINT64_MAX, out);
    tasks_cell(row, out);
    present_cell(out, row->has_io ? units_size(row->io_rate, text, sizeof(text)) : "-", -9);
    pressure_cells(row, out);
}

static struct json *limit_json(bool has, uint64_t value)
{
    return has && value != UINT64_MAX ? json_int((int64_t)value) : json_null_new();
}

struct json *present_top_json(const struct top_row *row)
{
    static const char *const names[] = {"pressure_cpu_percent", "pressure_memory_percent",
                                        "pressure_io_percent"};
    struct json *o = json_object_new();

    json_set(o, "id", json_int(row->id));
    json_set(o, "name", json_bytes(row->name));
    json_set(o, "owner", json_bytes(row->owner));
    json_set(o, "wall_seconds", json_real(row->seconds));
    json_set(o, "cpu_percent", json_real(row->cpu_percent));
    json_set(o, "memory_bytes", limit_json(row->has_memory, row->memory));
    json_set(o, "memory_limit_bytes", limit_json(row->has_memory, row->memory_limit));
    json_set(o, "tasks", limit_json(row->has_tasks, row->tasks));
    json_set(o, "tasks_limit", limit_json(row->has_tasks, row->tasks_limit));
    json_set(o, "io_bytes_per_second", row->has_io ? json_real(row->io_rate) : json_null_new());
    for (int i = 0; i < 3; i++)
        json_set(o, names[i], row->pressure[i] < 0 ? json_null_new() : json_real(row->pressure[i]));
    json_set(o, "frozen", json_bool(row->frozen));
    return o;
}
