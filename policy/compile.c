/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/compile.h"

#include <ctype.h>
#include <errno.h>
#include <linux/bpf_common.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "runner/base/cleanup.h"

/* Above every number that an architecture of 64 bits has given out so far. */
/* The kernel's __X32_SYSCALL_BIT. */
#define X32_NUMBERS 0x40000000u
#define NUMBERS     1024

static void release(scmp_filter_ctx *ctx)
{
    if (*ctx)
        seccomp_release(*ctx);
}

#define ABI_PREFIX "SCMP_ARCH_"

/* The library's name of an architecture is the format's in small letters, without the prefix. */
static uint32_t abi_token(const char *abi)
{
    char name[32];
    size_t n;

    if (strncmp(abi, ABI_PREFIX, strlen(ABI_PREFIX)) != 0)
        return 0;
    abi += strlen(ABI_PREFIX);
    n = strlen(abi);
    if (n >= sizeof(name))
        return 0;
    for (size_t i = 0; i <= n; i++)
        name[i] = (char)tolower((unsigned char)abi[i]);
    return seccomp_arch_resolve_name(name);
}

const char *compile_native_abi(void)
{
    static const char *const abis[] = {
        "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_PPC64LE",
        "SCMP_ARCH_S390X",  "SCMP_ARCH_ARM",     "SCMP_ARCH_X86"};

    for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]); i++) {
        if (abi_token(abis[i]) == seccomp_arch_native())
            return abis[i];
    }
    return "unknown";
}

void compile_library_version(unsigned version[3])
{
    const struct scmp_version *v = seccomp_version();

    version[0] = v->major;
    version[1] = v->minor;
    version[2] = v->micro;
}

bool compile_knows(const char *call)
{
    return seccomp_syscall_resolve_name(call) != __NR_SCMP_ERROR;
}

int compile_call_number(const char *call)
{
    return seccomp_syscall_resolve_name(call);
}

uint32_t compile_abi_arch(const char *abi, uint32_t *first)
{
    uint32_t token = abi_token(abi);

    *first = token == SCMP_ARCH_X32 ? X32_NUMBERS : 0;
    return token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token;
}

uint32_t compile_native_arch(void)
{
    return seccomp_arch_native();
}

int compile_native_calls(struct strv *ret)
{
    for (int number = 0; number < NUMBERS; number++) {
        _cleanup_free_ char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

        if (name && strv_add(ret, name) < 0)
            return -ENOMEM;
    }
    return 0;
}

const char *policy_syscall_name(int number, char *buf, size_t size)
{
    _cleanup_free_ char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

    if (!name)
        return NULL;
    snprintf(buf, size, "%s", name);
    return buf;
}

static uint32_t action_of(struct answer a)
{
    switch (a.kind) {
    case ANSWER_ALLOW:
        return SCMP_ACT_ALLOW;
    case ANSWER_LOG:
        return SCMP_ACT_LOG;
    case ANSWER_ERRNO:
        return SCMP_ACT_ERRNO(a.error);
    case ANSWER_TRAP:
        return SCMP_ACT_TRAP;
    case ANSWER_KILL_THREAD:
        return SCMP_ACT_KILL_THREAD;
    case ANSWER_KILL_PROCESS:
        return SCMP_ACT_KILL_PROCESS;
    }
    return SCMP_ACT_KILL_PROCESS;
}

static const enum scmp_compare comparisons[] = {
    [RULE_NE] = SCMP_CMP_NE,
    [RULE_LT] = SCMP_CMP_LT,
    [RULE_LE] = SCMP_CMP_LE,
    [RULE_EQ] = SCMP_CMP_EQ,
    [RULE_GE] = SCMP_CMP_GE,
    [RULE_GT] = SCMP_CMP_GT,
    [RULE_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static int add_rule(scmp_filter_ctx ctx, const struct rule *rule, struct strv *unknown)
{
    struct scmp_arg_cmp cmp[RULE_ARGS];
    int number = seccomp_syscall_resolve_name(rule->call);
    int r;

    if (number == __NR_SCMP_ERROR)
        return strv_add(unknown, rule->call);
    for (unsigned i = 0; i < rule->arg_count; i++) {
        const struct rule_arg *a = &rule->arg[i];

        cmp[i] = (struct scmp_arg_cmp){a->index, comparisons[a->op], a->value, a->value2};
    }
    r = seccomp_rule_add_array(ctx, action_of(rule->answer), number, rule->arg_count, cmp);
    return r == -EEXIST ? 0 : r;
}

static int set_up(scmp_filter_ctx ctx, const struct rules *rules, struct strv *unknown)
{
    int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

    if (r == 0)
        r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (size_t i = 0; r == 0 && i < rules->abis.count; i++) {
        uint32_t token = abi_token(rules->abis.item[i]);

        r = token ? seccomp_arch_add(ctx, token) : -EINVAL;
        if (r == -EEXIST)
            r = 0;
        else if (r == -EINVAL || r == -EDOM)
            r = strv_add(unknown, rules->abis.item[i]);
    }
    return r;
}

/* libseccomp writes to descriptors only; one in memory needs no directory. */
static int export(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
    _cleanup_close_ int fd = memfd_create("policy", MFD_CLOEXEC);
    _cleanup_free_ struct sock_filter *filter = NULL;
    struct stat st;
    int r;

    if (fd < 0)
        return -errno;
    r = seccomp_export_bpf(ctx, fd);
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size == 0 || (size_t)st.st_size > BPF_MAXINSNS * sizeof(*filter))
        return -E2BIG;
    filter = malloc((size_t)st.st_size);
    if (!filter)
        return -ENOMEM;
    if (pread(fd, filter, (size_t)st.st_size, 0) != st.st_size)
        return -EIO;
    ret->len = (unsigned short)((size_t)st.st_size / sizeof(*filter));
    ret->filter = steal(&filter);
    return 0;
}

/* The library's level of features with every action in it (USER_NOTIF came last, with Linux 5.0).
 * Left alone it asks the kernel that runs here, which may be an emulation without seccomp(2). */
#define API_LEVEL 5

int compile_rules(const struct rules *rules, struct sock_fprog *ret, struct strv *unknown,
                  struct err *err)
{
    __attribute__((cleanup(release))) scmp_filter_ctx ctx = NULL;
    int r;

    seccomp_api_set(API_LEVEL);
    ctx = seccomp_init(action_of(rules->otherwise));
    if (!ctx)
        return err_oom(err);
    r = set_up(ctx, rules, unknown);
    for (size_t i = 0; r == 0 && i < rules->count; i++) {
        r = add_rule(ctx, &rules->item[i], unknown);
        if (r < 0)
            return err_sys(err, -r, NULL, "policy rule for '%.60s'", rules->item[i].call);
    }
    if (r == 0)
        r = export(ctx, ret);
    if (r == -E2BIG)
        return err_set(err, E2BIG, "at most 4096 BPF instructions, a limit of the kernel",
                       "use fewer rules or architectures", "the policy's filter is too long");
    return r < 0 ? err_sys(err, -r, NULL, "compiling the policy") : 0;
}
