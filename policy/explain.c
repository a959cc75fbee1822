/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"

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

static void explain_condition(const struct rule_arg *arg, struct buf *out)
{
    static const char *const words[] = {
        [RULE_NE] = "is not", [RULE_LT] = "is below",    [RULE_LE] = "is at most",
        [RULE_EQ] = "is",     [RULE_GE] = "is at least", [RULE_GT] = "is above",
    };

    if (arg->op == RULE_MASKED_EQ)
        buf_addf(out, "(argument %u & 0x%" PRIx64 ") is 0x%" PRIx64, arg->index, arg->value,
                 arg->value2);
    else
        buf_addf(out, "argument %u %s 0x%" PRIx64, arg->index, words[arg->op], arg->value);
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
            explain_condition(&r->arg[a], out);
        }
        before = r;
    }
    buf_add(out, before ? "; else " : "");
    explain_answer(last, out);
    if (from == to)
        buf_add(out, " (not named: the default)");
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
