/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/comparing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/units.h"
#include "tools/sets.h"

static int read_metrics(struct comparing *q)
{
    _cleanup_free_ char *list = q->metrics ? strdup(q->metrics) : NULL;
    char *save = NULL;

    if (!list)
        return CMD_OK;
    memset(q->request.wanted, strcmp(list, "all") == 0, sizeof(q->request.wanted));
    if (strcmp(list, "all") == 0)
        return CMD_OK;
    for (char *w = strtok_r(list, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
        int id = metric_by_name(w);

        if (id < 0)
            return cmd_refuse("metrics", w, "names of `cgjob help metrics` with commas, or all");
        q->request.wanted[id] = true;
    }
    return CMD_OK;
}

static int read_threshold(struct comparing *q, const char *text)
{
    static const char form[] = "PERCENT or METRIC=PERCENT such as wall_seconds=5%";
    size_t n = strcspn(text, "=");
    const char *number = text[n] ? text + n + 1 : text;
    char name[64];
    uint64_t hundredths;
    int id = -1;

    if (text[n]) {
        snprintf(name, sizeof(name), "%.*s", (int)n, text);
        id = metric_by_name(name);
        if (id < 0)
            return cmd_refuse("threshold", text, form);
    }
    if (units_parse_percent(number, &hundredths) < 0 || hundredths == UNITS_INFINITY)
        return cmd_refuse("threshold", text, form);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (id < 0 || i == id)
            q->request.threshold[i] = (double)hundredths / 10000;
    if (id >= 0)
        q->request.wanted[id] = true;
    return CMD_OK;
}

static int read_gate(struct comparing *q, const char *text)
{
    struct err err;

    if (q->gates == GATE_CONDITIONS)
        return cmd_refuse("fail-on", text, "at most 64 conditions");
    if (gate_parse(&q->gate[q->gates], text, &err) < 0) {
        cmd_fail(&err);
        return CMD_USAGE;
    }
    gate_request(&q->gate[q->gates++], &q->request);
    return CMD_OK;
}

static int read_options(struct comparing *q)
{
    int status;

    compare_request_init(&q->request);
    status = read_metrics(q);
    strv_each (&q->thresholds, text)
        status = status == CMD_OK ? read_threshold(q, text) : status;
    strv_each (&q->fail_on, list) {
        _cleanup_free_ char *copy = strdup(list);
        char *save = NULL;

        for (char *w = copy ? strtok_r(copy, ",", &save) : NULL; w && status == CMD_OK;
             w = strtok_r(NULL, ",", &save))
            status = read_gate(q, w + strspn(w, " "));
    }
    if (status == CMD_OK && (q->strict || q->junit) && !q->gates)
        return cmd_refuse(q->junit ? "junit" : "strict", "", "--fail-on, whose answer it changes");
    return status;
}

static int load_split(struct comparing *q, struct store *s, const char *word)
{
    struct split at = {.revision = q->split_rev};
    struct err err;
    int status = CMD_OK;

    if (q->split)
        status = cmd_time("split", q->split, &at.at_ns);
    if (status == CMD_OK && set_split(s, word, &at, &q->side[0], &q->side[1], &err) < 0)
        status = cmd_fail(&err);
    return status;
}

static int load_sides(struct comparing *q, struct store *s, int words, char **argv)
{
    bool split = q->split || q->split_rev;
    struct err err;

    if (split && words == 1)
        return load_split(q, s, argv[0]);
    if (split || words != 2) {
        fputs("cgjob: expected two sets of runs, or one with --split or --split-rev; see `cgjob "
              "help`\n",
              stderr);
        return CMD_USAGE;
    }
    for (int i = 0; i < 2; i++) {
        if (set_side(s, argv[i], &q->side[i], &err) < 0)
            return cmd_fail(&err);
        if (q->side[i].runs == 0) {
            err_set(&err, ENOENT, "runs that ended with status 0", NULL,
                    "of '%.150s' %zu failed and %zu have not ended", argv[i], q->side[i].failed,
                    q->side[i].unfinished);
            return cmd_fail(&err);
        }
    }
    return CMD_OK;
}

int comparing_load(struct comparing *q, const struct cmd_context *ctx, int words, char **argv)
{
    _cleanup_store_ struct store *s = NULL;
    struct err err;
    int status = read_options(q);

    if (status != CMD_OK)
        return status;
    if (cmd_open(ctx, STORE_READ, &s, &err) < 0)
        return cmd_fail(&err);
    status = load_sides(q, s, words, argv);
    if (status != CMD_OK)
        return status;
    for (int i = 0; i < 2 && q->quiet_only; i++)
        side_keep_quiet(&q->side[i]);
    if (compare(&q->comparison, &q->side[0], &q->side[1], &q->request) < 0) {
        err_oom(&err);
        return cmd_fail(&err);
    }
    return CMD_OK;
}

void comparing_free(struct comparing *q)
{
    comparison_free(&q->comparison);
    side_free(&q->side[0]);
    side_free(&q->side[1]);
    strv_free(&q->thresholds);
    strv_free(&q->fail_on);
}
