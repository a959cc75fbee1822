/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side of the ledger. Theory of operation:
 *
 * A job is a cgroup2 id in the map `jobs`. At fork a process whose cgroup is that of a job, or lies
 * below one, gets an entry in `processes`, keyed by its signal_struct: the threads of a process
 * share it, and it stays the same when a thread other than the leader calls exec. Threads are
 * counted in and out; of several each adds its figures to the process's extra entry when it is off
 * the processor for good. The last one makes the record and adds it to the totals of every job that
 * the process belongs to. A process that was moved into a job gets its entry at the first event it
 * is seen in.
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
 * millisecond of the first attach. So only where it happens at each birth and death (`hot`)
 * pointers are loaded; elsewhere they are read by calls.
 */
static __always_inline struct job_totals *find_job(struct task_struct *task, bool_t hot)
{
    struct kernfs_node *kn =
        hot ? task->cgroups->dfl_cgrp->kn : BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
    struct job_totals *t = find_totals(hot ? kn->id : BPF_CORE_READ(kn, id));

    for (int i = 1; i < CGROUP_DEPTH && !t; i++) {
        kn = directory_above(kn);
        if (!kn)
            break;
        t = find_totals(BPF_CORE_READ(kn, id));
    }
    return t;
}

/* An entry with what is known from the start, not in the map yet. */
static __always_inline void fill_process(struct process *p, const struct job_totals *job,
                                         struct task_struct *task, bool_t hot)
{
    __builtin_memset(p, 0, sizeof(*p));
    p->job = job->cgroup_id;
    p->started_ns = task->start_boottime;
    p->pid = task->tgid;
    p->ppid = hot ? task->real_parent->tgid : BPF_CORE_READ(task, real_parent, tgid);
}

/* With `live` threads so far. 0, or why the map has it not taken. */
static __always_inline long enter_process(struct process *p, struct job_totals *job, __u64 key,
                                          __u64 live, __u64 flags)
{
    long r;

    p->live = p->threads = (__u32)live;
    r = bpf_map_update_elem(&processes, &key, p, flags);
    if (r)
        return r;
    for_each_job(t, job)
    {
        add(&t->processes_started, 1);
        add(&t->threads_live, live);
    }
    return 0;
}

static __always_inline void count_threads(__u64 job, __u64 change)
{
    for_each_job(t, find_totals(job)) add(&t->threads_live, change);
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
    struct process *p = known_process(key), found;
    struct job_totals *job;
    __u64 live;
    long r;

    if (p)
        return p;
    job = find_job(task, 0);
    if (!job)
        return 0;
    fill_process(&found, job, task, 0);
    found.flags = JOB_RECORD_NO_START;
    found.uid = BPF_CORE_READ(task, cred, uid.val);
    live = threads_left(task);
    r = enter_process(&found, job, key, live, BPF_NOEXIST);
    if (r && r != -EEXIST && exiting && live == 1)
        for_each_job(t, job)
        {
            add(&t->processes_started, 1);
            add(&t->processes_ended, 1);
            add(&t->dropped, 1);
        }
    return known_process(key);
}

static __always_inline void begin_thread(struct task_struct *task, __u64 key)
{
    struct process *p = known_process(key);

    if (!p) {
        find_process(task, key, 0);
        return;
    }
    __sync_fetch_and_add(&p->live, 1);
    __sync_fetch_and_add(&p->threads, 1);
    count_threads(p->job, 1);
}

APART int begin_process(struct task_struct *child, __u64 key)
{
    struct job_totals *job = find_job(child, 1);
    struct mm_struct *mm = child->mm;
    struct process p;

    if (!job)
        return 0;
    fill_process(&p, job, child, 1);
    /* Nobody but a parent can have it yet. */
    p.shares_mm = mm && mm->mm_users.counter > 1;
    /* What a job that was removed too early has left under the same key is replaced. */
    return (int)enter_process(&p, job, key, 1, BPF_ANY);
}

static __always_inline void begin(struct task_struct *child)
{
    __u64 key = (__u64)child->signal;

    if (child->pid != child->tgid)
        begin_thread(child, key);
    else
        begin_process(child, key);
}

/*
 * Newer kernels let a program be preempted, and pass over the events of whoever runs there
 * meanwhile; so where maps may grow under the run-queue lock (6.1), births are seen beneath it. The
 * threads that the kernel makes for io_uring are seen there only.
 */
#ifdef EARLY
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_birth, struct task_struct *parent, struct task_struct *child)
#else
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_birth, struct task_struct *child)
#endif
{
    begin(child);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    __u64 key = read_key(task);
    struct process *p = find_process(task, key, 0);
    struct extra *x;

    if (!p)
        return 0;
    p->flags |= JOB_RECORD_EXECED;
    p->shares_mm = 0;
    p->maxrss_at_exec = BPF_CORE_READ(task, signal, maxrss);
    x = find_extra(p, key);
    if (x)
        bpf_probe_read_kernel_str(x->extra.exe, sizeof(x->extra.exe), bprm->filename);
    return 0;
}

