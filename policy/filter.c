/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/groups.h"

#define WORD_MAX 96

static const struct rule_origin the_filter = {"SystemCallFilter", 0, -1};
static const struct answer allow = {.kind = ANSWER_ALLOW};
static const struct answer kill_it = {.kind = ANSWER_KILL_PROCESS};
static const struct answer not_there = {.kind = ANSWER_ERRNO, .error = ENOSYS};

/* What the words say of each call; of several rules of one call, the last holds. */
struct filter {
    bool begun, allow_list;
    struct rules words;
    const struct strv *known;
    struct err *err;
};

static int refuse_word(const struct filter *f, const char *word, const char *expected)
{
    return err_set(f->err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "SystemCallFilter word '%.90s'",
                   word);
}

static int add_call(struct filter *f, const char *call, struct answer answer)
{
    int r = rules_add(&f->words, call, answer, NULL, 0);

    if (r == -E2BIG)
        return err_set(f->err, E2BIG, "at most 8192 system calls in all", ERR_CORRECT_AND_RETRY,
                       "SystemCallFilter is too long");
    return r < 0 ? err_oom(f->err) : 0;
}

static int add_group(struct filter *f, const char *name, struct answer answer)
{
    _cleanup_strv_ struct strv calls = {0};
    int r = group_expand(name, &calls);

    if (r < 0)
        return err_oom(f->err);
    /* A group also lists what other kernels and architectures have. */
    strv_each (&calls, call) {
        if (compile_knows(call))
            r = add_call(f, call, answer);
        if (r < 0)
            return r;
    }
    if (strcmp(name, "@known") != 0)
        return 0;
    strv_each (f->known, call) {
        r = add_call(f, call, answer);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Cuts ":EPERM" off the word and tells the answer. */
static int parse_answer(const struct filter *f, const char *whole, char *word, bool negated,
                        struct answer *ret)
{
    char *colon = strchr(word, ':');
    int error;

    *ret = negated ? kill_it : allow;
    if (!colon)
        return 0;
    *colon = '\0';
    if (strcmp(colon + 1, "kill") == 0) {
        *ret = kill_it;
        return 0;
    }
    error = errno_by_name(colon + 1);
    if (error < 0)
        return refuse_word(f, whole, "an errno after the colon, such as 'EPERM', or 'kill'");
    *ret = (struct answer){.kind = ANSWER_ERRNO, .error = (uint16_t)error};
    return 0;
}

static int parse_word(struct filter *f, const char *whole, bool negated)
{
    char word[WORD_MAX];
    struct answer answer;
    int r;

    snprintf(word, sizeof(word), "%s", whole);
    r = parse_answer(f, whole, word, negated, &answer);
    if (r < 0)
        return r;
    if (!f->begun) {
        f->begun = true;
        f->allow_list = !negated;
        r = f->allow_list ? add_group(f, "@default", allow) : 0;
    }
    if (r < 0)
        return r;
    if (word[0] == '@') {
        if (!group_find(word))
            return refuse_word(f, whole, "a group such as '@system-service'");
        return add_group(f, word, answer);
    }
    if (!compile_knows(word))
        return refuse_word(f, whole,
                           "the name of a system call that the library knows, or a group such as "
                           "'@system-service'");
    return add_call(f, word, answer);
}

static int parse_item(struct filter *f, const char *item)
{
    bool negated = false;
    char word[WORD_MAX];
    int n, r = 0;

    for (; r == 0 && sscanf(item, "%95s%n", word, &n) == 1; item += n) {
        const char *text = word;

        if (n >= WORD_MAX && strlen(word) == WORD_MAX - 1)
            return refuse_word(f, word, "words of fewer than 95 characters");
        if (*text == '~') {
            negated = true;
            text++;
        }
        if (*text)
            r = parse_word(f, text, negated);
    }
    return r;
}

static struct answer filter_answer(const struct filter *f, const char *call)
{
    size_t from, to;

    if (rules_find(&f->words, call, &from, &to))
        return f->words.item[to - 1].answer;
    return f->allow_list ? kill_it : allow;
}

/* The filter lets the call pass: what the policy says of it stays so. */
static int keep_call(const struct rules *policy, const char *call, struct rules *ret)
{
    size_t from = 0, to = 0;
    bool general = false;
    int r = 0;

    rules_find(policy, call, &from, &to);
    for (size_t i = from; r == 0 && i < to; i++) {
        const struct rule *rule = &policy->item[i];

        general |= rule->arg_count == 0;
        ret->adding = rule->origin;
        r = rules_add(ret, call, rule->answer, rule->arg, rule->arg_count);
    }
    if (r < 0 || general || answer_equal(policy->otherwise, ret->otherwise))
        return r;
    ret->adding = policy->otherwise_from;
    return rules_add(ret, call, policy->otherwise, NULL, 0);
}

/* The filter refuses the call; the policy may do so more strictly, whatever the arguments. */
static int refuse_call(const struct rules *policy, const char *call, struct answer answer,
                       struct rules *ret)
{
    struct rule_origin from_policy = policy->otherwise_from;
    struct answer strictest = allow;
    size_t from = 0, to = 0;

    if (!rules_find(policy, call, &from, &to))
        strictest = policy->otherwise;
    for (size_t i = from; i < to; i++) {
        const struct rule *rule = &policy->item[i];

        if (rule->arg_count == 0 && rule->answer.kind > strictest.kind) {
            strictest = rule->answer;
            from_policy = rule->origin;
        }
    }
    ret->adding = answer.kind > strictest.kind ? the_filter : from_policy;
    return rules_add(ret, call, answer_strictest(strictest, answer), NULL, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every call that the policy, the filter or, for an allow-list, the library names, sorted. */
static int name_calls(const struct filter *f, const struct rules *policy, struct strv *ret)
{
    const struct rules *const from[] = {policy, &f->words};
    int r = f->allow_list && f->known->count ? strv_add_all(ret, f->known->item) : 0;

    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; r == 0 && i < from[s]->count; i++)
            r = strv_add(ret, from[s]->item[i].call);
    }
    if (ret->count > 1)
        qsort(ret->item, ret->count, sizeof(*ret->item), by_name);
    return r;
}

static int combine(const struct filter *f, const struct rules *policy, struct rules *ret)
{
    _cleanup_strv_ struct strv calls = {0};
    const char *last = "";
    int r = name_calls(f, policy, &calls);

    ret->otherwise = policy->otherwise;
    ret->otherwise_from = policy->otherwise_from;
    if (f->allow_list && not_there.kind > policy->otherwise.kind) {
        ret->otherwise = not_there;
        ret->otherwise_from = the_filter;
    }
    strv_each (&calls, call) {
        struct answer answer = filter_answer(f, call);

        if (r < 0 || strcmp(call, last) == 0)
            continue;
        r = answer.kind == ANSWER_ALLOW ? keep_call(policy, call, ret)
                                        : refuse_call(policy, call, answer, ret);
        last = call;
    }
    return r;
}

int filter_apply(const struct strv *items, const struct strv *known, struct rules *rules,
                 struct err *err)
{
    _cleanup_rules_ struct rules combined = {0};
    struct filter f = {.known = known, .err = err};
    int r = 0;

    strv_each (items, item) {
        r = r < 0 ? r : parse_item(&f, item);
    }
    if (r == 0 && f.begun) {
        rules_sort(&f.words);
        rules_sort(rules);
        r = combine(&f, rules, &combined);
        if (r < 0)
            err_sys(err, -r, NULL, "applying SystemCallFilter");
    }
    rules_free(&f.words);
    if (r < 0 || !f.begun)
        return r;
    combined.abis = rules->abis;
    combined.take_caps = rules->take_caps;
    combined.shield = rules->shield;
    combined.read_only = rules->read_only;
    combined.tell = rules->tell;
    rules->abis = (struct strv){0};
    rules_free(rules);
    *rules = combined;
    combined = (struct rules){0};
    return 0;
}
