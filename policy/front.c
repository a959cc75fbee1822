/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/front.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/simulate.h"
#include "runner/base/cleanup.h"

/* Numbers of an ABI beyond these are left to the library's program. */
#define NUMBERS  1024
#define JUMP_MAX 255
#define ABIS_MAX 8
/* Where no ABI has numbers. */
#define END UINT32_MAX

/* Numbers from `first` to the next range's, and what answers them. */
struct range {
    uint32_t first;
    bool rest;       /* the library's program does */
    uint32_t answer; /* else this, a SECCOMP_RET_* */
};

/* The ABIs of one architecture: x32 is one of x86_64 with numbers of its own. */
struct architecture {
    uint32_t arch;
    struct range range[ABIS_MAX * (NUMBERS + 1)];
    size_t ranges;
};

struct front {
    struct architecture architecture[ABIS_MAX];
    size_t architectures;
    struct sock_filter code[BPF_MAXINSNS];
    size_t len;
    bool failed; /* a jump is too far, or there is no room */
};

/* Some architectures have one call for all of these, which tells them apart by its argument. */
static bool shares_a_call(const char *call)
{
    static const char *const one_of_many[] = {
        "socket",   "bind",    "connect",    "listen",   "accept",     "getsockname", "getpeername",
        "send",     "sendto",  "sendmsg",    "sendmmsg", "recv",       "recvfrom",    "recvmsg",
        "recvmmsg", "accept4", "socketpair", "shutdown", "setsockopt", "getsockopt",  "semop",
        "semget",   "semctl",  "semtimedop", "msgsnd",   "msgrcv",     "msgget",      "msgctl",
        "shmat",    "shmdt",   "shmget",     "shmctl",
    };

    for (size_t i = 0; i < sizeof(one_of_many) / sizeof(one_of_many[0]); i++)
        if (strcmp(one_of_many[i], call) == 0)
            return true;
    return false;
}

/* A call with a condition, or with a number that the ranges do not cover. */
static bool needs_more(const struct rules *rules, size_t from, size_t to)
{
    int number = compile_call_number(rules->item[from].call);

    if (number < 0 || number >= NUMBERS ||
        (rules->abis.count && shares_a_call(rules->item[from].call)))
        return true;
    for (size_t i = from; i < to; i++)
        if (rules->item[i].arg_count > 0)
            return true;
    return false;
}

/* The rules that stay with the library. */
static int set_apart(const struct rules *rules, struct rules *rest)
{
    rest->otherwise = rules->otherwise;
    strv_each (&rules->abis, abi) {
        if (strv_add(&rest->abis, abi) < 0)
            return -ENOMEM;
    }
    for (size_t at = 0, end; at < rules->count; at = end) {
        end = rules_call_end(rules, at);
        for (size_t i = at; i < end && needs_more(rules, at, end); i++) {
            const struct rule *rule = &rules->item[i];
            int r = rules_add(rest, rule->call, rule->answer, rule->arg, rule->arg_count);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

static void add_range(struct architecture *a, struct range range)
{
    const struct range *last = a->ranges ? &a->range[a->ranges - 1] : NULL;

    if (!last || last->rest != range.rest || last->answer != range.answer)
        a->range[a->ranges++] = range;
}

/* The answers of the whole program itself, so that the front cannot differ from it. */
static int find_ranges(struct architecture *a, const struct sock_fprog *whole, uint32_t first)
{
    struct seccomp_data call = {.arch = a->arch};

    if (first)
        add_range(a, (struct range){.first = NUMBERS, .rest = true});
    for (uint32_t number = first; number < first + NUMBERS; number++) {
        struct range range = {.first = number};

        call.nr = (int)number;
        range.rest = simulate_reads_arguments(whole, &call);
        if (!range.rest && simulate_filter(whole, &call, &range.answer, NULL) < 0)
            return -EINVAL;
        add_range(a, range);
    }
    add_range(a, (struct range){.first = first + NUMBERS, .rest = true});
    return 0;
}

/* Those of one architecture in the order of their numbers: the native ABI has the lowest. */
static int add_abi(struct front *f, const struct sock_fprog *whole, uint32_t arch, uint32_t first)
{
    size_t i = 0;

    while (i < f->architectures && f->architecture[i].arch != arch)
        i++;
    if (i == ABIS_MAX || (i < f->architectures && !first))
        return -E2BIG;
    if (i == f->architectures)
        f->architecture[f->architectures++].arch = arch;
    return find_ranges(&f->architecture[i], whole, first);
}

static int find_architectures(struct front *f, const struct rules *rules,
                              const struct sock_fprog *whole)
{
    int r = add_abi(f, whole, compile_native_arch(), 0);

    strv_each (&rules->abis, abi) {
        uint32_t first, arch = compile_abi_arch(abi, &first);

        if (r == 0 && arch)
            r = add_abi(f, whole, arch, first);
    }
    return r;
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
        add(f, BPF_JMP | BPF_JA, 0, 0, END); /* aimed when the length is known */
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
    for (size_t i = 0; i < f->architectures; i++) {
        const struct architecture *a = &f->architecture[i];
        size_t skip;

        add(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, a->arch);
        skip = f->len;
        add(f, BPF_JMP | BPF_JA, 0, 0, 0);
        add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
        add_tree(f, a->range, a->ranges);
        if (!f->failed)
            f->code[skip].k = (uint32_t)(f->len - skip - 1); /* to the next architecture */
    }
    for (size_t i = 0; i < f->len; i++)
        if (f->code[i].code == (BPF_JMP | BPF_JA) && f->code[i].k == END)
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
    int r;

    if (!f || set_apart(rules, &rest) < 0)
        return err_oom(err);
    r = find_architectures(f, rules, program);
    if (r == -E2BIG)
        return 0; /* a rare list of ABIs stays as the library has it */
    if (r < 0)
        return err_set(err, EINVAL, NULL, NULL, "the policy's filter cannot be followed");
    r = compile_rules(&rest, &library, &unknown, err);
    if (r < 0)
        return r;
    add_front(f);
    return replace(program, f, &library) < 0 ? err_oom(err) : 0;
}
