/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/present/present.h"
#include "runner/store/rowfile.h"
#include "runner/supervise/live.h"
#include "tools/cmd.h"

struct view {
    bool as_json, csv, rows, tree, live;
    const char *sort;
};

static int keep(void *data, const struct ledger_row *row)
{
    return ledger_keep(data, row);
}

/* Where every process was to be kept, those of the file take the place of the few in the record. */
static int load_rows(const struct cmd_context *ctx, struct record *r)
{
    struct ledger *l = &r->ledger;
    struct err err;

    if (!l->all_kept || r->state != RECORD_ENDED)
        return CMD_OK;
    free(l->rows);
    l->rows = NULL;
    l->rows_kept = l->rows_size = 0;
    if (rowfile_each(ctx->db, record_file_id(r), keep, l, &err) < 0)
        return cmd_fail(&err);
    return ledger_sort_by(l, "start") < 0 ? CMD_FAILED : CMD_OK;
}

static int show(const struct record *r, const struct view *v)
{
    _cleanup_buf_ struct buf text = {0};
    enum ledger_form form = v->tree              ? LEDGER_AS_TREE
                            : v->rows || v->live ? LEDGER_BY_PROCESS
                                                 : LEDGER_BY_COMMAND;

    if (v->as_json) {
        _cleanup_json_ struct json *doc = record_to_json(r);

        return cmd_print_json(json_get(doc, "ledger"));
    }
    if (v->csv)
        present_ledger_csv(&r->ledger, form, &text);
    else
        present_ledger(r, form, &text);
    return cmd_print(&text);
}

int cmd_ps(struct cmd_context *ctx, int argc, char **argv)
{
    struct view v = {0};
    _cleanup_record_ struct record r;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &v.as_json}, {.name = "--csv", .flag = &v.csv},
        {.name = "--rows", .flag = &v.rows},    {.name = "--tree", .flag = &v.tree},
        {.name = "--live", .flag = &v.live},    {.name = "--sort", .value = &v.sort},
        {.name = "--db", .value = &ctx->db},    {0},
    };
    int status;

    record_init(&r);
    status = cmd_options(argc, argv, options, 1);
    if (status == 0)
        return cmd_missing("ps");
    if (status != 1)
        return CMD_USAGE;
    status = cmd_load(ctx, argv[0], &r);
    if (status != CMD_OK)
        return status;
    if (v.live && live_ledger(&r) < 0) {
        fprintf(stderr, "cgjob: job %s does not run: its ledger is shown without --live\n",
                argv[0]);
        return CMD_FAILED;
    }
    if ((v.rows || v.tree) && load_rows(ctx, &r) != CMD_OK)
        return CMD_FAILED;
    if (v.sort && ledger_sort_by(&r.ledger, v.sort) < 0)
        return cmd_refuse("sort", v.sort, "cpu, memory, io, wait, time, start or pid");
    return show(&r, &v);
}
