/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "runner/base/escape.h"
#include "runner/store/store.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/recover.h"
#include "tools/cmd.h"

/* A killed process may be in the middle of a disk access. */
#define KILL_PATIENCE_MS 10000

struct told {
    struct json *list; /* NULL: as text */
    unsigned failed;
};

static void tell(void *data, const struct record *r, int answer, const struct err *err)
{
    struct told *t = data;
    _cleanup_buf_ struct buf safe = {0};
    const char *name = escape_text(r->name, &safe);

    t->failed += answer < 0;
    if (answer < 0)
        cmd_fail(err);
    else if (t->list && answer == 0)
        json_append(t->list, json_int(r->id));
    else if (!t->list && answer > 0)
        printf("job %" PRId64
               " %s: goes on, as it was asked to (--if-lost keep); cgjob recover --all "
               "ends it\n",
               r->id, name);
    else if (!t->list && r->verdict.kind != VERDICT_LOST)
        printf("job %" PRId64 " %s: what was left of it was ended\n", r->id, name);
    else if (!t->list)
        printf("job %" PRId64 " %s: recorded as lost; next: cgjob why %" PRId64 "\n", r->id, name,
               r->id);
}

int cmd_recover(struct cmd_context *ctx, int argc, char **argv)
{
    _cleanup_store_ struct store *s = NULL;
    struct told told = {0};
    bool as_json = false, all = false;
    const struct cmd_option options[] = {{.name = "--json", .flag = &as_json},
                                         {.name = "--all", .flag = &all},
                                         {.name = "--db", .value = &ctx->db},
                                         {0}};
    struct recover_request request = {.run_dir = prepare_run_dir(),
                                      .patience_ms = KILL_PATIENCE_MS,
                                      .sweep = true,
                                      .told = tell,
                                      .data = &told};
    char pins[512];
    struct err err;
    int lost;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    if (cmd_open(ctx, STORE_WRITE, &s, &err) < 0)
        return cmd_fail(&err);
    if (as_json)
        told.list = json_array_new();
    request.end_kept = all;
    lost = recover_all(s, &request, &err);
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    cmd_forget_gone(pins);
    if (as_json)
        cmd_print_json(told.list);
    else if (lost == 0)
        puts("no job was lost");
    json_free(told.list);
    if (lost < 0)
        return cmd_fail(&err);
    return told.failed ? CMD_FAILED : CMD_OK;
}
