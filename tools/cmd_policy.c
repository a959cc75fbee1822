/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies in words: explained, compared, and tried without being loaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/groups.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "tools/cmd.h"
#include "tools/learn.h"
#include "tools/policy.h"

static int load(const char *policy, struct rules *rules)
{
    const struct policy_request request = {.policy = policy,
                                           .capabilities = capabilities_effective()};
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err;

    if (policy_rules(&request, rules, &notes, &problems, &err) < 0)
        return cmd_fail(&err);
    strv_each (&notes, note)
        fprintf(stderr, "cgjob: %s: %s\n", policy, note);
    return CMD_OK;
}

static void set_words(struct policy_verb *q, const char *call, const struct buf *words,
                      const struct buf *origin)
{
    struct json *one = q->doc ? json_object_new() : NULL;

    if (!q->doc)
        return;
    json_set(one, "answer", json_string(buf_text(words)));
    json_set(one, "decided_by", json_string(buf_text(origin)));
    json_set(q->doc, call, one);
}

/* Some calls with what becomes of them, or all of them by that. */
static int explain_some(struct policy_verb *q, const struct rules *rules, char **calls, int count)
{
    for (int i = 0; i < count; i++) {
        _cleanup_buf_ struct buf words = {0}, origin = {0};

        if (!compile_knows(calls[i])) {
            fprintf(stderr, "cgjob: no system call '%s' on this machine\n", calls[i]);
            return CMD_FAILED;
        }
        explain_call(rules, calls[i], &words);
        explain_origin(rules, calls[i], &origin);
        buf_addf(&q->text, "%-24s %s", calls[i], buf_text(&words));
        if (origin.len)
            buf_addf(&q->text, "\n%-24s by %s", "", buf_text(&origin));
        buf_add(&q->text, "\n");
        set_words(q, calls[i], &words, &origin);
    }
    return CMD_OK;
}

struct outcome {
    char *words;
    struct buf calls;
    size_t count;
};

static struct outcome *outcome_of(struct outcome **list, size_t *count, const char *words)
{
    struct outcome *grown;

    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i].words, words) == 0)
            return &(*list)[i];
    grown = realloc(*list, (*count + 1) * sizeof(*grown));
    if (!grown)
        return NULL;
    *list = grown;
    grown[*count] = (struct outcome){.words = strdup(words)};
    return &grown[(*count)++];
}

static int by_count(const void *a, const void *b)
{
    const struct outcome *x = a, *y = b;

    return x->count < y->count ? -1 : x->count > y->count;
}

static void print_outcome(struct policy_verb *q, const struct outcome *o)
{
    buf_addf(&q->text, "%s (%zu):\n%s\n", o->words, o->count, buf_text(&o->calls));
}

/* Fewest first: the exceptions are what is looked for. */
static int explain_all(struct policy_verb *q, const struct rules *rules)
{
    _cleanup_strv_ struct strv calls = {0};
    struct outcome *list = NULL;
    size_t count = 0;

    explain_all_calls(&calls);
    explain_losses(rules, &q->text);
    strv_each (&calls, call) {
        _cleanup_buf_ struct buf words = {0}, origin = {0};
        struct outcome *o;

        explain_call(rules, call, &words);
        explain_origin(rules, call, &origin);
        set_words(q, call, &words, &origin);
        o = outcome_of(&list, &count, buf_text(&words));
        if (!o)
            continue;
        o->count++;
        buf_addf(&o->calls, "  %s", call);
        if (o->count % 6 == 0)
            buf_add(&o->calls, "\n");
    }
    if (count)
        qsort(list, count, sizeof(*list), by_count);
    for (size_t i = 0; i < count; i++) {
        print_outcome(q, &list[i]);
        free(list[i].words);
        buf_free(&list[i].calls);
    }
    free(list);
    return CMD_OK;
}

