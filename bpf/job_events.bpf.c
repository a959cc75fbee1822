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
 * is compiled once for each: DEAD_BY_FENTRY  task_dead_fair(), which the scheduler calls once the
 * dead thread has been switched away from. It costs nothing but at exits. Threads of other
 * scheduling classes have no such call and are finished at sched_process_exit. otherwise
 * sched_switch away from a dead thread: for kernels that refuse fentry programs.
 */
#include <linux/bpf.h>
/* After <linux/bpf.h>, whose types they use. */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/job_events.h"
#include "bpf/kernel_types.h"

char LICENSE[] SEC("license") = "GPL";

#define JOB_DEPTH    4  /* jobs within jobs */
#define CGROUP_DEPTH 16 /* levels of cgroups looked at */
#define TABLE_TRIES  8

#define TASK_DEAD         0x80 /* include/linux/sched.h */
#define SIGNAL_GROUP_EXIT 4    /* the kernel's include/linux/sched/signal.h */
#define SIGNAL_LOSE_INFO  4    /* include/trace/events/signal.h: delivered, without its origin */
#define SEND_SIG_NOINFO   0    /* in place of a siginfo's address: from a process */
#define SEND_SIG_PRIV     1    /* from the kernel */
#define SI_USER           0
#define SI_QUEUE          (-1)
#define SI_TKILL          (-6)
#define SIGKILL           9
#define SIGCHLD           17
#define SIGCONT           18
#define SIGURG            23
#define SIGWINCH          28
#define SIGSYS            31
#define PAGE_BYTES        4096
#define EEXIST            17
#define CPUS              256 /* whose parts of a counter are added up */

/* Resident pages are counted apart, as these three; 2 is what is swapped out. */
#define MM_FILEPAGES  0
#define MM_ANONPAGES  1
#define MM_SHMEMPAGES 3

/* What a refusing filter returns; others only log, ask a tracer or a supervisor. */
#define SECCOMP_ACTION       0xffff0000u
#define SECCOMP_KILL_PROCESS 0x80000000u
#define SECCOMP_KILL_THREAD  0x00000000u
#define SECCOMP_TRAP         0x00030000u
#define SECCOMP_ERRNO        0x00050000u

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

const volatile __u64 page_bytes = PAGE_BYTES;
const volatile __u32 cpus = 1;

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
    __uint(max_entries, JOB_TABLE_SIZE);
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
        __uint(max_entries, JOB_RING_SIZE);                                                        \
    } ring_##n SEC(".maps")

RING(0);
RING(1);
RING(2);
RING(3);
RING(4);
RING(5);
RING(6);
RING(7);

/* A process does not fit the stack. One for each kind of program: they can interrupt each other. */
enum scratch_user { SCRATCH_START, SCRATCH_END, SCRATCH_COUNT };

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SCRATCH_COUNT);
    __type(key, __u32);
    __type(value, struct process);
} scratch SEC(".maps");

static __always_inline void add(__u64 *to, __u64 amount)
{
    __sync_fetch_and_add(to, amount);
}

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

/* The innermost job that the task's cgroup is or lies in; 0: none. */
static __always_inline __u64 find_job(struct task_struct *task)
{
    struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

    for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
        struct cgroup_subsys_state *parent = BPF_CORE_READ(cgroup, self.parent);
        __u64 id = BPF_CORE_READ(cgroup, kn, id);

        if (bpf_map_lookup_elem(&jobs, &id))
            return id;
        cgroup = parent ? BPF_CORE_READ(parent, cgroup) : 0;
    }
    return 0;
}

/* A cleared entry with what is known from the start, not in the map yet; NULL: in no job. */
static __always_inline struct process *new_process(struct task_struct *task)
{
    __u32 slot = SCRATCH_START;
    struct process *p = bpf_map_lookup_elem(&scratch, &slot);

    if (!p)
        return 0;
    __builtin_memset(p, 0, sizeof(*p));
    p->job = find_job(task);
    if (!p->job)
        return 0;
    p->record.started_ns = BPF_CORE_READ(task, start_boottime);
    p->record.pid = BPF_CORE_READ(task, tgid);
    p->record.ppid = BPF_CORE_READ(task, real_parent, tgid);
    p->record.denied_syscall = -1;
    bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    return p;
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

    return threads > 1 && BPF_CORE_READ(task, group_leader, exit_state) ? threads - 1 : threads;
}

