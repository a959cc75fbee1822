/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy as plain data, between the readers that make it and the compiler that turns it into
 * BPF. Calls are named, not numbered.
 *
 * What a set of rules means: of the rules of one call whose arguments match, a refusal wins over
 * what allows; a rule without arguments always matches; where none matches, `otherwise` answers.
 */
#ifndef CGRUN_POLICY_RULES_H
#define CGRUN_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/err.h"
#include "runner/base/strv.h"

/* From the mildest to the strictest, as the kernel chooses between filters. */
enum answer_kind {
    ANSWER_ALLOW,
    ANSWER_LOG, /* allowed, and written to the audit log */
    ANSWER_ERRNO,
    ANSWER_TRAP,
    ANSWER_KILL_THREAD,
    ANSWER_KILL_PROCESS,
};

struct answer {
    enum answer_kind kind;
    uint16_t error; /* for ANSWER_ERRNO, else 0 */
};

enum rule_op {
    RULE_NE,
    RULE_LT,
    RULE_LE,
    RULE_EQ,
    RULE_GE,
    RULE_GT,
    RULE_MASKED_EQ, /* (argument & value) == value2 */
};

#define RULE_ARGS 6

struct rule_arg {
    unsigned index; /* 0 to 5, at most once in a rule */
    enum rule_op op;
    uint64_t value, value2;
};

/* What made a rule. */
struct rule_origin {
    const char *source; /* the policy as it was asked for, or a setting; NULL: unknown. Borrowed */
    unsigned line;      /* of the call's name; 0: no file */
    int entry;          /* of syscalls[]; -1: none */
};

struct rule {
    char *call;   /* owned */
    size_t place; /* in the order of adding */
    struct rule_origin origin;
    struct answer answer;
    unsigned arg_count; /* 0: whatever the arguments */
    struct rule_arg arg[RULE_ARGS];
};

/* Zero-initialised is empty and allows everything on the native ABI. */
struct rules {
    struct answer otherwise;
    struct rule_origin adding, otherwise_from; /* what is added now, and the default, come from */
    struct rule *item;
    size_t count, size;
    struct strv abis; /* beside the native one: SCMP_ARCH_* names */
    uint64_t take_caps;
    bool shield;
    bool read_only;
    bool tell;
};

/* No policy that can be loaded comes near this, and what it takes to compile one grows faster. */
#define RULES_MAX 8192

bool answer_equal(struct answer a, struct answer b);
struct answer answer_strictest(struct answer a, struct answer b); /* `a` of equal kinds */

/* Copies call and arguments; the origin is `adding`. Returns 0, -ENOMEM, or -E2BIG beyond
 * RULES_MAX. */
int rules_add(struct rules *rules, const char *call, struct answer answer,
              const struct rule_arg *arg, unsigned arg_count);
/*
 * Brings the rules of one call together, calls in alphabetical order, rules with fewer conditions
 * first, else in the order of adding. libseccomp loses a rule with two conditions if one with the
 * opposite of the first alone comes later.
 */
void rules_sort(struct rules *rules);
/* Where the rules of the call at `at` end, in sorted rules. */
size_t rules_call_end(const struct rules *rules, size_t at);
/* Finds the rules of a call, [from, to), in sorted rules. */
bool rules_find(const struct rules *rules, const char *call, size_t *from, size_t *to);
/* Allows and logs whatever they refuse. */
void rules_audit(struct rules *rules);
/*
 * How a call is answered: false if that depends on its arguments. `rules` are sorted.
 */
bool rules_answer(const struct rules *rules, const char *call, struct answer *ret);
/* Whether all its conditions hold. */
bool rule_matches(const struct rule *rule, const uint64_t args[RULE_ARGS]);
/* The rule that decides on a call with these arguments; NULL: none matches, `otherwise` answers. */
const struct rule *rules_decide(const struct rules *rules, const char *call,
                                const uint64_t args[RULE_ARGS]);
void rules_free(struct rules *rules);

#define _cleanup_rules_ __attribute__((cleanup(rules_free)))

/* An errno by its name ("EPERM") or in digits; 0 to 4095, or -1. */
int errno_by_name(const char *name);

#endif
