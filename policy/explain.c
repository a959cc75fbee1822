/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/call_args.h"
#include "policy/compile.h"
#include "policy/groups.h"

void explain_answer(struct answer answer, struct buf *out)
{
    const char *name = answer.kind == ANSWER_ERRNO ? strerrorname_np(answer.error) : NULL;

    switch (answer.kind) {
    case ANSWER_ALLOW:
        buf_add(out, "allowed");
        break;
    case ANSWER_LOG:
        buf_add(out, "allowed and logged");
        break;
    case ANSWER_ERRNO:
        if (name)
            buf_addf(out, "refused with %s", name);
        else
            buf_addf(out, "refused with error %u", answer.error);
        break;
    case ANSWER_TRAP:
        buf_add(out, "answered with SIGSYS");
        break;
    case ANSWER_KILL_THREAD:
        buf_add(out, "the thread is killed");
        break;
    default:
        buf_add(out, "killed");
        break;
    }
}

static void explain_value(const char *call, const struct rule_arg *arg, uint64_t value,
                          struct buf *out)
{
    const char *constant = call_arg_constant(call, arg->index, value);

    if (constant)
        buf_add(out, constant);
    else
        buf_addf(out, "0x%" PRIx64, value);
}

static void explain_condition(const char *call, const struct rule_arg *arg, struct buf *out)
{
    static const char *const words[] = {
        [RULE_NE] = "is not", [RULE_LT] = "is below",    [RULE_LE] = "is at most",
        [RULE_EQ] = "is",     [RULE_GE] = "is at least", [RULE_GT] = "is above",
    };

    char name[32];

    call_arg_name(call, arg->index, name, sizeof(name));
    if (arg->op == RULE_MASKED_EQ && arg->value == UINT32_MAX) {
        buf_addf(out, "%s is ", name); /* as the kernel sees an argument of 32 bits */
        explain_value(call, arg, arg->value2, out);
    } else if (arg->op == RULE_MASKED_EQ && arg->value == arg->value2) {
        buf_addf(out, "%s has ", name);
        explain_value(call, arg, arg->value, out);
    } else if (arg->op == RULE_MASKED_EQ) {
        buf_addf(out, "(%s & 0x%" PRIx64 ") is 0x%" PRIx64, name, arg->value, arg->value2);
    } else {
        buf_addf(out, "%s %s ", name, words[arg->op]);
        explain_value(call, arg, arg->value, out);
    }
}

void explain_call(const struct rules *rules, const char *call, struct buf *out)
{
    struct answer last = rules->otherwise;
    const struct rule *before = NULL; /* the last one with a condition */
    bool named = false;
    size_t from = 0, to = 0;

    rules_find(rules, call, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct rule *r = &rules->item[i];

        if (r->arg_count == 0) {
            last = named ? answer_strictest(r->answer, last) : r->answer;
            named = true;
            continue;
        }
        if (before && answer_equal(before->answer, r->answer)) {
            buf_add(out, ", or if ");
        } else {
            buf_add(out, before ? "; " : "");
            explain_answer(r->answer, out);
            buf_add(out, " if ");
        }
        for (unsigned a = 0; a < r->arg_count; a++) {
            buf_add(out, a ? " and " : "");
            explain_condition(call, &r->arg[a], out);
        }
        before = r;
    }
    buf_add(out, before ? "; else " : "");
    explain_answer(last, out);
    if (from == to)
        buf_add(out, " (not named: the default)");
}

static void add_origin(const struct rule_origin *origin, bool is_default, struct buf *out)
{
    if (!origin->source)
        return;
    buf_addf(out, "%s%s%s", out->len ? ", " : "", is_default ? "the default of " : "",
             origin->source);
    if (origin->line)
        buf_addf(out, ":%u", origin->line);
    if (origin->entry >= 0)
        buf_addf(out, " (syscalls[%d])", origin->entry);
}

/* Of rules without conditions the first of the strictest answer decides. */
static const struct rule *deciding(const struct rules *rules, size_t from, size_t to)
{
    const struct rule *decides = NULL;

    for (size_t i = from; i < to; i++) {
        const struct rule *r = &rules->item[i];

        if (r->arg_count == 0 && (!decides || r->answer.kind > decides->answer.kind))
            decides = r;
    }
    return decides;
}

void explain_origin(const struct rules *rules, const char *call, struct buf *out)
{
    const struct rule_origin *last = NULL;
    const struct rule *general;
    size_t from = 0, to = 0;

    rules_find(rules, call, &from, &to);
    general = deciding(rules, from, to);
    for (size_t i = from; i < to; i++) {
        const struct rule *r = &rules->item[i];

        if (r->arg_count == 0 || (last && last->source == r->origin.source &&
                                  last->line == r->origin.line && last->entry == r->origin.entry))
            continue;
        last = &r->origin;
        add_origin(last, false, out);
    }
    if (general)
        add_origin(&general->origin, false, out);
    else
        add_origin(&rules->otherwise_from, true, out);
}

void explain_decision(const struct rules *rules, const char *call, const uint64_t args[RULE_ARGS],
                      struct buf *out)
{
    const struct rule *decides = rules_decide(rules, call, args);

    add_origin(decides ? &decides->origin : &rules->otherwise_from, !decides, out);
}

struct loss {
    struct buf refused, left; /* names, " mount umount2" */
    size_t refused_count, left_count;
};

static void weigh_group(const struct rules *rules, const char *group, struct loss *ret)
{
    _cleanup_strv_ struct strv calls = {0};

    if (group_expand(group, &calls) < 0)
        return;
    strv_each (&calls, call) {
        struct answer answer;
        bool refused;

        if (compile_call_number(call) < 0)
            continue;
        refused = rules_answer(rules, call, &answer) && answer.kind > ANSWER_LOG;
        buf_addf(refused ? &ret->refused : &ret->left, " %s", call);
        ret->refused_count += refused;
        ret->left_count += !refused;
    }
}

static void explain_loss(const struct call_group *group, const struct loss *loss, struct buf *out)
{
    buf_addf(out, "  %-16s %s", group->name, group->about);
    if (loss->refused_count < loss->left_count)
        buf_addf(out, ": of these%s", buf_text(&loss->refused));
    else if (loss->left_count)
        buf_addf(out, ", but not%s", buf_text(&loss->left));
    buf_add(out, "\n");
}

void explain_losses(const struct rules *rules, struct buf *out)
{
    static const char *const wide[] = {"@known", "@default", "@system-service", "@privileged"};
    size_t count, start = out->len;
    const struct call_group *groups = groups_all(&count);

    for (size_t i = 0; i < count; i++) {
        struct loss loss = {0};
        bool skip = false;

        for (size_t w = 0; w < sizeof(wide) / sizeof(wide[0]); w++)
            skip |= strcmp(groups[i].name, wide[w]) == 0;
        if (!skip)
            weigh_group(rules, groups[i].name, &loss);
        if (loss.refused_count) {
            if (out->len == start)
                buf_add(out, "takes away:\n");
            explain_loss(&groups[i], &loss, out);
        }
        buf_free(&loss.refused);
        buf_free(&loss.left);
    }
    if (out->len > start)
        buf_add(out, "\n");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int explain_all_calls(struct strv *ret)
{
    int r = compile_native_calls(ret);

    if (r == 0 && ret->count)
        qsort(ret->item, ret->count, sizeof(char *), by_name);
    return r;
}
