/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"

static const char *const names[USAGE_BY_COUNT] = {
    [USAGE_BY_OWNER] = "owner", [USAGE_BY_NAME] = "name", [USAGE_BY_COMMAND] = "command",
    [USAGE_BY_USER] = "user",   [USAGE_BY_DAY] = "day",
};

int usage_by_name(const char *word)
{
    for (int i = 0; i < USAGE_BY_COUNT; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}

const char *usage_name(enum usage_by by)
{
    return names[by];
}

static struct usage_row *row_of(struct usage *u, const char *key)
{
    struct usage_row *row;

    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->rows[i].key, key) == 0)
            return &u->rows[i];
    if (u->count == u->size) {
        size_t size = u->size ? u->size * 2 : 16;
        struct usage_row *grown = realloc(u->rows, size * sizeof(*grown));

        if (!grown)
            return NULL;
        u->rows = grown;
        u->size = size;
    }
    row = &u->rows[u->count];
    *row = (struct usage_row){.key = strdup(key)};
    u->count += row->key != NULL;
    return row->key ? row : NULL;
}

/* 0 for what is unavailable, which is noted. */
static double value_of(const struct record *r, enum metric_id id, bool *missing)
{
    *missing |= !r->metric[id].available;
    return r->metric[id].available ? r->metric[id].value : 0;
}

static void fold_job(struct usage_row *row, const struct record *r)
{
    bool missing = false;
    double peak = value_of(r, METRIC_MEMORY_PEAK_BYTES, &missing);

    row->jobs++;
    row->failed += r->verdict.status != 0;
    row->processes += (uint64_t)value_of(r, METRIC_PROCESSES_TOTAL, &missing);
    row->wall_seconds += value_of(r, METRIC_WALL_SECONDS, &missing);
    row->cpu_seconds += value_of(r, METRIC_CPU_SECONDS, &missing);
    row->runqueue_wait_seconds += value_of(r, METRIC_RUNQUEUE_WAIT_SECONDS, &missing);
    row->io_read_bytes += value_of(r, METRIC_IO_READ_BYTES, &missing);
    row->io_write_bytes += value_of(r, METRIC_IO_WRITE_BYTES, &missing);
    if (peak > row->memory_peak_bytes)
        row->memory_peak_bytes = peak;
    row->unmeasured += missing;
}

static void fold_command(struct usage_row *row, const struct ledger_command *c)
{
    row->jobs++;
    row->failed += c->failed;
    row->processes += c->processes;
    row->cpu_seconds += c->cpu_seconds;
    row->runqueue_wait_seconds += c->runqueue_wait_seconds;
    row->io_read_bytes += (double)c->io_read_bytes;
    row->io_write_bytes += (double)c->io_write_bytes;
    if ((double)c->peak_rss_bytes > row->memory_peak_bytes)
        row->memory_peak_bytes = (double)c->peak_rss_bytes;
}

static int add_commands(struct usage *u, const struct record *r)
{
    u->total.jobs++;
    u->total.unmeasured += !r->ledger.available;
    for (size_t i = 0; i < r->ledger.commands_count; i++) {
        const struct ledger_command *c = &r->ledger.commands[i];
        struct usage_row *row = row_of(u, c->comm);

        if (!row)
            return -ENOMEM;
        fold_command(row, c);
        fold_command(&u->total, c);
        u->total.jobs--;
    }
    return 0;
}

int usage_add(struct usage *u, const struct record *r, const char *user)
{
    char day[40] = "";
    const char *key = NULL;
    struct usage_row *row;

    switch (u->by) {
    case USAGE_BY_COMMAND:
        return add_commands(u, r);
    case USAGE_BY_OWNER:
        key = r->owner;
        break;
    case USAGE_BY_USER:
        key = user;
        break;
    case USAGE_BY_DAY:
        timestamp_format(r->started_ns, day, sizeof(day));
        day[10] = '\0';
        key = day;
        break;
    default:
        key = r->name;
        break;
    }
    row = row_of(u, key && *key ? key : "-");
    if (!row)
        return -ENOMEM;
    fold_job(row, r);
    fold_job(&u->total, r);
    return 0;
}

static double by_cpu(const struct usage_row *row)
{
    return row->cpu_seconds;
}

static double by_wall(const struct usage_row *row)
{
    return row->wall_seconds;
}

static double by_memory(const struct usage_row *row)
{
    return row->memory_peak_bytes;
}

static double by_io(const struct usage_row *row)
{
    return row->io_read_bytes + row->io_write_bytes;
}

static double by_jobs(const struct usage_row *row)
{
    return (double)row->jobs;
}

static double by_processes(const struct usage_row *row)
{
    return (double)row->processes;
}

static double by_key(const struct usage_row *row)
{
    (void)row;
    return 0; /* the order of equals is the key's */
}

static const struct {
    const char *name;
    double (*weight)(const struct usage_row *row);
} orders[] = {
    {"cpu", by_cpu}, {"wall", by_wall}, {"memory", by_memory},       {"io", by_io},
    {"key", by_key}, {"jobs", by_jobs}, {"processes", by_processes},
};

static int compare(const void *a, const void *b, void *order)
{
    const struct usage_row *x = a, *y = b;
    size_t nth = *(size_t *)order;
    double left = orders[nth].weight(x), right = orders[nth].weight(y);

    if (left != right)
        return left > right ? -1 : 1;
    return strcmp(x->key, y->key);
}

int usage_sort(struct usage *u, const char *key)
{
    size_t nth = 0;

    while (key && nth < sizeof(orders) / sizeof(orders[0]) && strcmp(orders[nth].name, key) != 0)
        nth++;
    if (nth == sizeof(orders) / sizeof(orders[0]))
        return -EINVAL;
    if (u->count)
        qsort_r(u->rows, u->count, sizeof(*u->rows), compare, &nth);
    return 0;
}

void usage_free(struct usage *u)
{
    for (size_t i = 0; i < u->count; i++)
        free(u->rows[i].key);
    free(u->rows);
    *u = (struct usage){0};
}
