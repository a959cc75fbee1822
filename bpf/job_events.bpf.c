/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side of the ledger. Theory of operation:
 *
 * A job is a cgroup2 id in the map `jobs`. At fork a process whose cgroup is that of a job, or lies
 * below one, gets an entry, keyed by its signal_struct: the threads of a process share it, and it
 * stays the same when a thread other than the leader calls exec. Threads are counted in and out.
 * The only thread a process had leaves its figures in the record itself; of several each adds its
 * own to the process's details when it is off the processor for good. The last one makes the record
 * and adds it to the totals of every job it belongs to. A process that was moved into a job gets
 * its entry at the first event it is seen in.
 *
 * What an event costs is, by far, the lines of memory that are not in the processor's cache then,
 * and helpers' code counts among them: hence one line for each process, found without a call.
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

/* What is known from the start, with `live` threads so far. */
static __always_inline void fill_process(struct process *p, struct job_totals *job,
                                         struct task_struct *task, __u32 live)
{
    p->job = job->cgroup_id;
    p->started_ns = task->start_boottime;
    p->live = p->threads = live;
    p->pid = task->tgid;
    p->ppid = task->real_parent->tgid;
    p->flags = 0;
    p->leader_code = 0;
    p->peak_pages = p->maxrss_at_exec = 0;
    p->shares_mm = p->detailed = 0;
}

static __always_inline void count_process(struct job_totals *job, __u64 live)
{
    for_each_job(t, job)
    {
        add(&t->processes_started, 1);
        add(&t->threads_live, live);
    }
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
 * found no room then: in the map, where of several threads that are seen at once one makes it. One
 * that finds no room at its exit either is told as a lost record.
 */
APART struct process *find_process(struct task_struct *task, __u64 key, __u32 exiting)
{
    struct process *p = known_process(key), found = {0};
    struct job_totals *job;
    long r;

    if (p)
        return p;
    job = find_job(task);
    if (!job)
        return 0;
    fill_process(&found, job, task, threads_left(task));
    found.flags = JOB_RECORD_NO_START;
    r = put_in_map(&found, key, BPF_NOEXIST);
    if (!r)
        count_process(job, found.live);
    else if (r != -EEXIST && exiting && found.live == 1)
        for_each_job(t, job)
        {
            add(&t->processes_started, 1);
            add(&t->processes_ended, 1);
            add(&t->dropped, 1);
        }
    return bpf_map_lookup_elem(&processes, &key);
}

/* With details, the removal of which tells who ends the process. */
static __always_inline void begin_thread(struct task_struct *task, __u64 key)
{
    struct process *p = known_process(key);

    if (!p) {
        find_process(task, key, 0);
        return;
    }
    if (!p->detailed)
        find_details(p, key);
    __sync_fetch_and_add(&p->live, 1);
    __sync_fetch_and_add(&p->threads, 1);
    count_threads(&p->job, 1);
}

static __always_inline void begin_process(struct task_struct *child, __u64 key, __u64 parents_mm)
{
    struct process *p, apart = {0};
    struct job_totals *job;

    fetch(place_of(key));
    job = find_job(child);
    if (!job)
        return;
    p = take_place(key);
    if (p) {
        fill_process(p, job, child, 1);
        p->shares_mm = (__u64)child->mm == parents_mm;
        *(volatile __u64 *)&p->key = key;
    } else {
        fill_process(&apart, job, child, 1);
        apart.shares_mm = (__u64)child->mm == parents_mm;
        if (put_in_map(&apart, key, BPF_ANY) != 0)
            return;
    }
    count_process(job, 1);
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
    struct job_machine *m = get_machine();

    r->cgroup_id = p->job;
    r->started_ns = p->started_ns;
    r->ended_ns = bpf_ktime_get_boot_ns();
    r->peak_rss_bytes = p->peak_pages * (m ? m->page_bytes : 0);
    r->pid = p->pid;
    r->ppid = p->ppid;
    r->flags = p->flags;
    r->threads = p->threads;
    r->uid = task->cred->uid.val;
    r->status = p->leader_code;
    if (task->signal->flags & SIGNAL_GROUP_EXIT)
        r->status = status;
    copy_comm(r->comm, task);
}

/* How much of the record there is. A leader that ended before has left its name. */
static __always_inline __u32 fill_extra(struct job_record *r, const struct details *d,
                                        struct task_struct *task)
{
    if (!d)
        return JOB_RECORD_BRIEF;
    r->extra = d->extra;
    if (task->pid != task->tgid && d->comm[0])
        __builtin_memcpy(r->comm, d->comm, sizeof(r->comm));
    return sizeof(*r);
}

/* What is to be known of an entry once it may be another process's. */
struct last_look {
    __u64 job;
    bool_t alone, detailed, in_map;
};

/* Of several threads that go at once the one that removes the entry ends the process. */
static __always_inline bool_t remove(struct process *p, __u64 key, const struct last_look *was)
{
    if (was->in_map && !remove_from_map(key))
        return 0;
    if (was->detailed && bpf_map_delete_elem(&details, &key) != 0 && !was->in_map)
        return 0;
    if (!was->in_map)
        leave_place(p);
    return 1;
}

APART void finish(struct task_struct *task, struct process *p, __u64 key,
                  const struct last_look *was)
{
    struct job_record r = {.extra.denied_syscall = -1};
    struct details *d = was->detailed ? bpf_map_lookup_elem(&details, &key) : 0;
    __u32 size;

    fill_record(&r, p, task);
    size = fill_extra(&r, d, task);
    if (was->alone)
        read_only_thread(&r, task);
    else if (d)
        read_sums(&r, &d->ended);
    if (!remove(p, key, was)) {
        count_threads(&was->job, -1);
        return;
    }
    for_each_job(t, find_totals(&was->job)) emit(t, &r, size);
}

/*
 * One of several is off; whether it was the last one. What has no room among the details is not in
 * the process's record, yet in its jobs' sums.
 */
APART bool_t leave(struct process *p, struct task_struct *task, __u64 key, struct last_look *was)
{
    struct details *d = find_details(p, key);

    was->detailed = d != 0;
    if (d)
        add_thread(&d->ended, task);
    else
        for_each_job(t, find_totals(&was->job)) add_thread_to_totals(t, task);
    /* Threads may have names of their own; the process is known by its leader's. */
    if (d && task->pid == task->tgid)
        copy_comm(d->comm, task);
    /* Once this thread is off the count, another one's end may free the entry. */
    __sync_fetch_and_add(&p->live, -1);
    if (*(volatile __u32 *)&p->live == 0)
        return 1;
    count_threads(&was->job, -1);
    return 0;
}

/* A thread is off for good. */
static __always_inline void end_thread(struct task_struct *task, __u64 key)
{
    struct process *p = find_process(task, key, 1);
    struct last_look was;

    if (!p)
        return;
    if (task->pid == task->tgid)
        p->leader_code = task->exit_code;
    /* First seen at its end: the kernel's own figure is left. */
    if (!p->peak_pages && !task->signal->live.counter)
        note_peak(p, task);
    was.job = p->job;
    was.alone = p->threads == 1;
    was.in_map = !p->taken;
    was.detailed = p->detailed;
    if (!was.alone && !leave(p, task, key, &was))
        return;
    finish(task, p, key, &was);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    __u64 key = process_key(task);
    struct process *p;

    fetch(get_machine());
    p = find_process(task, key, 0);
    if (p && !task->signal->live.counter && !p->peak_pages)
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
    struct process *p = last ? known_process(key) : 0;

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