/*
 * The entry, made now for a process that was moved into a job after it had been forked, or that
 * found no room then. One that finds none at its exit either is told as a lost record.
 */
static __always_inline struct process *find_process(struct task_struct *task, __u64 key,
                                                    __u32 exiting)
{
    struct process *p = bpf_map_lookup_elem(&processes, &key);
    __u64 live;
    long r;

    if (p)
        return p;
    p = new_process(task);
    if (!p)
        return 0;
    p->record.flags = JOB_RECORD_NO_START;
    live = threads_left(task);
    r = enter_process(p, key, live, BPF_NOEXIST);
    if (r && r != -EEXIST && exiting && live == 1)
        for_each_job(t, p->job)
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

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    __u64 key = process_key(child);
    struct process *p;

    if (key == process_key(parent)) {
        begin_thread(child, key);
        return 0;
    }
    p = new_process(child);
    if (!p)
        return 0;
    p->shares_mm = BPF_CORE_READ(child, mm) == BPF_CORE_READ(parent, mm);
    /* What a job that was removed too early has left under the same key is replaced. */
    enter_process(p, key, 1, BPF_ANY);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    struct process *p = find_process(task, process_key(task), 0);

    if (!p)
        return 0;
    p->record.flags |= JOB_RECORD_EXECED;
    p->shares_mm = 0;
    bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    p->maxrss_at_exec = BPF_CORE_READ(task, signal, maxrss);
    bpf_probe_read_kernel_str(p->record.exe, sizeof(p->record.exe), BPF_CORE_READ(bprm, filename));
    return 0;
}

/*
 * How far the processor's own variables lie from where per-CPU pointers point to, seen on a map of
 * this program's, of which pointer and address are both known. 0: the kernel does not tell.
 */
static __always_inline long cpu_offset(__u32 cpu)
{
    const void *copied = &scratch;
    struct bpf_array *array = 0;
    __u32 slot = SCRATCH_START;
    char *pointer, *address = 0;

    bpf_probe_read_kernel(&array, sizeof(array), &copied);
    pointer = BPF_CORE_READ(array, pptrs[SCRATCH_START]);
    copied = bpf_map_lookup_percpu_elem(&scratch, &slot, cpu);
    bpf_probe_read_kernel(&address, sizeof(address), &copied);
    return pointer && address ? address - pointer : 0;
}

static __always_inline long cpu_part(struct mm_struct *mm, int which, long offset)
{
    char *parts = (char *)BPF_CORE_READ(mm, rss_stat[which].counters);
    int part = 0;

    bpf_probe_read_kernel(&part, sizeof(part), parts + offset);
    return part;
}

/*
 * Since 6.2 each processor keeps a part of each counter to itself, up to 32 pages or twice as many
 * as there are processors. The counters without them could be off by that, times the processors.
 */
static __always_inline long resident_apart(struct mm_struct *mm)
{
    long pages = 0;

    for (__u32 cpu = 0; cpu < CPUS && cpu < cpus; cpu++) {
        long offset = cpu_offset(cpu);

        if (!offset)
            break;
        pages += cpu_part(mm, MM_FILEPAGES, offset) + cpu_part(mm, MM_ANONPAGES, offset) +
                 cpu_part(mm, MM_SHMEMPAGES, offset);
    }
    return pages;
}

/* Pages resident now. */
static __always_inline __u64 resident(struct mm_struct *mm)
{
    struct mm_struct___v61 *old = (void *)mm;
    long pages = 0;

    if (bpf_core_field_exists(old->rss_stat.count))
        pages = BPF_CORE_READ(old, rss_stat.count[MM_FILEPAGES].counter) +
                BPF_CORE_READ(old, rss_stat.count[MM_ANONPAGES].counter) +
                BPF_CORE_READ(old, rss_stat.count[MM_SHMEMPAGES].counter);
    else if (bpf_core_field_exists(mm->rss_stat))
        pages = BPF_CORE_READ(mm, rss_stat[MM_FILEPAGES].count) +
                BPF_CORE_READ(mm, rss_stat[MM_ANONPAGES].count) +
                BPF_CORE_READ(mm, rss_stat[MM_SHMEMPAGES].count) + resident_apart(mm);
    return pages > 0 ? pages : 0;
}

