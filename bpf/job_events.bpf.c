/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side of the ledger. Theory of operation:
 *
 * A job is a cgroup2 id in the map `jobs`. At fork a process whose cgroup is that of a job, or lies
 * below one, gets an entry in `processes`, keyed by its signal_struct: the threads of a process
 * share it, and it stays the same when a thread other than the leader calls exec. Threads are
 * counted in and out; each adds its figures to the entry when it is off the processor for good, and
 * the last one turns the entry into a record and adds it to the totals of every job it belongs to.
 * A process that was moved into a job gets its entry at the first event it is seen in.
 *
 * sched_process_exit comes before the last slice of run time has been added up, sched_process_free
 * only a grace period later. "Off the processor for good" is seen in one of two ways, and this file
 * is compiled once for each. With DEAD_BY_FENTRY it is task_dead_fair(), which the scheduler calls
 * once the dead thread has been switched away from: it costs nothing but at exits, and threads of
 * other scheduling classes, which have no such call, are finished at sched_process_exit. Otherwise
 * it is sched_switch away from a dead thread, for kernels that refuse fentry programs.
 */
#include "bpf/causes.bpf.h"
#include "bpf/emit.bpf.h"
#include "bpf/figures.bpf.h"
#include "bpf/maps.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define TASK_DEAD         0x80 /* include/linux/sched.h */
#define EXIT_DEAD         0x10
#define SIGNAL_GROUP_EXIT 4 /* the kernel's include/linux/sched/signal.h */
#define EEXIST            17

static __always_inline struct kernfs_node *directory_above(struct kernfs_node *kn)
{
    struct kernfs_node___v614 *old = (void *)kn;

    if (bpf_core_field_exists(kn->__parent))
        return BPF_CORE_READ(kn, __parent);
    return BPF_CORE_READ(old, parent);
}

/*
 * The innermost job that the task's cgroup is or lies in; 0: none. Newer kernels look through all
 * of their type information for each pointer that is loaded from a program's own argument: a
 * millisecond of the first attach. So only where it happens at each birth (`hot`) pointers are
 * loaded; elsewhere they are read by calls.
 */
static __always_inline __u64 find_job(struct task_struct *task, bool_t hot)
{
    struct kernfs_node *kn =
        hot ? task->cgroups->dfl_cgrp->kn : BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

    for (int i = 0; i < CGROUP_DEPTH && kn; i++) {
        __u64 id = BPF_CORE_READ(kn, id);

        if (bpf_map_lookup_elem(&jobs, &id))
            return id;
        kn = directory_above(kn);
    }
    return 0;
}

/* An entry with what is known from the start, not in the map yet; false: in no job. */
static __always_inline bool_t new_process(struct process *p, struct task_struct *task, bool_t hot)
{
    __builtin_memset(p, 0, sizeof(*p));
    p->job = find_job(task, hot);
    if (!p->job)
        return 0;
    p->record.started_ns = task->start_boottime;
    p->record.pid = task->tgid;
    p->record.ppid = hot ? task->real_parent->tgid : BPF_CORE_READ(task, real_parent, tgid);
    p->record.denied_syscall = -1;
    bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    return 1;
}

/* With `live` threads so far. 0, or why the map has it not taken. */
static __always_inline long enter_process(struct process *p, __u64 key, __u64 live, __u64 flags)
{
    long r;

    p->live = live;
    p->record.threads = live;
    r = bpf_map_update_elem(&processes, &key, p, flags);
    if (r)
        return r;
    for_each_job(t, p->job)
    {
        add(&t->processes_started, 1);
        add(&t->threads_live, live);
    }
    return 0;
}

static __always_inline void count_threads(__u64 job, __u64 change)
{
    for_each_job(t, job) add(&t->threads_live, change);
}

/* Threads that have yet to end; a leader that ended before stays until all of them have. */
static __always_inline __u64 threads_left(struct task_struct *task)
{
    __u64 threads = (__u32)BPF_CORE_READ(task, signal, nr_threads);

    if (task->exit_state == EXIT_DEAD) /* reaped already, this one, and yet to be counted out */
        return threads + 1;
    return threads > 1 && BPF_CORE_READ(task, group_leader, exit_state) ? threads - 1 : threads;
}

/*
 * The entry, made now for a process that was moved into a job after it had been forked, or that
 * found no room then. One that finds none at its exit either is told as a lost record.
 */
APART struct process *find_process(struct task_struct *task, __u64 key, __u32 exiting)
{
    struct process *p = bpf_map_lookup_elem(&processes, &key), found;
    __u64 live;
    long r;

    if (p || !new_process(&found, task, 0))
        return p;
    found.record.flags = JOB_RECORD_NO_START;
    live = threads_left(task);
    r = enter_process(&found, key, live, BPF_NOEXIST);
    if (r && r != -EEXIST && exiting && live == 1)
        for_each_job(t, found.job)
        {
            add(&t->processes_started, 1);
            add(&t->processes_ended, 1);
            add(&t->dropped, 1);
        }
    return bpf_map_lookup_elem(&processes, &key);
}

