/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before and after, and the gate. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/files.h"
#include "runner/present/compare.h"
#include "tools/comparing.h"

#define STATUS_BREACHED     1
#define STATUS_INCONCLUSIVE 2

static int print(const struct comparing *q)
{
    _cleanup_buf_ struct buf text = {0};

    if (q->as_json || (q->format && strcmp(q->format, "json") == 0)) {
        _cleanup_json_ struct json *doc = present_comparison_json(&q->comparison);

        return cmd_print_json(doc);
    }
    if (!q->format)
        present_comparison(&q->comparison, q->quiet_only, &text);
    else if (strcmp(q->format, "md") == 0)
        present_comparison_markdown(&q->comparison, &text);
    else if (strcmp(q->format, "csv") == 0)
        present_comparison_csv(&q->comparison, &text);
    else
        return cmd_refuse("format", q->format, "md, csv or json");
    return cmd_print(&text);
}

static int write_junit(const struct comparing *q)
{
    _cleanup_buf_ struct buf text = {0};
    struct err err;

    present_junit(&q->comparison, q->gate, q->gates, q->strict, &text);
    return cmd_write(q->junit, &text, &err) < 0 ? cmd_fail(&err) : CMD_OK;
}

/* What is said goes to stderr: the comparison itself may be read by a program. */
static int judge(const struct comparing *q)
{
    static const char *const words[] = {"held", "BREACHED", "inconclusive"};
    int status = CMD_OK;

    for (size_t i = 0; i < q->gates; i++) {
        _cleanup_buf_ struct buf why = {0};
        enum gate_answer answer = gate_answer(&q->gate[i], &q->comparison, &why);

        fprintf(stderr, "cgjob: fail-on '%s': %s; %s\n", q->gate[i].text, words[answer],
                buf_text(&why));
        if (answer == GATE_BREACHED)
            status = STATUS_BREACHED;
        else if (answer == GATE_UNKNOWN && q->strict && status == CMD_OK)
            status = STATUS_INCONCLUSIVE;
    }
    return status;
}

int cmd_compare(struct cmd_context *ctx, int argc, char **argv)
{
    struct comparing q = {0};
    const struct cmd_option options[] = {
        {.name = "--split", .value = &q.split},
        {.name = "--split-rev", .value = &q.split_rev},
        {.name = "--metrics", .value = &q.metrics},
        {.name = "--threshold", .list = &q.thresholds},
        {.name = "--fail-on", .list = &q.fail_on},
        {.name = "--strict", .flag = &q.strict},
        {.name = "--quiet-only", .flag = &q.quiet_only},
        {.name = "--junit", .value = &q.junit},
        {.name = "--format", .value = &q.format},
        {.name = "--json", .flag = &q.as_json},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    int words = cmd_options(argc, argv, options, 2);
    int status = words < 0 ? CMD_USAGE : comparing_load(&q, ctx, words, argv);

    if (status == CMD_OK)
        status = print(&q);
    if (status == CMD_OK && q.junit)
        status = write_junit(&q);
    if (status == CMD_OK)
        status = judge(&q);
    comparing_free(&q);
    return status;
}
