/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/verify.h"

#include <errno.h>
#include <stdbool.h>

#include "policy/compile.h"
#include "policy/simulate.h"

#define NUMBERS    1024
#define CANDIDATES 256
/* Combinations tried for one call; of more, every so many-th. */
#define TRIES_MAX 100000

/* The values to try for each argument. */
struct candidates {
    uint64_t value[RULE_ARGS][CANDIDATES];
    size_t count[RULE_ARGS];
};

static bool refuses(struct answer a)
{
    return a.kind > ANSWER_LOG;
}

static bool rules_refuse(const struct rules *rules, size_t from, size_t to,
                         const struct seccomp_data *call)
{
    bool any = false;

    for (size_t i = from; i < to; i++) {
        if (!rule_matches(&rules->item[i], (const uint64_t *)call->args))
            continue;
        if (refuses(rules->item[i].answer))
            return true;
        any = true;
    }
    return !any && refuses(rules->otherwise);
}

static void add_value(struct candidates *c, unsigned index, uint64_t value)
{
    for (size_t i = 0; i < c->count[index]; i++) {
        if (c->value[index][i] == value)
            return;
    }
    if (c->count[index] < CANDIDATES)
        c->value[index][c->count[index]++] = value;
}

/* A comparison changes its answer next to its value or in either half; a mask, bit by bit. */
static void add_condition(struct candidates *c, const struct rule_arg *a)
{
    uint64_t lowest = a->value & -a->value;

    if (a->op == RULE_MASKED_EQ) {
        add_value(c, a->index, a->value2);
        add_value(c, a->index, a->value2 | ~a->value);
        add_value(c, a->index, a->value2 ^ lowest);
        return;
    }
    add_value(c, a->index, a->value);
    add_value(c, a->index, a->value - 1);
    add_value(c, a->index, a->value + 1);
    add_value(c, a->index, a->value ^ UINT64_C(1) << 32);
}

static void collect(const struct rules *rules, size_t from, size_t to, struct candidates *c)
{
    for (unsigned index = 0; index < RULE_ARGS; index++) {
        c->count[index] = 0;
        add_value(c, index, 0);
    }
    for (size_t i = from; i < to; i++) {
        const struct rule *rule = &rules->item[i];

        for (unsigned a = 0; a < rule->arg_count; a++) {
            add_condition(c, &rule->arg[a]);
            add_value(c, rule->arg[a].index, UINT64_MAX);
        }
    }
}

/* The combination number `which` of the candidates. */
static void choose(const struct candidates *c, uint64_t which, struct seccomp_data *call)
{
    for (unsigned index = 0; index < RULE_ARGS; index++) {
        call->args[index] = c->value[index][which % c->count[index]];
        which /= c->count[index];
    }
}

static int verify_call(const struct rules *rules, size_t from, size_t to, int number,
                       const struct policy_program *program, struct candidates *c, struct err *err)
{
    struct seccomp_data call = {.nr = number, .arch = compile_native_arch()};
    uint64_t combinations = 1, step;

    collect(rules, from, to, c);
    for (unsigned index = 0; index < RULE_ARGS; index++)
        combinations *= c->count[index];
    step = combinations / TRIES_MAX + 1;
    for (uint64_t which = 0; which < combinations; which += step) {
        uint32_t got;
        bool allowed;

        choose(c, which, &call);
        got = simulate_policy(program, &call);
        allowed = got == SECCOMP_RET_ALLOW || got == SECCOMP_RET_LOG;
        if (got == SIMULATE_BAD || allowed == rules_refuse(rules, from, to, &call))
            return err_set(err, ENOTSUP, "conditions that libseccomp gets right",
                           "use fewer conditions for this call, or none",
                           "policy rules for '%.60s': the compiled filter would %s call that the "
                           "rules %s",
                           rules->item[from].call, allowed ? "allow a" : "refuse a",
                           allowed ? "refuse" : "allow");
    }
    return 0;
}

/* Numbers that no rule is about get the default answer. */
static int verify_others(const struct rules *rules, const bool *named,
                         const struct policy_program *program, struct err *err)
{
    struct seccomp_data call = {.arch = compile_native_arch()};

    for (call.nr = 0; call.nr < NUMBERS; call.nr++) {
        uint32_t got = simulate_policy(program, &call);
        bool allowed = got == SECCOMP_RET_ALLOW || got == SECCOMP_RET_LOG;

        if (!named[call.nr] && (got == SIMULATE_BAD || allowed == refuses(rules->otherwise)))
            return err_set(err, ENOTSUP, "the default answer", NULL,
                           "policy: the compiled filter has another answer to call %d", call.nr);
    }
    return 0;
}

int verify_programs(const struct rules *rules, const struct policy_program *program,
                    struct err *err)
{
    bool named[NUMBERS] = {false};
    struct candidates c;
    int r = 0;

    for (size_t at = 0, end; r == 0 && at < rules->count; at = end) {
        int number = compile_call_number(rules->item[at].call);

        end = rules_call_end(rules, at);
        if (number < 0 || number >= NUMBERS)
            continue;
        named[number] = true;
        r = verify_call(rules, at, end, number, program, &c, err);
    }
    return r < 0 ? r : verify_others(rules, named, program, err);
}
