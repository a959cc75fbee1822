/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger as a tree. Numbers of processes are used again, so a parent is one that lived then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/present/text.h"

#define POINTER   sizeof(const struct ledger_row *)
#define DEPTH_MAX 64 /* deeper ones are drawn at this depth */

struct tree {
    const struct ledger *l;
    const struct ledger_row **by_pid, **by_parent;
    struct buf *out;
    char prefix[DEPTH_MAX * 8]; /* of the line, "│  " and the like: up to five bytes a level */
};

static int compare_pid(const void *a, const void *b)
{
    const struct ledger_row *x = *(const struct ledger_row *const *)a;
    const struct ledger_row *y = *(const struct ledger_row *const *)b;

    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->started_ns < y->started_ns ? -1 : x->started_ns > y->started_ns;
}

static int compare_parent(const void *a, const void *b)
{
    const struct ledger_row *x = *(const struct ledger_row *const *)a;
    const struct ledger_row *y = *(const struct ledger_row *const *)b;

    if (x->ppid != y->ppid)
        return x->ppid < y->ppid ? -1 : 1;
    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? -1 : 1;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* The first place whose number (of the process, or of its parent) is not smaller. */
static size_t find(const struct ledger_row *const *rows, size_t count, bool by_parent, uint32_t pid)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((by_parent ? rows[middle]->ppid : rows[middle]->pid) < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_parent(const struct ledger_row *p, const struct ledger_row *child)
{
    return p != child && p->pid == child->ppid && p->started_ns <= child->started_ns &&
           child->started_ns <= p->ended_ns;
}

static const struct ledger_row *parent_of(const struct tree *t, const struct ledger_row *row)
{
    for (size_t i = find(t->by_pid, t->l->rows_kept, false, row->ppid);
         i < t->l->rows_kept && t->by_pid[i]->pid == row->ppid; i++)
        if (is_parent(t->by_pid[i], row))
            return t->by_pid[i];
    return NULL;
}

static void draw_line(struct tree *t, const struct ledger_row *row)
{
    _cleanup_buf_ struct buf end = {0};

    present_duration_cell((double)(row->ended_ns - row->started_ns) / 1e9, t->out);
    present_duration_cell(row->cpu_seconds, t->out);
    present_size_cell((double)row->peak_rss_bytes, t->out);
    present_end(row, &end);
    present_cell(t->out, buf_text(&end), 10);
    buf_add(t->out, t->prefix);
    present_bytes(row->comm, t->out);
    buf_addf(t->out, "[%u]\n", row->pid);
}

/* The last child's line turns the corner. */
static void draw_children(struct tree *t, const struct ledger_row *row, unsigned depth);

static void draw(struct tree *t, const struct ledger_row *row, unsigned depth, bool last)
{
    size_t length = strlen(t->prefix);
    bool deeper = depth > 0 && depth < DEPTH_MAX;

    if (deeper)
        snprintf(t->prefix + length, sizeof(t->prefix) - length, last ? "└─ " : "├─ ");
    draw_line(t, row);
    t->prefix[length] = '\0';
    if (deeper)
        snprintf(t->prefix + length, sizeof(t->prefix) - length, last ? "   " : "│  ");
    draw_children(t, row, depth + 1);
    t->prefix[length] = '\0';
}

static void draw_children(struct tree *t, const struct ledger_row *row, unsigned depth)
{
    const struct ledger_row *held = NULL;

    if (depth > DEPTH_MAX * 4)
        return;
    for (size_t i = find(t->by_parent, t->l->rows_kept, true, row->pid);
         i < t->l->rows_kept && t->by_parent[i]->ppid == row->pid; i++) {
        if (!is_parent(row, t->by_parent[i]))
            continue;
        if (held)
            draw(t, held, depth, false);
        held = t->by_parent[i];
    }
    if (held)
        draw(t, held, depth, true);
}

void present_tree(const struct ledger *l, struct buf *out)
{
    static struct tree t;
    size_t count = l->rows_kept;
    const struct ledger_row **rows = calloc(count * 2 + 1, POINTER);

    if (!rows)
        return;
    t = (struct tree){.l = l, .by_pid = rows, .by_parent = rows + count, .out = out};
    for (size_t i = 0; i < count; i++)
        t.by_pid[i] = t.by_parent[i] = &l->rows[i];
    qsort(t.by_pid, count, POINTER, compare_pid);
    qsort(t.by_parent, count, POINTER, compare_parent);
    present_cell(out, "RAN", -9);
    present_cell(out, "CPU", -9);
    present_cell(out, "PEAK RSS", -9);
    present_cell(out, "END", 10);
    buf_add(out, "PROCESS\n");
    for (size_t i = 0; i < count; i++)
        if (!parent_of(&t, &l->rows[i]))
            draw(&t, &l->rows[i], 0, true);
    free(rows);
}
