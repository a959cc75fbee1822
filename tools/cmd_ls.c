/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/units.h"
#include "runner/present/present.h"
#include "runner/store/store.h"
#include "runner/supervise/control.h"
#include "tools/cmd.h"
#include "tools/screen.h"

#define DEFAULT_LIMIT 50
#define WATCH_MS      2000

struct listing {
    struct buf text; /* the table */
    bool as_json;    /* instead: an array, printed record by record */
    int verdict;     /* enum verdict_kind, -1: any */
    bool failed;     /* only those */
    const char *tag; /* "key" or "key=value" that it must have; NULL: any */
    struct list_line how;
    unsigned count, limit; /* 0: all */
};

#define ENOUGH 1

/* However many records there are, one at a time is held. */
static int print_record(const struct listing *l, const struct record *r)
{
    _cleanup_json_ struct json *doc = record_to_json(r);
    _cleanup_free_ char *text = doc ? json_dump(doc, 2) : NULL;

    if (!text)
        return -ENOMEM;
    return printf("%s%s", l->count ? ",\n" : "[\n", text) < 0 ? -EIO : 0;
}

static bool has_tag(const struct record *r, const char *wanted)
{
    size_t n = strlen(wanted);

    strv_each (&r->tags, tag)
        if (strncmp(tag, wanted, n) == 0 &&
            (tag[n] == '\0' || (tag[n] == '=' && !strchr(wanted, '='))))
            return true;
    return false;
}

/* Whether a job that has not ended is lost shows only now. */
static bool wanted(const struct listing *l, const struct record *r)
{
    return (l->verdict < 0 || (int)r->verdict.kind == l->verdict) &&
           (!l->failed || present_failed(r)) && (!l->tag || has_tag(r, l->tag));
}

/* What the store cannot look for: the rows are looked at one by one. */
static bool is_sieved(const struct listing *l)
{
    return l->verdict == VERDICT_LOST || l->failed || l->tag;
}

static int add(void *data, const struct record *stored)
{
    struct listing *l = data;
    struct record *r = (struct record *)stored; /* the store's own copy, gone after this call */

    cmd_mark_lost(r);
    if (!wanted(l, r))
        return 0;
    if (l->as_json) {
        int code = print_record(l, r);

        if (code < 0)
            return code;
    } else {
        l->how.frozen = r->state != RECORD_ENDED && control_is_frozen(r);
        present_list_line(r, &l->how, &l->text);
    }
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

/* A list that is cut says so, and by how much where the store can count. */
static int tell_rest(struct store *s, const struct store_filter *filter, struct listing *l,
                     struct err *err)
{
    int64_t all = store_count(s, filter, err);

    if (all < 0)
        return (int)all;
    if (is_sieved(l) && l->limit && l->count == l->limit)
        buf_addf(&l->text, "the latest %u; --limit 0 lists all\n", l->count);
    else if (!is_sieved(l) && all > (int64_t)l->count)
        buf_addf(&l->text, "%" PRId64 " earlier ones are not listed; --limit 0 lists all\n",
                 all - (int64_t)l->count);
    return 0;
}

/* -EBADMSG: with all jobs but those whose records cannot be read. */
static int fill(const struct cmd_context *ctx, const struct store_filter *filter, struct listing *l,
                struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    int r = cmd_open(ctx, STORE_READ, &s, err);

    if (r < 0)
        return r;
    if (!l->as_json)
        present_list_heading(&l->how.style, realtime_ns(), &l->text);
    l->how.now_ns = realtime_ns();
    r = store_each(s, filter, add, l, err);
    if (r == -ENOMEM)
        return err_oom(err);
    if (r == -EIO)
        return err_sys(err, EIO, NULL, "standard output");
    if (!l->as_json && (r == ENOUGH || l->count == l->limit))
        r = tell_rest(s, filter, l, err);
    return r == ENOUGH ? 0 : r;
}

static int end_json(const struct listing *l)
{
    return puts(l->count ? "\n]" : "[]") == EOF || fflush(stdout) == EOF ? CMD_FAILED : CMD_OK;
}

static int list(const struct cmd_context *ctx, const struct store_filter *filter, struct listing *l)
{
    struct err err;
    int r = fill(ctx, filter, l, &err), status;

    if (r < 0 && r != -EBADMSG)
        return cmd_fail(&err);
    status = l->as_json ? end_json(l) : cmd_print(&l->text);
    return r < 0 ? cmd_fail(&err) : status;
}

/* The list anew every so often, until 'q'. */
static int watch(const struct cmd_context *ctx, const struct store_filter *filter,
                 struct listing *l)
{
    struct err err;
    int r;

    l->how.style.colour = false;
    if (l->as_json || screen_open() < 0)
        return cmd_refuse("watch", l->as_json ? "--json" : "", "a terminal to draw the list on");
    while ((r = fill(ctx, filter, l, &err)) == 0 || r == -EBADMSG) {
        l->count = 0;
        l->how.style.width = screen_width();
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
    struct listing l = {.verdict = -1};
    bool watching = false;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &l.as_json},
        {.name = "--name", .value = &filter.name},
        {.name = "--owner", .value = &filter.owner},
        {.name = "--session", .value = &filter.session},
        {.name = "--label", .value = &filter.label},
        {.name = "--state", .value = &state},
        {.name = "--verdict", .value = &verdict},
        {.name = "--failed", .flag = &l.failed},
        {.name = "--tag", .value = &l.tag},
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
    if (!limit && !l.as_json)
        l.limit = DEFAULT_LIMIT;
    if (limit) {
        if (units_parse_number(limit, &number) < 0 || number > 1000000000)
            return cmd_refuse("limit", limit, "a number; 0 is all");
        l.limit = (unsigned)number;
    }
    filter.limit = is_sieved(&l) ? 0 : l.limit;
    l.how.style = cmd_table_style();
    status = watching ? watch(ctx, &filter, &l) : list(ctx, &filter, &l);
    buf_free(&l.text);
    return status;
}