/* Called as the last of its threads exits. */
static __always_inline void note_peak(struct process *p, struct task_struct *task)
{
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    __u64 maxrss = BPF_CORE_READ(task, signal, maxrss), pages = 0, now;

    if (mm) {
        pages = BPF_CORE_READ(mm, hiwater_rss);
        now = resident(mm);
        pages = now > pages ? now : pages;
    }
    /*
     * maxrss keeps the largest of all images, also of the one that was copied at fork. If the last
     * image exceeded the others, it is the kernel's own figure of that one. If not, and up to 6.15,
     * where the memory is gone by now, it is a bound.
     */
    if (maxrss > p->maxrss_at_exec || !pages) {
        if (maxrss <= p->maxrss_at_exec)
            p->record.flags |= JOB_RECORD_PEAK_BOUND;
        pages = maxrss > pages ? maxrss : pages;
    }
    if (p->shares_mm)
        p->record.flags |= JOB_RECORD_PEAK_BOUND;
    p->record.peak_rss_bytes = pages * page_bytes;
}

static __always_inline void add_thread(struct process *p, struct task_struct *task)
{
    struct job_record *r = &p->record;
    struct task_delay_info *delays = BPF_CORE_READ(task, delays);

    add(&r->cpu_ns, BPF_CORE_READ(task, se.sum_exec_runtime));
    add(&r->user_ns, BPF_CORE_READ(task, utime));
    add(&r->system_ns, BPF_CORE_READ(task, stime));
    add(&r->runqueue_wait_ns, BPF_CORE_READ(task, sched_info.run_delay));
    add(&r->switches_voluntary, BPF_CORE_READ(task, nvcsw));
    add(&r->switches_involuntary, BPF_CORE_READ(task, nivcsw));
    add(&r->faults_minor, BPF_CORE_READ(task, min_flt));
    add(&r->faults_major, BPF_CORE_READ(task, maj_flt));
    add(&r->read_bytes, BPF_CORE_READ(task, ioac.read_bytes));
    add(&r->write_bytes, BPF_CORE_READ(task, ioac.write_bytes));
    if (delays)
        add(&r->blkio_wait_ns, BPF_CORE_READ(delays, blkio_delay));
}

static __always_inline void add_totals(struct job_totals *t, const struct job_record *r)
{
    add(&t->processes_ended, 1);
    if (r->status)
        add(&t->processes_failed, 1);
    if (r->flags & JOB_RECORD_OOM)
        add(&t->oom_kills, 1);
    add(&t->cpu_ns, r->cpu_ns);
    add(&t->user_ns, r->user_ns);
    add(&t->system_ns, r->system_ns);
    add(&t->runqueue_wait_ns, r->runqueue_wait_ns);
    add(&t->blkio_wait_ns, r->blkio_wait_ns);
    add(&t->switches_voluntary, r->switches_voluntary);
    add(&t->switches_involuntary, r->switches_involuntary);
    add(&t->faults_minor, r->faults_minor);
    add(&t->faults_major, r->faults_major);
    add(&t->read_bytes, r->read_bytes);
    add(&t->write_bytes, r->write_bytes);
    /* Looked at again, for what another processor wrote between the look and the write. */
    for (int i = 0; i < 4 && *(volatile __u64 *)&t->peak_rss_bytes < r->peak_rss_bytes; i++)
        *(volatile __u64 *)&t->peak_rss_bytes = r->peak_rss_bytes;
}