static int explain(struct policy_verb *q, char **words, int count)
{
    _cleanup_rules_ struct rules rules = {0};
    int status = count < 1 ? CMD_USAGE : load(words[0], &rules);

    if (status != CMD_OK)
        return status;
    return count > 1 ? explain_some(q, &rules, words + 1, count - 1) : explain_all(q, &rules);
}

static int diff(struct policy_verb *q, char **words, int count)
{
    _cleanup_rules_ struct rules a = {0}, b = {0};
    _cleanup_strv_ struct strv calls = {0};
    unsigned different = 0;

    if (count != 2)
        return CMD_USAGE;
    if (load(words[0], &a) != CMD_OK || load(words[1], &b) != CMD_OK)
        return CMD_FAILED;
    explain_all_calls(&calls);
    strv_each (&calls, call) {
        _cleanup_buf_ struct buf left = {0}, right = {0};
        struct json *pair = NULL;

        explain_call(&a, call, &left);
        explain_call(&b, call, &right);
        if (strcmp(buf_text(&left), buf_text(&right)) == 0)
            continue;
        different++;
        buf_addf(&q->text, "%-24s %s -> %s\n", call, buf_text(&left), buf_text(&right));
        if (!q->doc)
            continue;
        pair = json_array_new();
        json_append(pair, json_string(buf_text(&left)));
        json_append(pair, json_string(buf_text(&right)));
        json_set(q->doc, call, pair);
    }
    buf_addf(&q->text, "%u call%s answered differently\n", different,
             different == 1 ? " is" : "s are");
    return CMD_OK;
}

static int groups(struct policy_verb *q, char **words, int count)
{
    size_t all;
    const struct call_group *list = groups_all(&all);

    for (size_t i = 0; i < all; i++) {
        _cleanup_strv_ struct strv calls = {0};

        if (count && strcmp(words[0], list[i].name) != 0)
            continue;
        if (!count) {
            buf_addf(&q->text, "%-20s %s\n", list[i].name, list[i].about);
            json_set(q->doc, list[i].name, json_string(list[i].about));
            continue;
        }
        group_expand(list[i].name, &calls);
        strv_each (&calls, call)
            buf_addf(&q->text, "%s\n", call);
        json_set(q->doc, list[i].name, json_strv(&calls));
        return CMD_OK;
    }
    if (!count)
        return CMD_OK;
    fprintf(stderr, "cgjob: no group '%s'; `cgjob policy groups` lists them\n", words[0]);
    return CMD_FAILED;
}

static const struct {
    const char *name;
    int (*run)(struct policy_verb *q, char **words, int count);
} verbs[] = {
    {"explain", explain},  {"diff", diff},          {"groups", groups},
    {"test", policy_test}, {"check", policy_check},
};

int cmd_policy(struct cmd_context *ctx, int argc, char **argv)
{
    struct policy_verb q = {0};
    bool filter = false;
    const char *output = NULL;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &q.as_json}, {.name = "--filter", .flag = &filter},
        {.name = "-o", .value = &output},       {.name = "--syscall", .list = &q.calls},
        {.name = "--db", .value = &ctx->db},    {0},
    };
    int words = cmd_options(argc, argv, options, CMD_WORDS), status = CMD_USAGE;

    if (words < 0)
        return CMD_USAGE;
    if (words > 1 && strcmp(argv[0], "learn") == 0)
        return learn_policy(ctx, argv + 1, words - 1, filter, output);
    q.doc = q.as_json ? json_object_new() : NULL;
    for (size_t i = 0; words > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            status = verbs[i].run(&q, argv + 1, words - 1);
    if (status == CMD_USAGE)
        fputs("cgjob: policy: expected explain POLICY [CALL...], diff A B, groups [@NAME], test "
              "POLICY [--syscall] CALL[,[NAME=]VALUE...]..., check POLICY or learn SET... "
              "[--filter] [-o FILE]\n",
              stderr);
    if (status == CMD_OK)
        status = q.as_json ? cmd_print_json(q.doc) : cmd_print(&q.text);
    json_free(q.doc);
    strv_free(&q.calls);
    buf_free(&q.text);
    return status;
}
