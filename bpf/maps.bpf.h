/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel side keeps: jobs, processes that live, records on their way to user space. */
#ifndef CGRUN_BPF_MAPS_BPF_H
#define CGRUN_BPF_MAPS_BPF_H

#include "bpf/common.bpf.h"
#include "bpf/job_events.h"

#define JOB_DEPTH 4 /* jobs within jobs */

/* With a stack frame of its own, so that what several such need is not needed at once. */
#define APART static __attribute__((noinline))

#define RING_BYTES (1024 * 1024) /* until the loader says otherwise */

/*
 * Arrays of up to 32 KiB lie where the kernel's own memory does. Anything larger, and global data,
 * is mapped page by page, and where each system call starts with an empty TLB a page costs more
 * than all that is done with it. So there is no global data here, and there are not more places.
 */
#define PLACES 448

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

/*
 * A line of a processor's cache: most of what a short life costs here is such lines that are not in
 * the cache. What few processes have is in struct details.
 */
struct process {
    __u64 key; /* process_key() */
    __u64 job; /* the innermost; those around it follow by job_totals.outer */
    __u64 started_ns;
    __u32 live, threads, pid, ppid;
    __u32 flags; /* JOB_RECORD_* */
    __s32 leader_code;
    __u32 peak_pages;
    __u32 maxrss_at_exec; /* pages: what signal->maxrss had from earlier images */
    __u32 taken;          /* by how many, of a place; 0 in the map */
    __u8 shares_mm;       /* born of vfork: until it execs, its memory is its parent's */
    __u8 detailed;        /* it has details; a byte of its own, because flags are not atomic */
    __u16 unused;
};

/* As in job_record. */
struct usage {
    __u64 cpu_ns, user_ns, system_ns;
    __u64 runqueue_wait_ns, blkio_wait_ns;
    __u64 switches_voluntary, switches_involuntary;
    __u64 faults_minor, faults_major;
    __u64 read_bytes, write_bytes;
};

struct details {
    __u64 started_ns;   /* the process's: what another one has left under its key is told by it */
    struct usage ended; /* sums over its threads that have ended */
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
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct job_machine);
} machine SEC(".maps");

/* Where a process is kept if it can be: a place is found without a call. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, PLACES);
    __type(key, __u32);
    __type(value, struct process);
} places SEC(".maps");

/* Those whose place is taken by another one, and those that were moved in. */
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

static __always_inline struct job_machine *get_machine(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&machine, &zero);
}

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

#endif
