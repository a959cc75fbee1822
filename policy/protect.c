/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/protect.h"

#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "policy/compile.h"

#ifndef F_SETOWN_EX
#define F_SETOWN_EX 15
#endif
/* <linux/ioprio.h> of older headers lacks them. */
#define IOPRIO_WHO_PGRP 2
#define IOPRIO_WHO_USER 3

#define INSTRUCTIONS_MAX 192
#define LEN(a)           (sizeof(a) / sizeof((a)[0]))

/* Targets of jumps, set once their place is known. */
enum label {
    NEXT, /* the following instruction */
    ALLOW,
    DENY,
    ABSENT,
    BY_FIRST, /* argument 0 names a process */
    KILL,     /* so it does, or a group, or all */
    PRIORITY,
    IO_PRIORITY,
    WHO, /* argument 1 names a process or a group */
    GROUP_OR_WHO,
    LIMITS,
    FCNTL,
    OWNER,
    IOCTL,
    LABELS,
};

struct assembler {
    struct sock_filter code[INSTRUCTIONS_MAX];
    enum label yes[INSTRUCTIONS_MAX], no[INSTRUCTIONS_MAX];
    size_t len, at[LABELS];
};

static void emit(struct assembler *a, uint16_t code, uint32_t k, enum label yes, enum label no)
{
    a->code[a->len] = (struct sock_filter){.code = code, .k = k};
    a->yes[a->len] = yes;
    a->no[a->len++] = no;
}

static void place(struct assembler *a, enum label label)
{
    a->at[label] = a->len;
}

static void load(struct assembler *a, size_t offset)
{
    emit(a, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, NEXT, NEXT);
}

/* The half of an argument that the kernel looks at where it expects an int. */
static void load_low(struct assembler *a, unsigned argument)
{
    size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;

    load(a, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t) + low);
}

static void load_high(struct assembler *a, unsigned argument)
{
    size_t high = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 4;

    load(a, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t) + high);
}

static void equal(struct assembler *a, uint32_t value, enum label yes, enum label no)
{
    emit(a, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

static void answer(struct assembler *a, uint32_t value)
{
    emit(a, BPF_RET | BPF_K, value, NEXT, NEXT);
}

/* Whether what is loaded is one of the ids, as a process or as a group. */
static void look_for_ids(struct assembler *a, const struct protect *p, bool groups_negative)
{
    for (size_t i = 0; i < p->count && i < PROTECT_IDS; i++) {
        pid_t id = p->id[i];

        if (id < 1)
            continue;
        equal(a, (uint32_t)id, DENY, NEXT);
        if (groups_negative && id != 1)
            equal(a, (uint32_t)-id, DENY, NEXT);
    }
    if (groups_negative && p->signals)
        equal(a, (uint32_t)-1, DENY, NEXT);
}

static void tell_calls_apart(struct assembler *a, const struct protect *p)
{
    static const int by_first[] = {
        SYS_tkill,          SYS_tgkill,        SYS_rt_sigqueueinfo,    SYS_rt_tgsigqueueinfo,
        SYS_sched_setparam, SYS_sched_setattr, SYS_sched_setscheduler, SYS_sched_setaffinity,
        SYS_migrate_pages,  SYS_move_pages,
    };

    load(a, offsetof(struct seccomp_data, nr));
    equal(a, SYS_kill, KILL, NEXT);
    for (size_t i = 0; i < LEN(by_first); i++)
        equal(a, (uint32_t)by_first[i], BY_FIRST, NEXT);
    equal(a, SYS_setpriority, PRIORITY, NEXT);
    equal(a, SYS_ioprio_set, IO_PRIORITY, NEXT);
    equal(a, SYS_prlimit64, LIMITS, NEXT);
    if (p->signals) {
        equal(a, SYS_pidfd_send_signal, ABSENT, NEXT); /* callers then fall back to kill */
        equal(a, SYS_ioctl, IOCTL, NEXT);
    }
    equal(a, SYS_fcntl, FCNTL, ALLOW);
}

static void look_at_targets(struct assembler *a, const struct protect *p)
{
    place(a, KILL);
    load_low(a, 0);
    if (p->shared_group && !p->scoped)
        equal(a, 0, DENY, NEXT);
    look_for_ids(a, p, true);
    answer(a, SECCOMP_RET_ALLOW);

    place(a, BY_FIRST);
    load_low(a, 0);
    look_for_ids(a, p, false);
    answer(a, SECCOMP_RET_ALLOW);

    /* Everything of a user, or of this process's group if that is the supervisor's as well. */
    place(a, PRIORITY);
    load_low(a, 0);
    equal(a, PRIO_USER, DENY, NEXT);
    equal(a, PRIO_PGRP, GROUP_OR_WHO, WHO);
    place(a, IO_PRIORITY);
    load_low(a, 0);
    equal(a, IOPRIO_WHO_USER, DENY, NEXT);
    equal(a, IOPRIO_WHO_PGRP, GROUP_OR_WHO, WHO);
    place(a, GROUP_OR_WHO);
    load_low(a, 1);
    equal(a, 0, p->shared_group ? DENY : ALLOW, NEXT);
    place(a, WHO);
    load_low(a, 1);
    look_for_ids(a, p, false);
    answer(a, SECCOMP_RET_ALLOW);
}

static void look_at_the_rest(struct assembler *a, const struct protect *p)
{
    /* New limits for any process but the caller. */
    place(a, LIMITS);
    load_low(a, 0);
    equal(a, 0, ALLOW, NEXT);
    load_low(a, 2);
    equal(a, 0, NEXT, DENY);
    load_high(a, 2);
    equal(a, 0, ALLOW, DENY);

    /* Whom the kernel signals when a file is ready. */
    place(a, FCNTL);
    load_low(a, 1);
    if (p->signals)
        equal(a, F_SETOWN_EX, DENY, NEXT);
    equal(a, F_SETOWN, OWNER, ALLOW);
    place(a, OWNER);
    load_low(a, 2);
    look_for_ids(a, p, true);
    answer(a, SECCOMP_RET_ALLOW);

    if (!p->signals)
        return;
    place(a, IOCTL);
    load_low(a, 1);
    equal(a, FIOSETOWN, DENY, NEXT);
    equal(a, SIOCSPGRP, DENY, ALLOW);
    place(a, ABSENT);
    answer(a, SECCOMP_RET_ERRNO | ENOSYS);
}

static uint8_t distance(const struct assembler *a, size_t from, enum label to)
{
    return (uint8_t)(to == NEXT ? 0 : a->at[to] - from - 1);
}

int protect_program(const struct protect *p, struct sock_fprog *ret)
{
    struct assembler a = {.len = 0};

    load(&a, offsetof(struct seccomp_data, arch));
    equal(&a, compile_native_arch(), NEXT, ALLOW);
    tell_calls_apart(&a, p);
    look_at_targets(&a, p);
    look_at_the_rest(&a, p);
    place(&a, DENY);
    answer(&a, SECCOMP_RET_ERRNO | EPERM);
    place(&a, ALLOW);
    answer(&a, SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < a.len; i++) {
        if (BPF_CLASS(a.code[i].code) != BPF_JMP)
            continue;
        a.code[i].jt = distance(&a, i, a.yes[i]);
        a.code[i].jf = distance(&a, i, a.no[i]);
    }
    ret->filter = malloc(a.len * sizeof(*a.code));
    if (!ret->filter)
        return -ENOMEM;
    memcpy(ret->filter, a.code, a.len * sizeof(*a.code));
    ret->len = (unsigned short)a.len;
    return 0;
}
