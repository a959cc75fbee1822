/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/front.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/simulate.h"
#include "runner/base/cleanup.h"

/* Numbers beyond these are left to the library's program. */
#define NUMBERS  1024
#define JUMP_MAX 255

/* Numbers from `first` to the next range's, and what answers them. */
struct range {
    uint32_t first;
    bool rest;       /* the library's program does */
    uint32_t answer; /* else this, a SECCOMP_RET_* */
};

struct front {
    struct range range[NUMBERS + 1];
    size_t ranges;
    struct sock_filter code[BPF_MAXINSNS];
    size_t len;
    bool failed; /* a jump is too far, or there is no room */
};

/* A call with a condition, or with a number that the ranges do not cover. */
static bool needs_more(const struct rules *rules, size_t from, size_t to)
{
    int number = compile_call_number(rules->item[from].call);

    if (number < 0 || number >= NUMBERS)
        return true;
    for (size_t i = from; i < to; i++)
        if (rules->item[i].arg_count > 0)
            return true;
    return false;
}

/* The rules that stay with the library, in `rest`, and the numbers of their calls. */
static int set_apart(const struct rules *rules, struct rules *rest, bool *marked)
{
    rest->otherwise = rules->otherwise;
    for (size_t at = 0, end; at < rules->count; at = end) {
        int number = compile_call_number(rules->item[at].call);

        end = rules_call_end(rules, at);
        if (!needs_more(rules, at, end))
            continue;
        if (number >= 0 && number < NUMBERS)
            marked[number] = true;
        for (size_t i = at; i < end; i++) {
            const struct rule *rule = &rules->item[i];
            int r = rules_add(rest, rule->call, rule->answer, rule->arg, rule->arg_count);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* The answers of the whole program itself, so that the front cannot differ from it. */
static int find_ranges(struct front *f, const struct sock_fprog *whole, const bool *marked)
{
    struct seccomp_data call = {.arch = compile_native_arch()};

    for (int number = 0; number < NUMBERS; number++) {
        struct range range = {.first = (uint32_t)number, .rest = marked[number]};
        const struct range *last = f->ranges ? &f->range[f->ranges - 1] : NULL;

        call.nr = number;
        if (!range.rest && simulate_filter(whole, &call, &range.answer, NULL) < 0)
            return -EINVAL;
        if (!last || last->rest != range.rest || last->answer != range.answer)
            f->range[f->ranges++] = range;
    }
    f->range[f->ranges++] = (struct range){.first = NUMBERS, .rest = true};
    return 0;
}

static void add(struct front *f, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
    if (f->len == BPF_MAXINSNS) {
        f->failed = true;
        return;
    }
    f->code[f->len++] = (struct sock_filter){code, jt, jf, k};
}

/* A search tree: the lower half follows the comparison, the upper half follows that. */
static void add_tree(struct front *f, const struct range *range, size_t count)
{
    size_t half = count / 2, at = f->len, distance;

    if (count == 1 && range->rest) {
        add(f, BPF_JMP | BPF_JA, 0, 0, 0); /* aimed when the length is known */
        return;
    }
    if (count == 1) {
        add(f, BPF_RET | BPF_K, 0, 0, range->answer);
        return;
    }
    add(f, BPF_JMP | BPF_JGE | BPF_K, 0, 0, range[half].first);
    add_tree(f, range, half);
    distance = f->len - at - 1;
    if (f->failed || distance > JUMP_MAX) {
        f->failed = true;
        return;
    }
    f->code[at].jt = (uint8_t)distance;
    add_tree(f, range + half, count - half);
}

static void add_front(struct front *f)
{
    add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, compile_native_arch());
    add(f, BPF_JMP | BPF_JA, 0, 0, 0);
    add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
    add_tree(f, f->range, f->ranges);
    for (size_t i = 0; i < f->len; i++)
        if (f->code[i].code == (BPF_JMP | BPF_JA))
            f->code[i].k = (uint32_t)(f->len - i - 1);
}

static int replace(struct sock_fprog *program, const struct front *f, const struct sock_fprog *rest)
{
    size_t len = f->len + rest->len;
    struct sock_filter *code;

    if (f->failed || len >= program->len)
        return 0;
    code = malloc(len * sizeof(*code));
    if (!code)
        return -ENOMEM;
    memcpy(code, f->code, f->len * sizeof(*code));
    memcpy(code + f->len, rest->filter, rest->len * sizeof(*code));
    free(program->filter);
    *program = (struct sock_fprog){.len = (unsigned short)len, .filter = code};
    return 0;
}

static void program_free(struct sock_fprog *program)
{
    free(program->filter);
}

int front_shorten(const struct rules *rules, struct sock_fprog *program, struct err *err)
{
    _cleanup_rules_ struct rules rest = {0};
    _cleanup_strv_ struct strv unknown = {0};
    _cleanup_free_ struct front *f = calloc(1, sizeof(*f));
    _cleanup_(program_free) struct sock_fprog library = {0};
    bool marked[NUMBERS] = {false};
    int r;

    if (rules->abis.count > 0)
        return 0;
    if (!f || set_apart(rules, &rest, marked) < 0)
        return err_oom(err);
    r = compile_rules(&rest, &library, &unknown, err);
    if (r < 0)
        return r;
    if (find_ranges(f, program, marked) < 0)
        return err_set(err, EINVAL, NULL, NULL, "the policy's filter cannot be followed");
    add_front(f);
    return replace(program, f, &library) < 0 ? err_oom(err) : 0;
}
