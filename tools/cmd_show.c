/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/present/present.h"
#include "tools/cmd.h"

int cmd_show(struct cmd_context *ctx, int argc, char **argv)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf text = {0};
    struct present_style style = {0};
    bool as_json = false;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &as_json}, {.name = "--db", .value = &ctx->db}, {0}};
    int status, words;

    record_init(&r);
    words = cmd_options(argc, argv, options, 1);
    if (words != 1)
        return words < 0 ? CMD_USAGE : cmd_missing("show");
    status = cmd_load(ctx, argv[0], &r);
    if (status != CMD_OK)
        return status;
    if (as_json) {
        _cleanup_json_ struct json *doc = record_to_json(&r);

        return cmd_print_json(doc);
    }
    present_show(&r, &style, &text);
    return cmd_print(&text);
}
