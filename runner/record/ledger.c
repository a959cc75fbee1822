/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OTHER "(other)"

static bool failed(const struct ledger_row *row)
{
    return row->exit_code != 0 || row->signal != 0;
}

/* What a row is worth keeping for: failures before all others, then what it used. */
static double weight(const struct ledger_row *row)
{
    double use = row->cpu_seconds + (double)row->peak_rss_bytes / (1024.0 * 1024 * 1024) +
                 (double)(row->io_read_bytes + row->io_write_bytes) / (1024.0 * 1024 * 1024);

    if (row->oom || row->denied_syscall >= 0)
        return 2e9 + use;
    return failed(row) ? 1e9 + use : use;
}

/* rows[0] is the one that is worth least: a heap, so that each further row costs a logarithm. */
static void sift_down(struct ledger *l, size_t i)
{
    for (;;) {
        size_t least = i, child = 2 * i + 1;

        for (size_t k = child; k < child + 2 && k < l->rows_kept; k++)
            if (weight(&l->rows[k]) < weight(&l->rows[least]))
                least = k;
        if (least == i)
            return;
        struct ledger_row row = l->rows[i];

        l->rows[i] = l->rows[least];
        l->rows[least] = row;
        i = least;
    }
}

static int grow(struct ledger *l)
{
    size_t size = l->rows_size ? l->rows_size * 2 : 16;
    struct ledger_row *grown = realloc(l->rows, size * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    l->rows = grown;
    l->rows_size = size;
    return 0;
}

int ledger_keep(struct ledger *l, const struct ledger_row *row)
{
    if (l->rows_kept == l->rows_size && grow(l) < 0)
        return -ENOMEM;
    l->rows[l->rows_kept++] = *row;
    return 0;
}

static int keep(struct ledger *l, const struct ledger_row *row)
{
    if (l->full || l->rows_kept < LEDGER_ROWS_KEPT) {
        if (ledger_keep(l, row) < 0)
            return -ENOMEM;
        if (!l->full && l->rows_kept == LEDGER_ROWS_KEPT)
            for (size_t i = l->rows_kept / 2; i-- > 0;)
                sift_down(l, i);
        return 0;
    }
    if (weight(row) > weight(&l->rows[0])) {
        l->rows[0] = *row;
        sift_down(l, 0);
    }
    return 0;
}

static struct ledger_command *command_of(struct ledger *l, const char *comm)
{
    for (size_t i = 0; i < l->commands_count; i++)
        if (strncmp(l->commands[i].comm, comm, sizeof(l->commands[i].comm)) == 0)
            return &l->commands[i];
    if (l->commands_count >= LEDGER_COMMANDS)
        return strcmp(comm, OTHER) == 0 ? NULL : command_of(l, OTHER);
    if (l->commands_count == LEDGER_COMMANDS - 1)
        comm = OTHER; /* the last place takes all further ones */
    if (l->commands_count == l->commands_size) {
        size_t size = l->commands_size ? l->commands_size * 2 : 8;
        struct ledger_command *grown = realloc(l->commands, size * sizeof(*grown));

        if (!grown)
            return NULL;
        l->commands = grown;
        l->commands_size = size;
    }
    struct ledger_command *c = &l->commands[l->commands_count++];

    *c = (struct ledger_command){0};
    memcpy(c->comm, comm, strnlen(comm, sizeof(c->comm) - 1));
    return c;
}

static void fold(struct ledger_command *c, const struct ledger_row *row)
{
    c->processes++;
    c->failed += failed(row);
    c->cpu_seconds += row->cpu_seconds;
    c->runqueue_wait_seconds += row->runqueue_wait_seconds;
    c->io_read_bytes += row->io_read_bytes;
    c->io_write_bytes += row->io_write_bytes;
    if (row->peak_rss_bytes > c->peak_rss_bytes)
        c->peak_rss_bytes = row->peak_rss_bytes;
}

int ledger_add(struct ledger *l, const struct ledger_row *row)
{
    struct ledger_command *c = command_of(l, row->comm);

    l->processes_total++;
    l->cpu_seconds += row->cpu_seconds;
    if (c)
        fold(c, row);
    return keep(l, row);
}

static int by_start(const void *a, const void *b)
{
    const struct ledger_row *x = a, *y = b;

    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? -1 : 1;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int by_cpu(const void *a, const void *b)
{
    const struct ledger_command *x = a, *y = b;

    return x->cpu_seconds > y->cpu_seconds ? -1 : x->cpu_seconds < y->cpu_seconds;
}

void ledger_sort(struct ledger *l)
{
    if (l->rows_kept)
        qsort(l->rows, l->rows_kept, sizeof(*l->rows), by_start);
    if (l->commands_count)
        qsort(l->commands, l->commands_count, sizeof(*l->commands), by_cpu);
}

static double cpu_of(const struct ledger_row *row)
{
    return row->cpu_seconds;
}

static double memory_of(const struct ledger_row *row)
{
    return (double)row->peak_rss_bytes;
}

static double io_of(const struct ledger_row *row)
{
    return (double)(row->io_read_bytes + row->io_write_bytes);
}

static double wait_of(const struct ledger_row *row)
{
    return row->runqueue_wait_seconds;
}

static double time_of(const struct ledger_row *row)
{
    return (double)(row->ended_ns - row->started_ns);
}

static double start_of(const struct ledger_row *row)
{
    (void)row;
    return 0; /* equals are in the order of their start */
}

static double pid_of(const struct ledger_row *row)
{
    return -(double)row->pid;
}

/* Commands have no times and numbers of their own. */
static double command_cpu(const struct ledger_command *c)
{
    return c->cpu_seconds;
}

static double command_memory(const struct ledger_command *c)
{
    return (double)c->peak_rss_bytes;
}

static double command_io(const struct ledger_command *c)
{
    return (double)(c->io_read_bytes + c->io_write_bytes);
}

static double command_wait(const struct ledger_command *c)
{
    return c->runqueue_wait_seconds;
}

static const struct order {
    const char *key;
    double (*row)(const struct ledger_row *row);
    double (*command)(const struct ledger_command *c);
} orders[] = {
    {"cpu", cpu_of, command_cpu},   {"memory", memory_of, command_memory},
    {"io", io_of, command_io},      {"wait", wait_of, command_wait},
    {"time", time_of, command_cpu}, {"start", start_of, command_cpu},
    {"pid", pid_of, command_cpu},
};

static int compare_rows(const void *a, const void *b, void *data)
{
    const struct order *order = data;
    double x = order->row(a), y = order->row(b);

    if (x != y)
        return x > y ? -1 : 1;
    return by_start(a, b);
}

static int compare_commands(const void *a, const void *b, void *data)
{
    const struct order *order = data;
    double x = order->command(a), y = order->command(b);

    if (x != y)
        return x > y ? -1 : 1;
    return strcmp(((const struct ledger_command *)a)->comm,
                  ((const struct ledger_command *)b)->comm);
}

int ledger_sort_by(struct ledger *l, const char *key)
{
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(orders[i].key, key) != 0)
            continue;
        if (l->rows_kept)
            qsort_r(l->rows, l->rows_kept, sizeof(*l->rows), compare_rows, (void *)&orders[i]);
        if (l->commands_count)
            qsort_r(l->commands, l->commands_count, sizeof(*l->commands), compare_commands,
                    (void *)&orders[i]);
        return 0;
    }
    return -EINVAL;
}

void ledger_free(struct ledger *l)
{
    free(l->rows);
    free(l->commands);
    *l = (struct ledger){0};
}
