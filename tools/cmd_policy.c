/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies in words: explained, compared, and tried without being loaded. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/groups.h"
#include "policy/simulate.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "tools/cmd.h"
#include "tools/learn.h"

struct request {
    bool as_json;
    struct buf text;
    struct json *doc; /* with --json */
};

static int load(const char *policy, struct rules *rules)
{
    const struct policy_request request = {.policy = policy,
                                           .capabilities = capabilities_effective()};
    _cleanup_strv_ struct strv notes = {0};
    struct err err;

    if (policy_rules(&request, rules, &notes, &err) < 0)
        return cmd_fail(&err);
    strv_each (&notes, note)
        fprintf(stderr, "cgjob: %s: %s\n", policy, note);
    return CMD_OK;
}

/* Some calls with what becomes of them, or all of them by that. */
static int explain_some(struct request *q, const struct rules *rules, char **calls, int count)
{
    for (int i = 0; i < count; i++) {
        _cleanup_buf_ struct buf words = {0};

        if (!compile_knows(calls[i])) {
            fprintf(stderr, "cgjob: no system call '%s' on this machine\n", calls[i]);
            return CMD_FAILED;
        }
        explain_call(rules, calls[i], &words);
        buf_addf(&q->text, "%-24s %s\n", calls[i], buf_text(&words));
        json_set(q->doc, calls[i], json_string(buf_text(&words)));
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

static void print_outcome(struct request *q, const struct outcome *o)
{
    buf_addf(&q->text, "%s (%zu):\n%s\n", o->words, o->count, buf_text(&o->calls));
}

/* Fewest first: the exceptions are what is looked for. */
static int explain_all(struct request *q, const struct rules *rules)
{
    _cleanup_strv_ struct strv calls = {0};
    struct outcome *list = NULL;
    size_t count = 0;

    explain_all_calls(&calls);
    strv_each (&calls, call) {
        _cleanup_buf_ struct buf words = {0};
        struct outcome *o;

        explain_call(rules, call, &words);
        json_set(q->doc, call, json_string(buf_text(&words)));
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

static int explain(struct request *q, char **words, int count)
{
    _cleanup_rules_ struct rules rules = {0};
    int status = count < 1 ? CMD_USAGE : load(words[0], &rules);

    if (status != CMD_OK)
        return status;
    return count > 1 ? explain_some(q, &rules, words + 1, count - 1) : explain_all(q, &rules);
}

static int diff(struct request *q, char **words, int count)
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

static int groups(struct request *q, char **words, int count)
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

static struct answer answer_of(uint32_t ret)
{
    static const struct {
        uint32_t action;
        enum answer_kind kind;
    } kinds[] = {
        {SECCOMP_RET_ALLOW, ANSWER_ALLOW},
        {SECCOMP_RET_LOG, ANSWER_LOG},
        {SECCOMP_RET_ERRNO, ANSWER_ERRNO},
        {SECCOMP_RET_TRAP, ANSWER_TRAP},
        {SECCOMP_RET_KILL_THREAD, ANSWER_KILL_THREAD},
    };
    struct answer answer = {.kind = ANSWER_KILL_PROCESS};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((ret & SECCOMP_RET_ACTION_FULL) == kinds[i].action)
            answer.kind = kinds[i].kind;
    if (answer.kind == ANSWER_ERRNO)
        answer.error = (uint16_t)(ret & SECCOMP_RET_DATA);
    return answer;
}

/* "openat,0,0x5": a call and its first arguments; those that are not given are 0. */
static int parse_call(char *text, struct seccomp_data *call)
{
    char *save = NULL, *name = strtok_r(text, ",", &save), *end;
    unsigned index = 0;

    *call = (struct seccomp_data){.arch = compile_native_arch()};
    if (!name || !compile_knows(name))
        return -ENOENT;
    call->nr = compile_call_number(name);
    for (char *w = strtok_r(NULL, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        if (index == 6)
            return -EINVAL;
        call->args[index++] = strtoull(w, &end, 0);
        if (*end)
            return -EINVAL;
    }
    return 0;
}

/* The programs themselves are asked, in a simulator: what would be installed is what answers. */
static int test(struct request *q, char **words, int count)
{
    const struct policy_request request = {.policy = count ? words[0] : NULL,
                                           .capabilities = capabilities_effective()};
    _cleanup_policy_ struct policy_program program = {0};
    struct err err;

    if (count < 2)
        return CMD_USAGE;
    if (policy_compile(&request, &program, &err) < 0)
        return cmd_fail(&err);
    for (int i = 1; i < count; i++) {
        _cleanup_free_ char *given = strdup(words[i]);
        _cleanup_buf_ struct buf answer = {0};
        struct seccomp_data call;

        if (!given || parse_call(given, &call) < 0)
            return cmd_refuse("call", words[i], "a system call and arguments such as socket,16,3");
        explain_answer(answer_of(simulate_policy(&program, &call)), &answer);
        buf_addf(&q->text, "%-24s %s\n", words[i], buf_text(&answer));
        json_set(q->doc, words[i], json_string(buf_text(&answer)));
    }
    return CMD_OK;
}

static int check(struct request *q, char **words, int count)
{
    const struct policy_request request = {.policy = count ? words[0] : NULL,
                                           .capabilities = capabilities_effective()};
    _cleanup_policy_ struct policy_program program = {0};
    struct err err;

    if (count != 1)
        return CMD_USAGE;
    if (policy_compile(&request, &program, &err) < 0)
        return cmd_fail(&err);
    strv_each (&program.notes, note)
        buf_addf(&q->text, "%s\n", note);
    buf_addf(&q->text, "%s compiles, to %u and %u instructions\n", words[0], program.logged.len,
             program.quiet.len);
    json_set(q->doc, "notes", json_strv(&program.notes));
    json_set(q->doc, "instructions", json_int(program.logged.len + program.quiet.len));
    return CMD_OK;
}

static const struct {
    const char *name;
    int (*run)(struct request *q, char **words, int count);
} verbs[] = {
    {"explain", explain}, {"diff", diff}, {"groups", groups}, {"test", test}, {"check", check},
};

int cmd_policy(struct cmd_context *ctx, int argc, char **argv)
{
    struct request q = {0};
    bool filter = false;
    const char *output = NULL;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &q.as_json},
        {.name = "--filter", .flag = &filter},
        {.name = "-o", .value = &output},
        {.name = "--db", .value = &ctx->db},
        {0},
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
              "POLICY CALL[,ARG...]..., check POLICY or learn SET... [--filter] [-o FILE]\n",
              stderr);
    if (status == CMD_OK)
        status = q.as_json ? cmd_print_json(q.doc) : cmd_print(&q.text);
    json_free(q.doc);
    buf_free(&q.text);
    return status;
}