/* Waking the reader for each record would cost more than the record. */
#define TO_RING(n)                                                                                 \
    case n:                                                                                        \
        return bpf_ringbuf_output(&ring_##n, (void *)r, sizeof(*r),                                \
                                  bpf_ringbuf_query(&ring_##n, BPF_RB_AVAIL_DATA) >                \
                                          JOB_RING_SIZE / 4                                        \
                                      ? BPF_RB_FORCE_WAKEUP                                        \
                                      : BPF_RB_NO_WAKEUP)

static __always_inline long to_ring(const struct job_record *r, __u64 job)
{
    __u32 *index = bpf_map_lookup_elem(&job_ring, &job);

    if (!index)
        return -1;
    switch (*index) {
        TO_RING(0);
        TO_RING(1);
        TO_RING(2);
        TO_RING(3);
        TO_RING(4);
        TO_RING(5);
        TO_RING(6);
        TO_RING(7);
    }
    return -1;
}

/* Numbers are taken without a fetching atomic, which 5.10 lacks: a taken one is met as EEXIST. */
static __always_inline long to_table(struct job_totals *t, const struct job_record *r, __u64 job)
{
    struct job_table_key key = {.cgroup_id = job, .sequence = t->records};

    for (int i = 0; i < TABLE_TRIES; i++) {
        if (bpf_map_update_elem(&table, &key, r, BPF_NOEXIST) == 0) {
            add(&t->records, 1);
            return 0;
        }
        key.sequence++;
    }
    return -1;
}

static __always_inline void emit(struct job_totals *t, struct job_record *r, __u64 job)
{
    add_totals(t, r);
    r->cgroup_id = job;
    if (to_ring(r, job) != 0 && to_table(t, r, job) != 0)
        add(&t->dropped, 1);
    /* Last: whoever sees no thread live any more sees everything else as well. */
    add(&t->threads_live, -1);
}

static __always_inline void end_process(struct task_struct *task, struct process *p, __u64 now)
{
    struct job_record *r = &p->record;

    r->ended_ns = now;
    r->uid = BPF_CORE_READ(task, cred, uid.val);
    r->status = BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT
                    ? BPF_CORE_READ(task, signal, group_exit_code)
                    : p->leader_code;
    for_each_job(t, p->job) emit(t, r, for_each_job_id);
}

/* A thread is off for good. Of several that go at once the one that removes the entry ends it. */
static __always_inline void end_thread(struct task_struct *task, __u64 key)
{
    struct process *p = bpf_map_lookup_elem(&processes, &key), *copy;
    __u32 slot = SCRATCH_END;
    __u64 job;

    if (!p)
        return;
    add_thread(p, task);
    /* Once this thread is off the count, another one's end may free the entry. */
    job = *(volatile __u64 *)&p->job;
    add(&p->live, -1);
    if (*(volatile __u64 *)&p->live != 0) {
        count_threads(job, -1);
        return;
    }
    copy = bpf_map_lookup_elem(&scratch, &slot);
    if (!copy)
        return;
    __builtin_memcpy(copy, p, sizeof(*copy));
    if (bpf_map_delete_elem(&processes, &key) == 0)
        end_process(task, copy, bpf_ktime_get_boot_ns());
    else
        count_threads(job, -1);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    __u64 key = process_key(task);
    struct process *p = find_process(task, key, 1);

    if (!p)
        return 0;
    if (!BPF_CORE_READ(task, signal, live.counter))
        note_peak(p, task);
    /* Threads may have names of their own; the process is known by its leader's. */
    if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid)) {
        p->leader_code = BPF_CORE_READ(task, exit_code);
        bpf_probe_read_kernel(p->record.comm, sizeof(p->record.comm), &task->comm);
    }
#ifdef DEAD_BY_FENTRY
    if (!BPF_CORE_READ(task, sched_class, task_dead))
        end_thread(task, key);
#endif
    return 0;
}

#ifdef DEAD_BY_FENTRY

SEC("fentry/task_dead_fair")
int BPF_PROG(on_dead, struct task_struct *task)
{
    end_thread(task, process_key(task));
    return 0;
}

#else

/* Since 5.14 the member has another name and is an int. */
static __always_inline __u32 task_state(struct task_struct *task)
{
    struct task_struct___v513 *old = (void *)task;

    if (bpf_core_field_exists(task->__state))
        return BPF_CORE_READ(task, __state);
    return (__u32)BPF_CORE_READ(old, state);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_dead, int preempt, struct task_struct *task)
{
    if (task_state(task) == TASK_DEAD)
        end_thread(task, process_key(task));
    return 0;
}

#endif

