/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "runner/base/capabilities.h"
#include "tools/cmd.h"
#include "tools/policy.h"

static void add_problem(struct json *list, const struct policy_problem *p)
{
    struct json *one = json_object_new();

    json_set(one, "line", json_int(p->line));
    json_set(one, "column", json_int(p->column));
    json_set(one, "path", json_string(p->path));
    json_set(one, "found", json_string(p->found));
    json_set(one, "expected", json_string(p->expected));
    json_append(list, one);
}

/* As compilers print them, so that editors find the places. */
static int tell_problems(struct policy_verb *q, const char *policy,
                         const struct policy_problems *problems)
{
    _cleanup_buf_ struct buf text = {0};
    struct json *list = q->as_json ? json_array_new() : NULL;

    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *p = &problems->item[i];

        buf_addf(&text, "%s:%u:%u: %s%s%s: expected %s\n", policy, p->line, p->column, p->path,
                 p->path[0] ? " " : "", p->found, p->expected);
        if (list)
            add_problem(list, p);
    }
    if (problems->untold)
        buf_addf(&text, "... and %zu more\n", problems->untold);
    if (list) {
        json_set(q->doc, "problems", list);
        cmd_print_json(q->doc);
    } else {
        fputs(buf_text(&text), stderr);
    }
    return CMD_FAILED;
}

/* Rather a slip of the pen than a call of another machine: only for its reader to say. */
static void tell_unknown(struct policy_verb *q, const struct rules *rules)
{
    struct json *list = q->doc ? json_array_new() : NULL;

    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *r = &rules->item[i];
        struct json *one;

        /* Several conditions make several rules of one name. */
        if (compile_knows(r->call) || (i && strcmp(rules->item[i - 1].call, r->call) == 0))
            continue;
        buf_addf(&q->text, "%s:%u: '%.60s' is unknown here, so without effect\n", r->origin.source,
                 r->origin.line, r->call);
        if (!list)
            continue;
        one = json_object_new();
        json_set(one, "line", json_int(r->origin.line));
        json_set(one, "call", json_string(r->call));
        json_append(list, one);
    }
    if (list)
        json_set(q->doc, "unknown", list);
}

int policy_check(struct policy_verb *q, char **words, int count)
{
    const struct policy_request request = {.policy = count ? words[0] : NULL,
                                           .capabilities = capabilities_effective()};
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_policy_ struct policy_program program = {0};
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err;
    int r;

    if (count != 1)
        return CMD_USAGE;
    r = policy_rules(&request, &rules, &notes, &problems, &err);
    if (problems.count)
        return tell_problems(q, words[0], &problems);
    r = r < 0 ? r : policy_compile(&request, &program, &err);
    if (r < 0)
        return cmd_fail(&err);
    tell_unknown(q, &rules);
    strv_each (&notes, note)
        buf_addf(&q->text, "%s: %s\n", words[0], note);
    buf_addf(&q->text, "%s compiles, to %u and %u instructions\n", words[0], program.logged.len,
             program.quiet.len);
    json_set(q->doc, "notes", json_strv(&notes));
    json_set(q->doc, "instructions", json_int(program.logged.len + program.quiet.len));
    return CMD_OK;
}
