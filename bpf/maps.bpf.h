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
 * Under the run-queue lock kernels before 6.1 must neither allocate nor free: there the maps that
 * a thread's end changes are allocated beforehand, with room for fewer.
 */
#ifdef DEAD_BY_FENTRY
#define GROW      BPF_F_NO_PREALLOC
#define PROCESSES JOB_PROCESSES
#else
#define GROW      0
#define PROCESSES (JOB_PROCESSES / 8)
#endif

const volatile struct job_constants constants = {PAGE_BYTES, RING_BYTES, 1, 0};

/* As in job_record: the sums over a process's threads that have ended, while others live. */
struct usage {
    __u64 cpu_ns, user_ns, system_ns;
    __u64 runqueue_wait_ns, blkio_wait_ns;
    __u64 switches_voluntary, switches_involuntary;
    __u64 faults_minor, faults_major;
    __u64 read_bytes, write_bytes;
};

/* Small, because it is written at each fork: what few processes have is in struct details. */
struct process {
    __u64 job; /* the innermost; those around it follow by job_totals.outer */
    __u64 live;
    __u64 started_ns;
    __u64 maxrss_at_exec; /* pages: what signal->maxrss had from earlier images */
    __u64 peak_rss_bytes;
    __u32 pid, ppid, threads, flags; /* as in job_record */
    __s32 leader_code;
    __u32 shares_mm; /* born of vfork: until it execs, its memory is its parent's */
    __u32 detailed;  /* it has an entry in `details`; a word of its own, flags are not atomic */
    __u32 unused;
    struct usage ended;
};

struct details {
    __u64 started_ns; /* the process's: what another one has left under its key is told by it */
    struct job_extra extra;
    char comm[JOB_COMM_SIZE]; /* the leader's, which ended before the others */
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

/*
 * The job that each ring is for. Apart from the totals, so that user space can set it without
 * overwriting what is being added; an array, because elements of one are found without a call.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, JOB_RINGS);
    __type(key, __u32);
    __type(value, __u64);
} ring_jobs SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, PROCESSES);
    __uint(map_flags, GROW);
    __type(key, __u64);
    __type(value, struct process);
} processes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, PROCESSES);
    __uint(map_flags, GROW);
    __type(key, __u64);
    __type(value, struct details);
} details SEC(".maps");

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

static __always_inline struct job_totals *find_totals(const __u64 *job)
{
    return bpf_map_lookup_elem(&jobs, job);
}

static __always_inline struct job_totals *outer_job(struct job_totals *t)
{
    return t->outer ? find_totals(&t->outer) : 0;
}

/* A job, by its totals, and those around it; within the body, `t` is each one's totals. */
#define for_each_job(t, innermost)                                                                 \
    for (int _depth = 0, _once = 1; _once; _once = 0)                                              \
        for (struct job_totals *t = (innermost); t && _depth < JOB_DEPTH;                          \
             t = outer_job(t), _depth++)

static __always_inline __u64 process_key(struct task_struct *task)
{
    return (__u64)task->signal;
}

static __always_inline __u64 current_key(void)
{
    if (current_is_typed())
        return process_key(bpf_get_current_task_btf());
    return (__u64)BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), signal);
}

/* Made now for a process that has none yet; 0: there was no room, and they stay unknown. */
APART struct details *find_details(struct process *p, __u64 key)
{
    struct details fresh = {0}, *d = 0;

    if (p->detailed)
        d = bpf_map_lookup_elem(&details, &key);
    if (d)
        return d;
    fresh.started_ns = p->started_ns;
    fresh.extra.denied_syscall = -1;
    bpf_map_update_elem(&details, &key, &fresh, BPF_NOEXIST);
    d = bpf_map_lookup_elem(&details, &key);
    /* Not another thread's, made just now, but what a job that was removed too early has left. */
    if (d && d->started_ns != p->started_ns) {
        bpf_map_update_elem(&details, &key, &fresh, BPF_EXIST);
        d = bpf_map_lookup_elem(&details, &key);
    }
    if (d)
        p->detailed = 1;
    return d;
}

#endif