static __always_inline bool_t is_noise(int sig)
{
    return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

/* Of the kernel's making: a fault, the terminal, a timer, a limit, the OOM killer. */
static __always_inline bool_t from_kernel(struct kernel_siginfo *info, __u64 target)
{
    __u64 sender = process_key((struct task_struct *)bpf_get_current_task());
    int code;

    if ((unsigned long)info == SEND_SIG_PRIV)
        return 1;
    /* Without siginfo to oneself: a broken pipe. From others: cgroup.kill. */
    if ((unsigned long)info == SEND_SIG_NOINFO)
        return sender == target;
    code = BPF_CORE_READ(info, si_code);
    return code != SI_USER && code != SI_QUEUE && code != SI_TKILL;
}

static __always_inline void note_sender(struct job_record *r, int sig, struct kernel_siginfo *info,
                                        __u64 target)
{
    r->signal = sig;
    r->sender_pid = r->sender_uid = 0;
    r->sender_comm[0] = 0;
    if (!from_kernel(info, target)) {
        r->sender_pid = bpf_get_current_pid_tgid() >> 32;
        r->sender_uid = (__u32)bpf_get_current_uid_gid();
        bpf_get_current_comm(r->sender_comm, sizeof(r->sender_comm));
    }
    r->denied_syscall = sig == SIGSYS && (unsigned long)info > SEND_SIG_PRIV
                            ? BPF_CORE_READ(info, _sifields._sigsys._syscall)
                            : -1;
}

static __always_inline void note_kernel_kill(struct task_struct *task, __u64 key)
{
    __u32 zero = 0;
    struct kernel_kill *k = bpf_map_lookup_elem(&kernel_kills, &zero);

    if (!k)
        return;
    k->signal = key;
    k->pid = BPF_CORE_READ(task, pid);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int sig, void *siginfo, struct task_struct *task, int group, int result)
{
    __u64 key = process_key(task);
    struct kernel_siginfo *info;
    struct process *p;

    if ((result != 0 && result != SIGNAL_LOSE_INFO) || sig == SIGCHLD)
        return 0;
    p = bpf_map_lookup_elem(&processes, &key);
    if (!p)
        return 0;
    for_each_job(t, p->job) add(&t->signals, 1);
    /* Copied, because the verifier takes it for a pointer that is never 0. */
    if (is_noise(sig) || bpf_probe_read_kernel(&info, sizeof(info), &ctx[1]) < 0)
        return 0;
    note_sender(&p->record, sig, info, key);
    if (sig == SIGKILL && (unsigned long)info == SEND_SIG_PRIV)
        note_kernel_kill(task, key);
    return 0;
}

/*
 * The argument is the victim's number up to 6.7, the task since; no address is that small. The
 * kernel has sent the victim its SIGKILL just before, on this processor and under a lock: that
 * tells which process it is from the number alone, and passes over those that were dying of
 * something else already.
 */
SEC("tp_btf/mark_victim")
int on_victim(__u64 *ctx)
{
    __u32 zero = 0, pid;
    struct kernel_kill *k = bpf_map_lookup_elem(&kernel_kills, &zero);
    struct process *p;
    __u64 victim;

    /* Copied, because the verifier would hold a plain load to the one type it has here. */
    if (!k || bpf_probe_read_kernel(&victim, sizeof(victim), ctx) < 0)
        return 0;
    pid = (__u32)victim;
    if (victim > 0xffffffffULL)
        pid = BPF_CORE_READ((struct task_struct *)victim, pid);
    if (k->pid != pid)
        return 0;
    p = bpf_map_lookup_elem(&processes, &k->signal);
    if (p)
        p->record.flags |= JOB_RECORD_OOM;
    return 0;
}

#ifdef DEAD_BY_FENTRY

static __always_inline bool_t is_refusal(__u32 action)
{
    return action == SECCOMP_KILL_PROCESS || action == SECCOMP_KILL_THREAD ||
           action == SECCOMP_TRAP || action == SECCOMP_ERRNO;
}

/* Called for kills, and for what filters that ask for logging answer. */
SEC("fentry/audit_seccomp")
int BPF_PROG(on_refusal, unsigned long syscall, long signr, int code)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();
    __u64 key = process_key(task);
    struct process *p = bpf_map_lookup_elem(&processes, &key);

    if (!p || !is_refusal((__u32)code & SECCOMP_ACTION))
        return 0;
    for_each_job(t, p->job)
    {
        struct job_denied_key which = {.cgroup_id = for_each_job_id, .pid = p->record.pid};
        struct job_denied *known;

        which.syscall = (__s32)syscall;
        add(&t->denied, 1);
        known = bpf_map_lookup_elem(&denied, &which);
        if (known) {
            add(&known->count, 1);
        } else {
            struct job_denied fresh = {.count = 1, .first_ns = bpf_ktime_get_boot_ns()};

            bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
            bpf_map_update_elem(&denied, &which, &fresh, BPF_NOEXIST);
        }
    }
    return 0;
}

#endif
