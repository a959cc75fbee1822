/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of the opt-in features share: whose events they are. */
#ifndef CGRUN_BPF_FEATURE_BPF_H
#define CGRUN_BPF_FEATURE_BPF_H

#include "bpf/common.bpf.h"
#include "bpf/features.h"

/* The job's cgroup; each cgrun that asks for a feature loads the programs for its own job. */
struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} group SEC(".maps");

#define PF_FORKNOEXEC 0x40 /* include/linux/sched.h */

/*
 * The child of cgrun that becomes the command, before it does: in the job's cgroup already, and in
 * cgrun's memory yet. What it does is no doing of the job's.
 */
static __always_inline bool_t is_set_up(void)
{
    struct task_struct *task = bpf_get_current_task_btf();

    return task->flags & PF_FORKNOEXEC && task->mm == task->real_parent->mm &&
           task->cgroups->dfl_cgrp != task->real_parent->cgroups->dfl_cgrp;
}

static __always_inline bool_t in_job(void)
{
    return bpf_current_task_under_cgroup(&group, 0) == 1 && !is_set_up();
}

/* The power of two that a time in nanoseconds reaches, in microseconds: 0 is below one. */
static __always_inline __u32 bucket_of(__u64 ns)
{
    __u64 us = ns / 1000;
    __u32 bucket = 0;

    for (int i = 0; i < FEATURE_BUCKETS - 1 && us; i++) {
        us >>= 1;
        bucket++;
    }
    return bucket;
}

/* Into a histogram: a map that is an array of FEATURE_BUCKETS counts. */
static __always_inline void count_time(void *times, __u64 ns)
{
    __u32 bucket = bucket_of(ns);
    __u64 *count = bpf_map_lookup_elem(times, &bucket);

    if (count)
        add(count, 1);
}

#endif
