/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 4095 /* the largest a system call can return */

bool answer_equal(struct answer a, struct answer b)
{
    return a.kind == b.kind && a.error == b.error;
}

struct answer answer_strictest(struct answer a, struct answer b)
{
    return b.kind > a.kind ? b : a;
}

static int make_room(struct rules *rules)
{
    size_t size = rules->size ? rules->size * 2 : 64;
    struct rule *grown;

    if (rules->count < rules->size)
        return 0;
    if (rules->count >= RULES_MAX)
        return -E2BIG;
    grown = realloc(rules->item, size * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    rules->item = grown;
    rules->size = size;
    return 0;
}

int rules_add(struct rules *rules, const char *call, struct answer answer,
              const struct rule_arg *arg, unsigned arg_count)
{
    struct rule rule = {
        .place = rules->count, .origin = rules->adding, .answer = answer, .arg_count = arg_count};
    int r = make_room(rules);

    if (r < 0)
        return r;
    rule.call = strdup(call);
    if (!rule.call)
        return -ENOMEM;
    for (unsigned i = 0; i < arg_count; i++)
        rule.arg[i] = arg[i];
    rules->item[rules->count++] = rule;
    return 0;
}

static int by_call(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int order = strcmp(x->call, y->call);

    if (order == 0)
        order = (x->arg_count > y->arg_count) - (x->arg_count < y->arg_count);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

void rules_sort(struct rules *rules)
{
    if (rules->count > 1)
        qsort(rules->item, rules->count, sizeof(*rules->item), by_call);
}

size_t rules_call_end(const struct rules *rules, size_t at)
{
    const char *call = rules->item[at].call;

    while (at < rules->count && strcmp(rules->item[at].call, call) == 0)
        at++;
    return at;
}

bool rules_find(const struct rules *rules, const char *call, size_t *from, size_t *to)
{
    size_t low = 0, high = rules->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(rules->item[middle].call, call) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rules->count || strcmp(rules->item[low].call, call) != 0)
        return false;
    *from = low;
    *to = rules_call_end(rules, low);
    return true;
}

void rules_audit(struct rules *rules)
{
    const struct answer logged = {.kind = ANSWER_LOG};

    if (rules->otherwise.kind > ANSWER_LOG)
        rules->otherwise = logged;
    for (size_t i = 0; i < rules->count; i++)
        if (rules->item[i].answer.kind > ANSWER_LOG)
            rules->item[i].answer = logged;
}

bool rules_answer(const struct rules *rules, const char *call, struct answer *ret)
{
    size_t from = 0, to = 0;

    *ret = rules->otherwise;
    if (!rules_find(rules, call, &from, &to))
        return true;
    for (size_t i = from; i < to; i++) {
        if (rules->item[i].arg_count)
            return false;
        *ret = i == from ? rules->item[i].answer : answer_strictest(*ret, rules->item[i].answer);
    }
    return true;
}

static bool matches(const struct rule_arg *a, uint64_t value)
{
    switch (a->op) {
    case RULE_NE:
        return value != a->value;
    case RULE_LT:
        return value < a->value;
    case RULE_LE:
        return value <= a->value;
    case RULE_EQ:
        return value == a->value;
    case RULE_GE:
        return value >= a->value;
    case RULE_GT:
        return value > a->value;
    default:
        return (value & a->value) == a->value2;
    }
}

bool rule_matches(const struct rule *rule, const uint64_t args[RULE_ARGS])
{
    for (unsigned i = 0; i < rule->arg_count; i++)
        if (!matches(&rule->arg[i], args[rule->arg[i].index]))
            return false;
    return true;
}

const struct rule *rules_decide(const struct rules *rules, const char *call,
                                const uint64_t args[RULE_ARGS])
{
    const struct rule *decides = NULL;
    size_t from = 0, to = 0;

    rules_find(rules, call, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct rule *r = &rules->item[i];

        if (rule_matches(r, args) && (!decides || r->answer.kind > decides->answer.kind))
            decides = r;
    }
    return decides;
}

void rules_free(struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        free(rules->item[i].call);
    free(rules->item);
    strv_free(&rules->abis);
    *rules = (struct rules){0};
}

int errno_by_name(const char *name)
{
    char *end;
    unsigned long number;

    for (int e = 1; e < 256; e++) {
        const char *known = strerrorname_np(e);

        if (known && strcmp(known, name) == 0)
            return e;
    }
    if (*name < '0' || *name > '9')
        return -1;
    errno = 0;
    number = strtoul(name, &end, 10);
    return errno || *end || number > ERRNO_MAX ? -1 : (int)number;
}
