/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accounting report over all recorded jobs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runner/host/users.h"
#include "runner/present/present.h"
#include "runner/store/store.h"
#include "tools/cmd.h"

#define USERS 64

/* Names are asked of another program, so each once. */
static const char *name_of(const char *uid)
{
    static struct {
        char uid[16], name[64];
    } known[USERS];
    static size_t count;
    struct job_user user = {0};
    struct err err;

    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i].uid, uid) == 0)
            return known[i].name;
    if (count == USERS)
        return uid;
    snprintf(known[count].uid, sizeof(known[count].uid), "%s", uid);
    snprintf(known[count].name, sizeof(known[count].name), "%s", uid);
    if (users_resolve(uid, NULL, &(const struct strv){0}, &user, &err) == 0 && user.name)
        snprintf(known[count].name, sizeof(known[count].name), "%s", user.name);
    job_user_free(&user);
    return known[count++].name;
}

/* Of records that have ended: what a running one has used is not known yet. */
static int add(void *data, const struct record *r)
{
    const char *uid = pairs_get(&r->environment, "uid");
    struct usage *u = data;

    return usage_add(u, r, u->by == USAGE_BY_USER && uid ? name_of(uid) : uid);
}

static int print(struct usage *u, bool as_json, bool csv)
{
    _cleanup_buf_ struct buf text = {0};

    if (as_json) {
        _cleanup_json_ struct json *doc = present_usage_json(u);

        return cmd_print_json(doc);
    }
    if (csv)
        present_usage_csv(u, &text);
    else
        present_usage(u, &text);
    return cmd_print(&text);
}

/* -EBADMSG: of all jobs but those whose records cannot be read. */
static int add_all(const struct cmd_context *ctx, const struct store_filter *filter,
                   struct usage *u, struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    int r = cmd_open(ctx, STORE_READ, &s, err);

    return r < 0 ? r : store_each(s, filter, add, u, err);
}

int cmd_usage(struct cmd_context *ctx, int argc, char **argv)
{
    struct store_filter filter = {.state = RECORD_ENDED, .verdict = -1};
    const char *by = "owner", *since = NULL, *until = NULL, *sort = NULL;
    bool as_json = false, csv = false;
    const struct cmd_option options[] = {
        {.name = "--by", .value = &by},
        {.name = "--since", .value = &since},
        {.name = "--until", .value = &until},
        {.name = "--name", .value = &filter.name},
        {.name = "--owner", .value = &filter.owner},
        {.name = "--session", .value = &filter.session},
        {.name = "--sort", .value = &sort},
        {.name = "--json", .flag = &as_json},
        {.name = "--csv", .flag = &csv},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    struct usage u = {0};
    int kind, r, status = CMD_OK;
    struct err err;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    kind = usage_by_name(by);
    if (kind < 0)
        return cmd_refuse("by", by, "owner, name, command, user or day");
    u.by = (enum usage_by)kind;
    if (usage_sort(&u, sort) < 0)
        return cmd_refuse("sort", sort, "cpu, wall, memory, io, jobs, processes or key");
    if (cmd_time("since", since, &filter.since_ns) != CMD_OK ||
        cmd_time("until", until, &filter.until_ns) != CMD_OK)
        return CMD_USAGE;
    r = add_all(ctx, &filter, &u, &err);
    usage_sort(&u, sort ? sort : u.by == USAGE_BY_DAY ? "key" : NULL);
    if (r == 0 || r == -EBADMSG)
        status = print(&u, as_json, csv);
    usage_free(&u);
    return r < 0 ? cmd_fail(&err) : status;
}
