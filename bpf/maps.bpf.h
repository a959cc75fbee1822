/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel side keeps: jobs, processes that live, records on their way to user space. */
#ifndef CGRUN_BPF_MAPS_BPF_H
#define CGRUN_BPF_MAPS_BPF_H

#include "bpf/common.bpf.h"
#include "bpf/job_events.h"

#define JOB_DEPTH 4 /* jobs within jobs */

/* With a stack frame of its own, so that what several such need is not needed at once. */
#define APART static __attribute__((noinline))

/* As they are until the loader says otherwise. */
#define PAGE_BYTES 4096
#define RING_BYTES (1024 * 1024)

/*
 * Under the run-queue lock kernels before 6.1 must neither allocate nor free: there, where a
 * thread's end is seen beneath it, the maps that it changes are allocated beforehand, with room for
 * fewer.
 */
#ifdef MAPS_GROW
#define GROW      BPF_F_NO_PREALLOC
#define PROCESSES JOB_PROCESSES
#else
#define GROW      0
#define PROCESSES (JOB_PROCESSES / 8)
#endif

const volatile struct job_constants constants = {PAGE_BYTES, RING_BYTES, 1, 0};

/*
 * Built and taken apart on the stack, most of which it fills: a per-processor map would be shared
 * by all that preempt each other, which newer kernels let programs do (Linux 7 does, and real-time
 * ones).
 */
struct process {
    __u64 job; /* the innermost; those around it follow by job_totals.outer */
    __u64 live;
    __u64 maxrss_at_exec; /* pages: what signal->maxrss had from earlier images */
    __s32 leader_code;
    __u32 shares_mm; /* born of vfork: until it execs, its memory is its parent's */
    struct job_record record;
};

/* The processor's last kill by the kernel itself: what an OOM kill starts with. */
struct kernel_kill {
    __u64 signal;
    __u32 pid, unused;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, JOB_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, struct job_totals);
} jobs SEC(".maps");

/* Apart from the totals, so that user space can set it without overwriting what is being added. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, JOB_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, __u32);
} job_ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, PROCESSES);
    __uint(map_flags, GROW);
    __type(key, __u64);
    __type(value, struct process);
} processes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, RING_BYTES / JOB_TABLE_PART);
    __uint(map_flags, GROW);
    __type(key, struct job_table_key);
    __type(value, struct job_record);
} table SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, JOB_DENIED_SIZE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct job_denied_key);
    __type(value, struct job_denied);
} denied SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct kernel_kill);
} kernel_kills SEC(".maps");

/* Which ring is held by whom; user space's own, here so that it is pinned with the rest. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, JOB_RINGS);
    __type(key, __u32);
    __type(value, struct job_ring_claim);
} ring_claims SEC(".maps");

/* Not a map of maps: each element put into one would wait for a grace period at attach. */
#define RING(n)                                                                                    \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_RINGBUF);                                                        \
        __uint(max_entries, RING_BYTES);                                                           \
    } ring_##n SEC(".maps")

RING(0);
RING(1);
RING(2);
RING(3);
RING(4);
RING(5);
RING(6);
RING(7);

/* A job and those around it; within the body, `t` is its totals and for_each_job_id its id. */
#define for_each_job(t, innermost)                                                                 \
    for (__u64 for_each_job_id = (innermost), _depth = 0; for_each_job_id && _depth < JOB_DEPTH;   \
         _depth++)                                                                                 \
        for (struct job_totals *t = bpf_map_lookup_elem(&jobs, &for_each_job_id),                  \
                               *_once = t ? t : (for_each_job_id = 0, t);                          \
             _once; _once = 0, for_each_job_id = t->outer)

static __always_inline __u64 process_key(struct task_struct *task)
{
    return (__u64)BPF_CORE_READ(task, signal);
}

static __always_inline struct signal_struct *signal_of(__u64 key)
{
    return (struct signal_struct *)key;
}

#endif
