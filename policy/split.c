/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/split.h"

#include <errno.h>

/*
 * `home` is the program that gives the default answer; the other one allows by default. A call
 * that home is to let through, or to leave to the other, needs an exception in home.
 */
struct split {
    const struct rules *rules;
    struct rules *quiet, *logged, *home, *other;
    struct strv *notes;
};

static const struct answer allow = {.kind = ANSWER_ALLOW};

static bool is_quiet(struct answer a)
{
    return a.kind == ANSWER_ERRNO && a.error == ENOSYS;
}

static bool refuses(struct answer a)
{
    return a.kind > ANSWER_LOG;
}

/* Adds unless the program answers so by default, which libseccomp takes for a mistake. */
static int put(struct rules *program, const struct rule *rule, struct answer answer)
{
    if (answer_equal(program->otherwise, answer))
        return 0;
    return rules_add(program, rule->call, answer, rule->arg, rule->arg_count);
}

static struct rules *program_of(const struct split *s, struct answer a)
{
    return is_quiet(a) ? s->quiet : s->logged;
}

static bool any_refusal(const struct split *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (refuses(s->rules->item[i].answer))
            return true;
    }
    return false;
}

/*
 * Allowed, or logged and allowed. Logging is left out where the call also has refusals: of
 * overlapping rules in one filter libseccomp lets either answer, and it must be the refusal.
 */
static int let_through(const struct split *s, const struct rule *rule, bool has_refusals)
{
    struct answer answer = has_refusals ? allow : rule->answer;
    int r = put(s->home, rule, s->home == s->logged ? answer : allow);

    return r < 0 || s->home == s->logged ? r : put(s->logged, rule, answer);
}

/* A refusal that home can't express beside its own rules for the call. */
static int put_in_other(const struct split *s, const struct rule *rule)
{
    if (s->other == s->quiet && !is_quiet(rule->answer) &&
        strv_addf(s->notes, "%s: what is refused by its arguments is not counted", rule->call) < 0)
        return -ENOMEM;
    return put(s->other, rule, rule->answer);
}

static bool same_condition(const struct rule *a, const struct rule *b)
{
    if (a->arg_count != b->arg_count)
        return false;
    for (unsigned i = 0; i < a->arg_count; i++) {
        const struct rule_arg *x = &a->arg[i], *y = &b->arg[i];

        if (x->index != y->index || x->op != y->op || x->value != y->value ||
            x->value2 != y->value2)
            return false;
    }
    return true;
}

/* Another rule of the call, with the same condition, answers instead of this one. */
static bool overruled(const struct split *s, size_t at, size_t from, size_t to)
{
    const struct rule *rule = &s->rules->item[at];

    for (size_t i = from; i < to; i++) {
        const struct rule *by = &s->rules->item[i];

        if (i != at && same_condition(by, rule) &&
            (by->answer.kind > rule->answer.kind ||
             (by->answer.kind == rule->answer.kind && i < at)))
            return true;
    }
    return false;
}

/* The call has a rule without arguments, which makes it independent of the default. */
static int split_general(const struct split *s, const struct rule *general, size_t from, size_t to)
{
    bool home_silent;
    int r = 0;

    if (refuses(general->answer)) {
        /* Refused whatever the arguments: that some would be refused more harshly is lost. */
        struct rules *program = program_of(s, general->answer);

        r = put(program, general, general->answer);
        return r < 0 || program == s->home ? r : put(s->home, general, allow);
    }
    r = let_through(s, general, any_refusal(s, from, to));
    home_silent = answer_equal(s->home->otherwise, allow);
    for (size_t i = from; r == 0 && i < to; i++) {
        const struct rule *rule = &s->rules->item[i];
        struct rules *program = program_of(s, rule->answer);

        if (!refuses(rule->answer) || overruled(s, i, from, to))
            continue;
        r = program != s->home || home_silent ? put(program, rule, rule->answer)
                                              : put_in_other(s, rule);
    }
    return r;
}

/* All rules of the call have arguments: exceptions to the default, either way. */
static int split_conditional(const struct split *s, size_t from, size_t to)
{
    bool refusal = any_refusal(s, from, to), lets_through = false;
    int r = 0;

    for (size_t i = from; i < to; i++)
        lets_through |= !refuses(s->rules->item[i].answer);
    for (size_t i = from; r == 0 && i < to; i++) {
        const struct rule *rule = &s->rules->item[i];
        struct rules *program = program_of(s, rule->answer);

        if (overruled(s, i, from, to))
            continue;
        if (!refuses(rule->answer)) {
            r = let_through(s, rule, refusal);
        } else if (!refuses(s->home->otherwise) || (program == s->home && !lets_through)) {
            r = put(program, rule, rule->answer);
        } else {
            /* Home steps aside, so that an overlap of the two kinds is still refused. */
            r = put(s->home, rule, allow);
            r = r < 0 ? r : put_in_other(s, rule);
        }
    }
    return r;
}

static int split_call(const struct split *s, size_t from, size_t to)
{
    const struct rule *general = NULL;

    for (size_t i = from; i < to; i++) {
        const struct rule *rule = &s->rules->item[i];

        if (rule->arg_count == 0 && (!general || rule->answer.kind > general->answer.kind))
            general = rule;
    }
    return general ? split_general(s, general, from, to) : split_conditional(s, from, to);
}

int rules_split(struct rules *rules, struct rules *quiet, struct rules *logged, struct strv *notes)
{
    struct split s = {.rules = rules, .quiet = quiet, .logged = logged, .notes = notes};
    int r = 0;

    s.home = program_of(&s, rules->otherwise);
    s.other = s.home == quiet ? logged : quiet;
    s.home->otherwise = rules->otherwise;
    rules_sort(rules);
    for (size_t at = 0, end; r == 0 && at < rules->count; at = end) {
        end = rules_call_end(rules, at);
        r = split_call(&s, at, end);
    }
    return r;
}

bool rules_matter(const struct rules *rules)
{
    return rules->count > 0 || rules->otherwise.kind != ANSWER_ALLOW;
}
