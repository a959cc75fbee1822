/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undoing a job by the command that was given with it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/host/helper.h"
#include "runner/present/present.h"
#include "runner/record/rollback.h"
#include "tools/cmd.h"

static bool agreed(void)
{
    char answer[16] = "";

    fputs("cgjob: run it now? [y/N] ", stdout);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int run(const struct strv *argv)
{
    struct err err;
    char path[512];

    if (helper_path("cgrun", path, sizeof(path)) < 0)
        snprintf(path, sizeof(path), "/usr/bin/cgrun");
    fflush(stdout);
    execv(path, argv->item);
    err_sys(&err, errno, "nothing was started; install cgrun beside cgjob", "cannot run %s", path);
    return cmd_fail(&err);
}

int cmd_rollback(struct cmd_context *ctx, int argc, char **argv)
{
    bool yes = false;
    const struct cmd_option options[] = {
        {.name = "--yes", .flag = &yes}, {.name = "--db", .value = &ctx->db}, {0}};
    _cleanup_record_ struct record r;
    _cleanup_strv_ struct strv args = {0};
    _cleanup_buf_ struct buf text = {0};
    struct err err;
    int status;

    record_init(&r);
    if (cmd_options(argc, argv, options, 1) != 1)
        return cmd_missing("rollback");
    status = cmd_load(ctx, argv[0], &r);
    if (status != CMD_OK)
        return status;
    if (!r.rollback) {
        err_set(&err, ENOENT, "a job that was run with --rollback", NULL,
                "job %" PRId64 " has no rollback command", r.id);
        return cmd_fail(&err);
    }
    if (rollback_arguments(&r, ctx->db, &args, &err) < 0)
        return cmd_fail(&err);
    buf_addf(&text, "rollback of job %" PRId64 " ", r.id);
    present_bytes(r.name ? r.name : "", &text);
    buf_add(&text, ":\n  ");
    present_bytes(r.rollback, &text);
    buf_add(&text, "\n");
    status = cmd_print(&text);
    if (status != CMD_OK)
        return status;
    if (!yes && !isatty(STDIN_FILENO)) {
        puts("cgjob: not run: nobody to ask; --yes runs it");
        return CMD_FAILED;
    }
    return yes || agreed() ? run(&args) : CMD_FAILED;
}
