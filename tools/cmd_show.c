/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show and why: one record, whole or how it ended. */
#include "runner/present/present.h"
#include "tools/cmd.h"

struct view {
    const char *verb;
    void (*text)(const struct record *r, struct buf *out);
    struct json *(*json)(const struct record *r);
};

static int show(const struct view *view, struct cmd_context *ctx, int argc, char **argv)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf text = {0};
    bool as_json = false;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &as_json}, {.name = "--db", .value = &ctx->db}, {0}};
    int status, words;

    record_init(&r);
    words = cmd_options(argc, argv, options, 1);
    if (words != 1)
        return words < 0 ? CMD_USAGE : cmd_missing(view->verb);
    status = cmd_load(ctx, argv[0], &r);
    if (status != CMD_OK)
        return status;
    if (as_json) {
        _cleanup_json_ struct json *doc = view->json(&r);

        return cmd_print_json(doc);
    }
    view->text(&r, &text);
    return cmd_print(&text);
}

int cmd_show(struct cmd_context *ctx, int argc, char **argv)
{
    static const struct view view = {"show", present_show, record_to_json};

    return show(&view, ctx, argc, argv);
}

/* Of the record, what a program needs to know how the job ended. */
static struct json *why_json(const struct record *r)
{
    static const char *const keys[] = {"id",     "name",     "state", "verdict",
                                       "expect", "rollback", "events"};
    _cleanup_json_ struct json *all = record_to_json(r);
    struct json *o = json_object_new();

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_set(o, keys[i], json_ref(json_get(all, keys[i])));
    return o;
}

int cmd_why(struct cmd_context *ctx, int argc, char **argv)
{
    static const struct view view = {"why", present_why, why_json};

    return show(&view, ctx, argc, argv);
}