/* By now the thread's own name and code are the last it had. */
static __always_inline void fill_record(struct job_record *r, const struct process *p,
                                        struct task_struct *task, struct signal_struct *signal)
{
    __s32 group_code = (__s32)held((__u32)signal->group_exit_code);

    r->started_ns = p->started_ns;
    r->ended_ns = bpf_ktime_get_boot_ns();
    r->peak_rss_bytes = p->peak_rss_bytes;
    r->pid = p->pid;
    r->ppid = p->ppid;
    r->flags = p->flags;
    r->threads = p->threads;
    r->uid = p->uid;
    r->status = signal->flags & SIGNAL_GROUP_EXIT ? group_code : p->leader_code;
    copy_comm(r->comm, task);
}

/* How much of the report there is. Of its threads' names the leader's is the process's. */
static __always_inline __u32 fill_extra(struct job_report *r, const struct extra *x,
                                        struct task_struct *task)
{
    if (!x)
        return sizeof(r->record);
    if (r->record.threads > 1)
        r->record.used = x->ended;
    if (task->pid != task->tgid && x->comm[0])
        __builtin_memcpy(r->record.comm, x->comm, sizeof(r->record.comm));
    r->extra = x->extra;
    return sizeof(*r);
}

/*
 * Of several threads that go at once the one that removes the entry ends the process. The report is
 * on the stack, most of which it fills: a per-processor map would be shared by all that preempt
 * each other, which newer kernels let programs do (Linux 7 does, and real-time ones).
 */
APART void finish(struct task_struct *task, struct signal_struct *signal, struct process *p,
                  __u64 job)
{
    struct job_report r = {.extra.denied_syscall = -1};
    __u64 key = (__u64)signal;
    bool_t has_extra = p->has_extra;
    __u32 size;

    fill_record(&r.record, p, task, signal);
    if (r.record.threads == 1)
        read_thread(&r.record.used, task, 1);
    size = fill_extra(&r, has_extra ? bpf_map_lookup_elem(&extras, &key) : 0, task);
    if (bpf_map_delete_elem(&processes, &key) != 0) {
        count_threads(job, -1);
        return;
    }
    if (has_extra)
        bpf_map_delete_elem(&extras, &key);
    for_each_job(t, find_totals(job)) emit(t, &r, size);
}

/*
 * One of several threads is off; whether it was the last. What has no room among the extras is not
 * in the process's record, yet in its jobs' sums.
 */
APART bool_t leave(struct process *p, struct task_struct *task, __u64 key, __u64 job)
{
    struct extra *x = find_extra(p, key);
    struct job_usage used;

    read_thread(&used, task, 0);
    if (x)
        add_usage(&x->ended, &used);
    else
        for_each_job(t, find_totals(job)) add_usage(&t->used, &used);
    if (x && task->pid == task->tgid)
        copy_comm(x->comm, task);
    /* Once this thread is off the count, another one's end may free the entry. */
    __sync_fetch_and_add(&p->live, -1);
    if (*(volatile __u32 *)&p->live == 0)
        return 1;
    count_threads(job, -1);
    return 0;
}

/* A thread is off for good. */
static __always_inline void end_thread(struct task_struct *task)
{
    struct signal_struct *signal = task->signal;
    __u64 key = (__u64)signal, job;
    struct process *p = find_process(task, key, 1);

    if (!p)
        return;
    job = *(volatile __u64 *)&p->job;
    if (task->pid == task->tgid)
        p->leader_code = task->exit_code;
    if (p->threads > 1 && !leave(p, task, key, job))
        return;
    /* First seen at its end: the kernel's own figure is left. */
    if (!p->peak_rss_bytes)
        note_peak_apart(p, task);
    finish(task, signal, p, job);
}

/* The last of a process's threads has begun to exit. */
static __always_inline void note_last(struct process *p, struct task_struct *task,
                                      struct signal_struct *signal)
{
    p->uid = (__u32)bpf_get_current_uid_gid();
    if (!p->peak_rss_bytes)
        note_peak(p, task, signal);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    struct signal_struct *signal = task->signal;
    struct process *p = find_process(task, (__u64)signal, 0);

    if (p && !signal->live.counter)
        note_last(p, task, signal);
#ifdef DEAD_BY_FENTRY
    if (!task->sched_class->task_dead)
        end_thread(task);
#endif
    return 0;
}

#ifdef DEAD_BY_FENTRY

/* The last thread has begun to exit and still has its memory, on every kernel. */
SEC("fentry/acct_collect")
int BPF_PROG(on_last, long code, int last)
{
    struct process *p = last ? known_process(current_key()) : 0;

    if (p)
        note_peak_apart(p, (struct task_struct *)bpf_get_current_task());
    return 0;
}

SEC("fentry/task_dead_fair")
int BPF_PROG(on_dead, struct task_struct *task)
{
    end_thread(task);
    return 0;
}

#else

SEC("tp_btf/sched_switch")
int BPF_PROG(on_dead, int preempt, struct task_struct *task)
{
    if (task_state(task) == TASK_DEAD)
        end_thread(task);
    return 0;
}

#endif
