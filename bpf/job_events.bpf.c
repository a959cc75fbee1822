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

/* The innermost job that the task's cgroup is or lies in; 0: none. */
static __always_inline struct job_totals *find_job(struct task_struct *task)
{
    struct cgroup *cgroup = task->cgroups->dfl_cgrp;

    for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
        struct cgroup_subsys_state *parent = cgroup->self.parent;
        __u64 id = cgroup->kn->id;
        struct job_totals *t = find_totals(&id);

        if (t)
            return t;
        cgroup = parent ? parent->cgroup : 0;
    }
    return 0;
}

/* With what is known from the start, and `live` threads so far. 0, or why there is no entry. */
static __always_inline long enter_process(struct job_totals *job, struct task_struct *task,
                                          struct process *p, __u64 key, __u64 flags)
{
    long r;

    p->job = job->cgroup_id;
    p->started_ns = task->start_boottime;
    p->pid = task->tgid;
    p->ppid = task->real_parent->tgid;
    p->threads = p->live;
    r = bpf_map_update_elem(&processes, &key, p, flags);
    if (r)
        return r;
    for_each_job(t, job)
    {
        add(&t->processes_started, 1);
        add(&t->threads_live, p->live);
    }
    return 0;
}

static __always_inline void count_threads(const __u64 *job, __u64 change)
{
    for_each_job(t, find_totals(job)) add(&t->threads_live, change);
}

/* Threads that have yet to end; a leader that ended before stays until all of them have. */
static __always_inline __u64 threads_left(struct task_struct *task)
{
    __u64 threads = (__u32)task->signal->nr_threads;

    if (task->exit_state == EXIT_DEAD) /* reaped already, this one, and yet to be counted out */
        return threads + 1;
    return threads > 1 && task->group_leader->exit_state ? threads - 1 : threads;
}

/*
 * The entry, made now for a process that was moved into a job after it had been forked, or that
 * found no room then. One that finds none at its exit either is told as a lost record.
 */
APART struct process *find_process(struct task_struct *task, __u64 key, __u32 exiting)
{
    struct process *p = bpf_map_lookup_elem(&processes, &key), found = {0};
    struct job_totals *job;
    long r;

    if (p)
        return p;
    job = find_job(task);
    if (!job)
        return 0;
    found.flags = JOB_RECORD_NO_START;
    found.live = threads_left(task);
    r = enter_process(job, task, &found, key, BPF_NOEXIST);
    if (r && r != -EEXIST && exiting && found.live == 1)
        for_each_job(t, job)
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
    __sync_fetch_and_add(&p->threads, 1);
    count_threads(&p->job, 1);
}

APART int begin_process(struct task_struct *child, __u64 key, __u64 parents_mm)
{
    struct job_totals *job = find_job(child);
    struct process p = {.live = 1};

    if (!job)
        return 0;
    p.shares_mm = (__u64)child->mm == parents_mm;
    /* What a job that was removed too early has left under the same key is replaced. */
    return (int)enter_process(job, child, &p, key, BPF_ANY);
}

static __always_inline void begin(struct task_struct *child, __u64 parents_mm)
{
    if (child->pid != child->tgid)
        begin_thread(child, process_key(child));
    else
        begin_process(child, process_key(child), parents_mm);
}

/*
 * One of these two is attached. Newer kernels let a program be preempted, and pass over the events
 * of whoever runs there meanwhile; so where maps may grow under the run-queue lock (6.1), births
 * are seen beneath it. The threads that the kernel makes for io_uring are seen there only.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    begin(child, (__u64)parent->mm);
    return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_new, struct task_struct *child)
{
    if (current_is_typed())
        begin(child, (__u64)bpf_get_current_task_btf()->mm);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    __u64 key = process_key(task);
    struct process *p = find_process(task, key, 0);
    struct details *d;

    if (!p)
        return 0;
    p->flags |= JOB_RECORD_EXECED;
    p->shares_mm = 0;
    p->maxrss_at_exec = task->signal->maxrss;
    d = find_details(p, key);
    if (d)
        bpf_probe_read_kernel_str(d->extra.exe, sizeof(d->extra.exe), bprm->filename);
    return 0;
}

/* By now the thread's own name and code are the last it had. */
static __always_inline void fill_record(struct job_record *r, const struct process *p,
                                        struct task_struct *task)
{
    __s32 status = (__s32)held((__u32)task->signal->group_exit_code);

