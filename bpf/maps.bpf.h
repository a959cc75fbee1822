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

#define PAGE_BYTES_MAX (64 * 1024) /* of any architecture: what a ring's size is a multiple of */

/*
 * Under the run-queue lock kernels before 6.1 (EARLY) must neither allocate nor free: there, where
 * a thread's end is seen beneath it, the maps that it changes are allocated beforehand, with room
 * for fewer.
 */
#if defined(EARLY) && !defined(DEAD_BY_FENTRY)
#define GROW      0
#define PROCESSES (JOB_PROCESSES / 4)
#else
#define GROW      BPF_F_NO_PREALLOC
#define PROCESSES JOB_PROCESSES
#endif

const volatile struct job_constants constants = {PAGE_BYTES, RING_BYTES, 1, 0};

/*
 * An event costs little but the lines of memory that are not in the processor's cache by then: so
 * an entry is one of them, and what few processes have is apart. Arrays of up to 32 KiB, and the
 * hash table of the jobs, lie where the kernel's own memory does; anything larger, and global data,
 * is mapped page by page, which on some virtual machines costs more than all that is done with it.
 */
struct process {
    __u64 job; /* the innermost; those around it follow by job_totals.outer */
    __u64 started_ns;
    __u64 peak_rss_bytes;
    __u32 live, threads, pid, ppid, uid;
    __u32 flags; /* JOB_RECORD_* */
    __s32 leader_code;
    __u32 maxrss_at_exec; /* pages: what signal->maxrss had from earlier images */
    __u8 shares_mm;       /* born of vfork: until it execs, its memory is its parent's */
    __u8 has_extra;       /* a byte of its own, because flags are not atomic */
    __u16 unused[3];
};

struct extra {
    __u64 started_ns; /* the process's: what another one has left under its key is told by it */
    struct job_usage ended;   /* of threads that did, where there was more than one */
    char comm[JOB_COMM_SIZE]; /* the leader's, if it ended before the others */
    struct job_extra extra;
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
 * The job that each ring is for, or was: a job's number does not come again. Apart from the totals,
 * so that user space can set it without overwriting what is being added; an array, because elements
 * of one are found without a call.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, JOB_RINGS);
    __type(key, __u32);
    __type(value, __u64);
} ring_jobs SEC(".maps");

/* How far each processor's own variables lie off; 0: not known yet. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, JOB_CPUS);
    __type(key, __u32);
    __type(value, __u64);
} cpu_offsets SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, PROCESSES);
    __uint(map_flags, GROW);
    __type(key, __u64);
    __type(value, struct process);
} processes SEC(".maps");

/* Of those that have several threads, have executed something or been sent a signal. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, PROCESSES);
    __uint(map_flags, GROW);
    __type(key, __u64);
    __type(value, struct extra);
} extras SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, RING_BYTES / JOB_TABLE_PART);
    __uint(map_flags, GROW);
    __type(key, struct job_table_key);
    __type(value, struct job_report);
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

/* Each is made when it is claimed for the first time, with constants.ring_bytes. */
struct ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, PAGE_BYTES_MAX);
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, JOB_RINGS);
    __type(key, __u32);
    __array(values, struct ring);
} rings SEC(".maps");

static __always_inline struct job_totals *find_totals(__u64 job)
{
    return bpf_map_lookup_elem(&jobs, &job);
}

static __always_inline struct job_totals *outer_job(const struct job_totals *t)
{
    return t->outer ? find_totals(t->outer) : 0;
}

/* A job, by its totals, and those around it; within the body, `t` is each one's totals. */
#define for_each_job(t, innermost)                                                                 \
    for (int _depth = 0, _once = 1; _once; _once = 0)                                              \
        for (struct job_totals *t = (innermost); t && _depth < JOB_DEPTH;                          \
             t = outer_job(t), _depth++)

/* The key of a process: the address of what its threads share. */
static __always_inline __u64 read_key(struct task_struct *task)
{
    return (__u64)BPF_CORE_READ(task, signal);
}

static __always_inline __u64 current_key(void)
{
    return read_key((struct task_struct *)bpf_get_current_task());
}

static __always_inline struct process *known_process(__u64 key)
{
    return bpf_map_lookup_elem(&processes, &key);
}

/* Made now for a process that has none yet; 0: there was no room, and they stay unknown. */
APART struct extra *find_extra(struct process *p, __u64 key)
{
    struct extra fresh = {.started_ns = p->started_ns, .extra.denied_syscall = -1}, *x = 0;

    if (p->has_extra)
        x = bpf_map_lookup_elem(&extras, &key);
    if (x)
        return x;
    bpf_map_update_elem(&extras, &key, &fresh, BPF_NOEXIST);
    x = bpf_map_lookup_elem(&extras, &key);
    /* Not another thread's, made just now, but what a job that was removed too early has left. */
    if (x && x->started_ns != fresh.started_ns) {
        bpf_map_update_elem(&extras, &key, &fresh, BPF_EXIST);
        x = bpf_map_lookup_elem(&extras, &key);
    }
    if (x)
        p->has_extra = 1;
    return x;
}

#endif
