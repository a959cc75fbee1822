/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "bpf/tracer.h"
#include "runner/supervise/prepare.h"
#include "tools/cmd.h"

static const char *yes_no(bool value)
{
    return value ? "yes" : "no";
}

static int print_status(const struct tracer_status *s, bool as_json)
{
    if (as_json) {
        _cleanup_json_ struct json *o = json_object_new();

        json_set(o, "attached", json_bool(s->attached));
        json_set(o, "layout", json_int(s->layout));
        json_set(o, "jobs", json_int(s->jobs));
        json_set(o, "rings", json_int(JOB_RINGS));
        json_set(o, "rings_held", json_int(s->rings_held));
        json_set(o, "refused_calls_seen", json_bool(s->denied_calls));
        return cmd_print_json(o);
    }
    if (!s->attached) {
        puts("not attached: the next job attaches it");
        return CMD_OK;
    }
    printf(
        "attached             yes, layout %u\njobs counted now     %u\nrings held           %u of "
        "%d\nrefused calls seen   %s\nnext                 cgjob trace detach\n",
        s->layout, s->jobs, s->rings_held, JOB_RINGS, yes_no(s->denied_calls));
    return CMD_OK;
}

int cmd_trace(struct cmd_context *ctx, int argc, char **argv)
{
    bool as_json = false, force = false;
    const struct cmd_option options[] = {
        {"--json", &as_json, NULL}, {"--force", &force, NULL}, {"--db", NULL, &ctx->db}, {0}};
    struct tracer_status status;
    char pins[512];
    struct err err;

    if (cmd_options(argc, argv, options, 1) != 1)
        return CMD_USAGE;
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    cmd_forget_gone(pins);
    if (strcmp(argv[0], "status") == 0)
        return tracer_status(pins, &status, &err) < 0 ? cmd_fail(&err)
                                                      : print_status(&status, as_json);
    if (strcmp(argv[0], "detach") == 0)
        return tracer_detach(pins, force, &err) < 0 ? cmd_fail(&err) : CMD_OK;
    fprintf(stderr, "cgjob: trace '%s': expected status or detach\n", argv[0]);
    return CMD_USAGE;
}