    r->cgroup_id = p->job;
    r->started_ns = p->started_ns;
    r->ended_ns = bpf_ktime_get_boot_ns();
    r->peak_rss_bytes = p->peak_rss_bytes;
    r->pid = p->pid;
    r->ppid = p->ppid;
    r->flags = p->flags;
    r->threads = p->threads;
    r->uid = task->cred->uid.val;
    r->status = p->leader_code;
    if (task->signal->flags & SIGNAL_GROUP_EXIT)
        r->status = status;
    copy_comm(r->comm, task);
    if (p->threads == 1)
        read_only_thread(r, task);
    else
        read_sums(r, &p->ended);
}

/* How much of the record there is. A leader that ended before has left its name. */
static __always_inline __u32 fill_extra(struct job_record *r, __u64 key, bool_t is_leader)
{
    struct details *d = bpf_map_lookup_elem(&details, &key);

    if (!d)
        return JOB_RECORD_BRIEF;
    r->extra = d->extra;
    if (!is_leader && d->comm[0])
        __builtin_memcpy(r->comm, d->comm, sizeof(r->comm));
    bpf_map_delete_elem(&details, &key);
    return sizeof(*r);
}

/* Of several threads that go at once the one that removes the entry ends the process. */
APART void finish(struct task_struct *task, struct process *p, __u64 key)
{
    __u32 detailed = p->detailed, size = JOB_RECORD_BRIEF;
    struct job_record r = {.extra.denied_syscall = -1};

    fill_record(&r, p, task);
    if (bpf_map_delete_elem(&processes, &key) != 0) {
        count_threads(&r.cgroup_id, -1);
        return;
    }
    if (detailed)
        size = fill_extra(&r, key, task->pid == task->tgid);
    for_each_job(t, find_totals(&r.cgroup_id)) emit(t, &r, size);
}

/* Threads may have names of their own; the process is known by its leader's. */
static __always_inline void keep_comm(struct process *p, struct task_struct *task, __u64 key)
{
    struct details *d = find_details(p, key);

    if (d)
        copy_comm(d->comm, task);
}

/* One of several is off; whether it was the last one. */
static __always_inline bool_t leave(struct process *p, struct task_struct *task, __u64 key)
{
    __u64 job = p->job;

    add_thread(&p->ended, task);
    /* Once this thread is off the count, another one's end may free the entry. */
    add(&p->live, -1);
    if (*(volatile __u64 *)&p->live == 0)
        return 1;
    count_threads(&job, -1);
    return 0;
}

/* A thread is off for good. */
static __always_inline void end_thread(struct task_struct *task, __u64 key)
{
    struct process *p = find_process(task, key, 1);
    bool_t is_leader = task->pid == task->tgid;

    if (!p)
        return;
    if (is_leader)
        p->leader_code = task->exit_code;
    if (p->threads != 1) {
        if (is_leader && p->live > 1)
            keep_comm(p, task, key);
        if (!leave(p, task, key))
            return;
    }
    /* First seen at its end: the kernel's own figure is left. */
    if (!p->peak_rss_bytes)
        note_peak(p, task);
    finish(task, p, key);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    __u64 key = process_key(task);
    struct process *p = find_process(task, key, 0);

    if (p && !task->signal->live.counter && !p->peak_rss_bytes)
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
    __u64 key = current_key();
    struct process *p = last ? bpf_map_lookup_elem(&processes, &key) : 0;

    if (!p)
        return 0;
    if (current_is_typed())
        note_peak(p, bpf_get_current_task_btf());
    else
        note_peak_read(p, (struct task_struct *)bpf_get_current_task(), 0);
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
