/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs that act on running jobs: stop, wait, freeze, thaw. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/escape.h"
#include "runner/base/units.h"
#include "runner/record/verdict.h"
#include "runner/supervise/control.h"
#include "tools/cmd.h"

/* With the record as it is once the supervisor has gone. */
static int reload(const struct cmd_context *ctx, int64_t id, struct record *r)
{
    char word[24];

    record_free(r);
    snprintf(word, sizeof(word), "%" PRId64, id);
    return cmd_load(ctx, word, r);
}

static void tell_end(const struct record *r)
{
    _cleanup_buf_ struct buf name = {0};

    printf("job %" PRId64 " %s: %s, status %d\n", r->id, escape_text(r->name, &name),
           verdict_name(r->verdict.kind), r->verdict.status);
}

static int stop_one(const struct cmd_context *ctx, const char *job, bool now)
{
    _cleanup_record_ struct record r;
    _cleanup_close_ int fd = -1;
    struct err err;

    if (cmd_load(ctx, job, &r) != CMD_OK)
        return CMD_FAILED;
    fd = control_open(&r, &err);
    if (fd < 0 || control_stop(fd, now, &err) < 0)
        return cmd_fail(&err);
    control_wait(fd, -1); /* the supervisor's patience is bounded: the grace, then the kill */
    if (reload(ctx, r.id, &r) != CMD_OK)
        return CMD_FAILED;
    tell_end(&r);
    return CMD_OK;
}

int cmd_stop(struct cmd_context *ctx, int argc, char **argv)
{
    bool now = false;
    const struct cmd_option options[] = {
        {.name = "--now", .flag = &now}, {.name = "--db", .value = &ctx->db}, {0}};
    int words = cmd_options(argc, argv, options, CMD_WORDS), status = CMD_OK;

    if (words < 1)
        return words < 0 ? CMD_USAGE : cmd_missing("stop");
    for (int i = 0; i < words; i++)
        if (stop_one(ctx, argv[i], now) != CMD_OK)
            status = CMD_FAILED;
    return status;
}

/* The job's own exit status, as its cgrun would have passed it on. */
static int wait_one(const struct cmd_context *ctx, const char *job, int64_t until_ns)
{
    int64_t left = until_ns < 0 ? -1 : until_ns - monotonic_ns();
    _cleanup_record_ struct record r;
    _cleanup_close_ int fd = -1;
    struct err err;

    if (cmd_load(ctx, job, &r) != CMD_OK)
        return CGRUN_STATUS_FAILED;
    fd = r.state == RECORD_ENDED ? -1 : control_open(&r, &err);
    if (fd >= 0 && !control_wait(fd, until_ns >= 0 && left < 0 ? 0 : left)) {
        err_set(&err, ETIMEDOUT, NULL, "wait again, or look with `cgjob show`",
                "job %" PRId64 " has not ended yet", r.id);
        cmd_fail(&err);
        return CGRUN_STATUS_TIMEOUT;
    }
    if (r.state != RECORD_ENDED && reload(ctx, r.id, &r) != CMD_OK)
        return CGRUN_STATUS_FAILED;
    if (r.state == RECORD_ENDED)
        return r.verdict.status;
    err_set(&err, ESRCH, "a record of its end", "run `cgjob recover`", "job %" PRId64 " is lost",
            r.id);
    cmd_fail(&err);
    return CGRUN_STATUS_FAILED;
}

int cmd_wait(struct cmd_context *ctx, int argc, char **argv)
{
    const char *timeout = NULL;
    const struct cmd_option options[] = {
        {.name = "--timeout", .value = &timeout}, {.name = "--db", .value = &ctx->db}, {0}};
    int words = cmd_options(argc, argv, options, CMD_WORDS), status = 0;
    int64_t until_ns = -1;
    uint64_t ns;

    if (words < 1)
        return words < 0 ? CMD_USAGE : cmd_missing("wait");
    if (timeout && (units_parse_duration(timeout, &ns) < 0 || ns == UNITS_INFINITY))
        return cmd_refuse("timeout", timeout, "a time such as 30s");
    if (timeout)
        until_ns = monotonic_ns() + (int64_t)ns;
    for (int i = 0; i < words; i++)
        status = wait_one(ctx, argv[i], until_ns);
    return status;
}

static int freeze_all(struct cmd_context *ctx, int argc, char **argv, bool freeze)
{
    const struct cmd_option options[] = {{.name = "--db", .value = &ctx->db}, {0}};
    int words = cmd_options(argc, argv, options, CMD_WORDS), status = CMD_OK;

    if (words < 1)
        return words < 0 ? CMD_USAGE : cmd_missing(freeze ? "freeze" : "thaw");
    for (int i = 0; i < words; i++) {
        _cleanup_record_ struct record r;
        struct err err;

        if (cmd_load(ctx, argv[i], &r) != CMD_OK)
            status = CMD_FAILED;
        else if (control_freeze(&r, freeze, &err) < 0)
            status = cmd_fail(&err);
    }
    return status;
}

int cmd_freeze(struct cmd_context *ctx, int argc, char **argv)
{
    return freeze_all(ctx, argc, argv, true);
}

int cmd_thaw(struct cmd_context *ctx, int argc, char **argv)
{
    return freeze_all(ctx, argc, argv, false);
}
