/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/present.h"
#include "runner/store/store.h"
#include "tools/cmd.h"
#include "tools/screen.h"

#define DEFAULT_LIMIT 50
#define WATCH_MS      2000

struct listing {
    struct buf text;
    struct json *list;     /* NULL: as a table */
    int verdict;           /* enum verdict_kind, -1: any */
    unsigned count, limit; /* 0: all */
};

#define ENOUGH 1

/* Whether a job that has not ended is lost shows only now. */
static bool wanted(const struct listing *l, const struct record *r)
{
    return l->verdict < 0 || (int)r->verdict.kind == l->verdict;
}

static int add(void *data, const struct record *stored)
{
    struct listing *l = data;
    struct record *r = (struct record *)stored; /* the store's own copy, gone after this call */

    cmd_mark_lost(r);
    if (!wanted(l, r))
        return 0;
    if (l->list)
        json_append(l->list, record_to_json(r));
    else
        present_list_line(r, &l->text);
    return ++l->count == l->limit ? ENOUGH : 0;
}

static bool choose_state(struct store_filter *filter, const char *state)
{
    for (int i = RECORD_PLANNED; i <= RECORD_ENDED; i++)
        if (strcmp(record_state_name((enum record_state)i), state) == 0)
            filter->state = i;
    return filter->state >= 0;
}

/* Lost jobs are among the rows that the filter lets through; which they are, wanted() tells. */
static bool choose_verdict(struct store_filter *filter, struct listing *l, const char *verdict)
{
    l->verdict = verdict_by_name(verdict);
    filter->lost = l->verdict == VERDICT_LOST;
    filter->verdict = filter->lost ? -1 : l->verdict;
    return l->verdict > VERDICT_NONE;
}

/* -EBADMSG: with all jobs but those whose records cannot be read. */
static int fill(const struct cmd_context *ctx, const struct store_filter *filter, struct listing *l,
                struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    int r = cmd_open(ctx, STORE_READ, &s, err);

    if (r < 0)
        return r;
    if (!l->list)
        present_list_heading(&l->text);
    r = store_each(s, filter, add, l, err);
    return r == ENOUGH ? 0 : r;
}

static int list(const struct cmd_context *ctx, const struct store_filter *filter, struct listing *l)
{
    struct err err;
    int r = fill(ctx, filter, l, &err), status;

    if (r < 0 && r != -EBADMSG)
        return cmd_fail(&err);
    status = l->list ? cmd_print_json(l->list) : cmd_print(&l->text);
    return r < 0 ? cmd_fail(&err) : status;
}

/* The list anew every so often, until 'q'. */
static int watch(const struct cmd_context *ctx, const struct store_filter *filter,
                 struct listing *l)
{
    struct err err;
    int r;

    if (l->list || screen_open() < 0)
        return cmd_refuse("watch", l->list ? "--json" : "", "a terminal to draw the list on");
    while ((r = fill(ctx, filter, l, &err)) == 0 || r == -EBADMSG) {
        l->count = 0;
        screen_show(buf_text(&l->text));
        buf_free(&l->text);
        l->text = (struct buf){0};
        if (screen_key(WATCH_MS) == 'q')
            break;
    }
    screen_close();
    return r < 0 ? cmd_fail(&err) : CMD_OK;
}

int cmd_ls(struct cmd_context *ctx, int argc, char **argv)
{
    struct store_filter filter = {.state = -1, .verdict = -1};
    const char *state = NULL, *verdict = NULL, *since = NULL, *limit = NULL;
    struct listing l = {.limit = DEFAULT_LIMIT, .verdict = -1};
    bool as_json = false, watching = false;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &as_json},
        {.name = "--name", .value = &filter.name},
        {.name = "--owner", .value = &filter.owner},
        {.name = "--session", .value = &filter.session},
        {.name = "--label", .value = &filter.label},
        {.name = "--state", .value = &state},
        {.name = "--verdict", .value = &verdict},
        {.name = "--since", .value = &since},
        {.name = "--limit", .value = &limit},
        {.name = "--watch", .flag = &watching},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    uint64_t number;
    int status;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    if (state && !choose_state(&filter, state))
        return cmd_refuse("state", state, "planned, running or ended");
    if (verdict && !choose_verdict(&filter, &l, verdict))
        return cmd_refuse("verdict", verdict,
                          "exited, signaled, timeout, cpu_timeout, oom, seccomp, stopped, "
                          "start_failed or lost");
    if (cmd_time("since", since, &filter.since_ns) != CMD_OK)
        return CMD_USAGE;
    if (limit) {
        if (units_parse_number(limit, &number) < 0 || number > 1000000000)
            return cmd_refuse("limit", limit, "a number; 0 is all");
        l.limit = (unsigned)number;
    }
    filter.limit = filter.lost ? 0 : l.limit;
    if (as_json)
        l.list = json_array_new();
    status = watching ? watch(ctx, &filter, &l) : list(ctx, &filter, &l);
    json_free(l.list);
    buf_free(&l.text);
    return status;
}
