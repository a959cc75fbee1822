/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/present/present.h"
#include "runner/store/store.h"
#include "runner/supervise/recover.h"
#include "runner/supervise/sample.h"
#include "tools/cmd.h"
#include "tools/screen.h"

/* Between two looks on the screen; of --once, long enough for a share of CPU to mean something. */
#define TURN_MS 1000
#define ONCE_MS 250

/* A running job, as it was at the last look. */
struct seen {
    int64_t id, started_ns;
    char *name, *owner;
    struct sample last;
    bool still; /* met at this look */
    struct top_row row;
};

struct top {
    struct seen *item;
    size_t count;
    char sort;
};

static struct seen *find(struct top *t, const struct record *r)
{
    struct seen *grown;

    for (size_t i = 0; i < t->count; i++)
        if (t->item[i].id == r->id)
            return &t->item[i];
    grown = realloc(t->item, (t->count + 1) * sizeof(*grown));
    if (!grown)
        return NULL;
    t->item = grown;
    grown += t->count++;
    *grown = (struct seen){.id = r->id,
                           .started_ns = r->started_ns,
                           .name = strdup(r->name ? r->name : ""),
                           .owner = r->owner ? strdup(r->owner) : NULL};
    return grown;
}

static void fill_row(struct seen *s, const struct sample *now)
{
    double seconds = (double)(now->time_ns - s->last.time_ns) / NS_PER_S;
    bool first = s->last.time_ns == 0 || seconds <= 0;

    s->row = (struct top_row){
        .id = s->id,
        .name = s->name,
        .owner = s->owner,
        .seconds = (double)(realtime_ns() - s->started_ns) / NS_PER_S,
        .cpu_percent = first ? 0 : (double)(now->cpu_usec - s->last.cpu_usec) / 1e4 / seconds,
        .memory = now->memory,
        .memory_limit = now->memory_limit,
        .tasks = now->tasks,
        .tasks_limit = now->tasks_limit,
        .io_rate = first || now->io_bytes < s->last.io_bytes
                       ? 0
                       : (double)(now->io_bytes - s->last.io_bytes) / seconds,
        .has_memory = now->has_memory,
        .has_tasks = now->has_tasks,
        .has_io = now->has_io,
        .frozen = now->frozen,
    };
    memcpy(s->row.pressure, now->pressure, sizeof(s->row.pressure));
    s->last = *now;
    s->still = true;
}

static int look_at(void *data, const struct record *r)
{
    struct sample now;
    struct seen *s;

    if (r->state == RECORD_ENDED || !recover_is_alive(r) || sample_read(r, &now) < 0)
        return 0;
    s = find(data, r);
    if (!s)
        return -ENOMEM;
    fill_row(s, &now);
    return 0;
}

static void forget_ended(struct top *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->count; i++) {
        if (t->item[i].still) {
            t->item[kept++] = t->item[i];
        } else {
            free(t->item[i].name);
            free(t->item[i].owner);
        }
    }
    t->count = kept;
}

static int look(struct top *t, const struct cmd_context *ctx, struct err *err)
{
    struct store_filter filter = {.state = RECORD_RUNNING, .verdict = -1};
    _cleanup_store_ struct store *s = NULL;
    int r;

    for (size_t i = 0; i < t->count; i++)
        t->item[i].still = false;
    r = cmd_open(ctx, STORE_READ, &s, err);
    if (r == 0)
        r = store_each(s, &filter, look_at, t, err);
    forget_ended(t);
    return r == -EBADMSG ? 0 : r; /* of such a job there is nothing to show */
}

static double sort_key(const struct top_row *row, char by)
{
    switch (by) {
    case 'm':
        return row->has_memory ? (double)row->memory : -1;
    case 'i':
        return row->has_io ? row->io_rate : -1;
    case 't':
        return row->has_tasks ? (double)row->tasks : -1;
    case 'n':
        return -(double)row->id;
    default:
        return row->cpu_percent;
    }
}

static int compare(const void *a, const void *b, void *by)
{
    const struct seen *x = a, *y = b;
    double left = sort_key(&x->row, *(char *)by), right = sort_key(&y->row, *(char *)by);

    if (left == right)
        return x->id < y->id ? -1 : x->id > y->id;
    return left > right ? -1 : 1;
}

static void draw(struct top *t, struct buf *text)
{
    if (t->count)
        qsort_r(t->item, t->count, sizeof(*t->item), compare, &t->sort);
    present_top_heading(text);
    for (size_t i = 0; i < t->count; i++)
        present_top_line(&t->item[i].row, text);
    if (!t->count)
        buf_add(text, "no job is running\n");
}

static int print_once(struct top *t, bool as_json)
{
    _cleanup_buf_ struct buf text = {0};
    _cleanup_json_ struct json *list = NULL;

    draw(t, &text);
    if (!as_json)
        return cmd_print(&text);
    list = json_array_new();
    for (size_t i = 0; i < t->count; i++)
        json_append(list, present_top_json(&t->item[i].row));
    return cmd_print_json(list);
}

static int once(struct top *t, const struct cmd_context *ctx, bool as_json)
{
    struct err err;

    if (look(t, ctx, &err) < 0)
        return cmd_fail(&err);
    usleep(ONCE_MS * 1000);
    if (look(t, ctx, &err) < 0)
        return cmd_fail(&err);
    return print_once(t, as_json);
}

/* Until 'q'. The keys choose the order. */
static int live(struct top *t, const struct cmd_context *ctx)
{
    int key = 0, r = 0;
    struct err err;

    while (key != 'q' && (r = look(t, ctx, &err)) == 0) {
        _cleanup_buf_ struct buf text = {0};

        draw(t, &text);
        buf_add(&text, "\norder: c cpu, m memory, i I/O, t tasks, n number; q ends\n");
        screen_show(buf_text(&text));
        key = screen_key(TURN_MS);
        if (key && strchr("cmitn", key))
            t->sort = (char)key;
    }
    screen_close();
    return r < 0 ? cmd_fail(&err) : CMD_OK;
}

static void free_top(struct top *t)
{
    for (size_t i = 0; i < t->count; i++)
        t->item[i].still = false;
    forget_ended(t);
    free(t->item);
}

static int parse_sort(const char *word, char *ret)
{
    static const char *const words[] = {"cpu", "memory", "io", "tasks", "id"};

    *ret = 'c';
    for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = "cmitn"[i];
            return 0;
        }
    return word ? -EINVAL : 0;
}

int cmd_top(struct cmd_context *ctx, int argc, char **argv)
{
    bool only_once = false, as_json = false;
    const char *sort = NULL;
    const struct cmd_option options[] = {
        {.name = "--once", .flag = &only_once},
        {.name = "--json", .flag = &as_json},
        {.name = "--sort", .value = &sort},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    struct top t = {0};
    struct err err;
    int status;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    if (parse_sort(sort, &t.sort) < 0) {
        err_set(&err, EINVAL, "cpu, memory, io, tasks or id", "correct it and retry", "sort '%s'",
                sort);
        cmd_fail(&err);
        return CMD_USAGE;
    }
    if (only_once || as_json || screen_open() < 0)
        status = once(&t, ctx, as_json);
    else
        status = live(&t, ctx);
    free_top(&t);
    return status;
}