static __always_inline void begin_thread(struct task_struct *task, __u64 key)
{
    struct process *p = bpf_map_lookup_elem(&processes, &key);

    if (!p) {
        find_process(task, key, 0);
        return;
    }
    add(&p->live, 1);
    __sync_fetch_and_add(&p->record.threads, 1);
    count_threads(p->job, 1);
}

APART int begin_process(struct task_struct *child, __u64 key, __u64 parents_mm)
{
    struct process p;

    if (!new_process(&p, child, 1))
        return 0;
    p.shares_mm = (__u64)BPF_CORE_READ(child, mm) == parents_mm;
    /* What a job that was removed too early has left under the same key is replaced. */
    return (int)enter_process(&p, key, 1, BPF_ANY);
}

static __always_inline void begin(struct task_struct *parent, struct task_struct *child)
{
    __u64 key = process_key(child);

    if (key == process_key(parent))
        begin_thread(child, key);
    else
        begin_process(child, key, (__u64)BPF_CORE_READ(parent, mm));
}

/*
 * One of these two is attached. Newer kernels let a program be preempted, and pass over the events
 * of whoever runs there meanwhile; so where maps may grow under the run-queue lock (6.1), births
 * are seen beneath it. The threads that the kernel makes for io_uring are seen there only.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    begin(parent, child);
    return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_new, struct task_struct *child)
{
    begin((struct task_struct *)bpf_get_current_task(), child);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    __u64 key = process_key(task);
    struct process *p = find_process(task, key, 0);

    if (!p)
        return 0;
    p->record.flags |= JOB_RECORD_EXECED;
    p->shares_mm = 0;
    bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    p->maxrss_at_exec = BPF_CORE_READ(signal_of(key), maxrss);
    bpf_probe_read_kernel_str(p->record.exe, sizeof(p->record.exe), BPF_CORE_READ(bprm, filename));
    return 0;
}

static __always_inline void end_process(struct task_struct *task, struct process *p, __u64 key)
{
    struct job_record *r = &p->record;

    r->ended_ns = bpf_ktime_get_boot_ns();
    r->uid = task->cred->uid.val;
    r->status = p->leader_code;
    if (BPF_CORE_READ(signal_of(key), flags) & SIGNAL_GROUP_EXIT)
        r->status = BPF_CORE_READ(signal_of(key), group_exit_code);
    for_each_job(t, p->job) emit(t, r, for_each_job_id);
}

APART void finish(struct task_struct *task, struct process *p, __u64 key, __u64 job)
{
    struct process copy;

    __builtin_memcpy(&copy, p, sizeof(copy));
    if (bpf_map_delete_elem(&processes, &key) == 0)
        end_process(task, &copy, key);
    else
        count_threads(job, -1);
}

/* A thread is off for good. Of several that go at once the one that removes the entry ends it. */
static __always_inline void end_thread(struct task_struct *task, __u64 key)
{
    struct process *p = find_process(task, key, 1);
    __u64 job;

    if (!p)
        return;
    add_thread(p, task);
    /* Threads may have names of their own; the process is known by its leader's. */
    if (task->pid == task->tgid) {
        p->leader_code = task->exit_code;
        bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    }
    /* Once this thread is off the count, another one's end may free the entry. */
    job = *(volatile __u64 *)&p->job;
    add(&p->live, -1);
    if (*(volatile __u64 *)&p->live != 0) {
        count_threads(job, -1);
        return;
    }
    /* First seen at its end: the kernel's own figure is left. */
    if (!p->record.peak_rss_bytes)
        note_peak(p, task);
    finish(task, p, key, job);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    __u64 key = process_key(task);
    struct process *p = find_process(task, key, 0);

    if (p && !BPF_CORE_READ(signal_of(key), live.counter) && !p->record.peak_rss_bytes)
        note_peak(p, task);
#ifdef DEAD_BY_FENTRY
    if (!task->sched_class->task_dead)
        end_thread(task, key);
#endif
    return 0;
}

#ifdef DEAD_BY_FENTRY

/* The last thread has begun to exit and still has its memory, on every kernel. */
SEC("fentry/acct_collect")
int BPF_PROG(on_last, long code, int last)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();
    __u64 key = process_key(task);
    struct process *p = bpf_map_lookup_elem(&processes, &key);

    if (p && last)
        note_peak(p, task);
    return 0;
}

SEC("fentry/task_dead_fair")
int BPF_PROG(on_dead, struct task_struct *task)
{
    end_thread(task, process_key(task));
    return 0;
}

#else

SEC("tp_btf/sched_switch")
int BPF_PROG(on_dead, int preempt, struct task_struct *task)
{
    if (task_state(task) == TASK_DEAD)
        end_thread(task, process_key(task));
    return 0;
}

#endif
