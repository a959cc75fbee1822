/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/prune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "runner/base/units.h"
#include "runner/store/store.h"
#include "tools/cmd.h"

static int tell_json(const struct prune *what, const struct pruned *gone)
{
    _cleanup_json_ struct json *doc = json_object_new();

    json_set(doc, "records", json_int((int64_t)gone->records));
    json_set(doc, "files", json_int((int64_t)gone->files));
    json_set(doc, "bytes", json_int((int64_t)gone->bytes));
    json_set(doc, "dry_run", json_bool(what->rehearse));
    return cmd_print_json(doc);
}

static int tell(const struct prune *what, const struct pruned *gone)
{
    char size[32];

    printf("%" PRIu64 " record%s and %" PRIu64 " file%s %s, %s%s\n", gone->records,
           gone->records == 1 ? "" : "s", gone->files, gone->files == 1 ? "" : "s",
           what->rehearse ? "would go" : "removed",
           units_size((double)gone->bytes, size, sizeof(size)),
           what->rehearse ? "; nothing was removed" : "");
    return CMD_OK;
}

int cmd_prune(struct cmd_context *ctx, int argc, char **argv)
{
    _cleanup_store_ struct store *s = NULL;
    const char *older = NULL, *keep = NULL;
    struct prune what = {0};
    bool as_json = false;
    const struct cmd_option options[] = {
        {.name = "--older-than", .value = &older},
        {.name = "--keep", .value = &keep},
        {.name = "--name", .value = &what.name},
        {.name = "--dry-run", .flag = &what.rehearse},
        {.name = "--json", .flag = &as_json},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    struct pruned gone;
    struct err err;

    if (cmd_options(argc, argv, options, 0) != 0)
        return CMD_USAGE;
    if (!older && !keep) {
        err_set(&err, EINVAL, "--older-than TIME, --keep NUMBER or both",
                "nothing was removed, correct it and retry",
                "which records are to go was not said");
        cmd_fail(&err);
        return CMD_USAGE;
    }
    if (cmd_time("older-than", older, &what.before_ns) != CMD_OK)
        return CMD_USAGE;
    if (keep && (units_parse_number(keep, &what.keep) < 0 || what.keep == 0 || what.keep > 1000000))
        return cmd_refuse("keep", keep, "how many of each name stay, from 1 to 1000000");
    if (cmd_open(ctx, what.rehearse ? STORE_READ : STORE_WRITE, &s, &err) < 0 ||
        store_prune(s, &what, &gone, &err) < 0)
        return cmd_fail(&err);
    return as_json ? tell_json(&what, &gone) : tell(&what, &gone);
}
