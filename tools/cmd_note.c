/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The change note, of a job or of the step from one set of runs to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/present/compare.h"
#include "runner/store/store.h"
#include "tools/comparing.h"

static int print(const struct change_note *note)
{
    _cleanup_buf_ struct buf text = {0};

    present_note(note, &text);
    return cmd_print(&text);
}

/* The last run of the second side stands for the change: it has its reason and its files. */
static int note_of_change(struct cmd_context *ctx, char *before, char *after)
{
    struct comparing q = {0};
    char *words[] = {before, after};
    _cleanup_record_ struct record job;
    struct change_note note = {.comparison = &q.comparison, .job = &job};
    int status = comparing_load(&q, ctx, 2, words);
    struct err err;

    record_init(&job);
    if (status == CMD_OK) {
        _cleanup_store_ struct store *s = NULL;

        if (cmd_open(ctx, STORE_READ, &s, &err) < 0 ||
            store_load(s, q.side[1].run[q.side[1].runs - 1].id, &job, &err) < 0)
            status = cmd_fail(&err);
        else
            status = print(&note);
    }
    comparing_free(&q);
    return status;
}

int cmd_note(struct cmd_context *ctx, int argc, char **argv)
{
    const struct cmd_option options[] = {{.name = "--db", .value = &ctx->db}, {0}};
    _cleanup_record_ struct record job;
    struct change_note note = {.job = &job};
    char *dots;
    int status;

    record_init(&job);
    if (cmd_options(argc, argv, options, 1) != 1)
        return cmd_missing("note");
    dots = strstr(argv[0], "..");
    if (dots && dots[2] && dots != argv[0]) {
        *dots = '\0';
        return note_of_change(ctx, argv[0], dots + 2);
    }
    status = cmd_load(ctx, argv[0], &job);
    return status == CMD_OK ? print(&note) : status;
}
