/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all programs use. */
#ifndef CGRUN_BPF_COMMON_BPF_H
#define CGRUN_BPF_COMMON_BPF_H

#include <linux/bpf.h>
/* After <linux/bpf.h>, whose types they use. */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/kernel_types.h"

#define CGROUP_DEPTH 16 /* levels of cgroups looked at */

static __always_inline void add(__u64 *to, __u64 amount)
{
    __sync_fetch_and_add(to, amount);
}

/*
 * What went through here has been read: the compiler may no longer choose between two kinds of
 * pointers to read it by, which is not verifiable; and what the verifier learns of the copy it does
 * not apply to where it came from, which would multiply the states that it tells apart.
 */
static __always_inline __u64 held(__u64 value)
{
    __asm__ volatile("%0 += 0" : "+r"(value));
    return value;
}

/* Since 5.14 the member has another name and is an int. */
static __always_inline __u32 task_state(struct task_struct *task)
{
    struct task_struct___v513 *old = (void *)task;

    if (bpf_core_field_exists(task->__state))
        return task->__state;
    return (__u32)BPF_CORE_READ(old, state);
}

#endif
