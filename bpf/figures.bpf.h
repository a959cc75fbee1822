/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread and a process have used, read from the task that ends. */
#ifndef CGRUN_BPF_FIGURES_BPF_H
#define CGRUN_BPF_FIGURES_BPF_H

#include "bpf/maps.bpf.h"

/* Resident pages are counted apart, as these three; 2 is what is swapped out. */
#define MM_FILEPAGES  0
#define MM_ANONPAGES  1
#define MM_SHMEMPAGES 3

/*
 * Pointers to what each processor has of its own are told apart from addresses on a map of this
 * program's, of which both are known: the difference is how far that processor's variables lie off.
 */
APART __u64 find_cpu_offset(__u64 *offset, __u32 cpu)
{
    const void *copied = &kernel_kills;
    struct bpf_array *array = 0;
    __u64 address = 0;
    __u32 slot = 0;

    bpf_probe_read_kernel(&array, sizeof(array), &copied);
    copied = bpf_map_lookup_percpu_elem(&kernel_kills, &slot, cpu);
    bpf_probe_read_kernel(&address, sizeof(address), &copied);
    if (address)
        *offset = address - (__u64)BPF_CORE_READ(array, pptrs[0]);
    return *offset;
}

static __always_inline __u64 cpu_offset(__u32 cpu)
{
    __u64 *offset = bpf_map_lookup_elem(&cpu_offsets, &cpu);

    if (!offset)
        return 0;
    return *offset ? *offset : find_cpu_offset(offset, cpu);
}

static __always_inline long part_of(__u64 counters)
{
    int part = 0;

    bpf_probe_read_kernel(&part, sizeof(part), (void *)counters);
    return part;
}

/*
 * Since 6.2 each processor keeps a part of each counter to itself, up to 32 pages or twice as many
 * as there are processors. The counters without them could be off by that, times the processors.
 */
static __always_inline long resident_apart(__u64 file, __u64 anon, __u64 shmem)
{
    /* Since 6.6 those of one memory lie side by side. */
    bool_t beside =
        anon == file + MM_ANONPAGES * sizeof(int) && shmem == file + MM_SHMEMPAGES * sizeof(int);
    long pages = 0;

    for (__u32 cpu = 0; cpu < JOB_CPUS && cpu < constants.cpus; cpu++) {
        __u64 offset = cpu_offset(cpu);
        int part[4] = {0};

        if (!offset)
            break;
        if (beside) {
            bpf_probe_read_kernel(part, sizeof(part), (void *)(file + offset));
            pages += part[MM_FILEPAGES] + part[MM_ANONPAGES] + part[MM_SHMEMPAGES];
        } else {
            pages += part_of(file + offset) + part_of(anon + offset) + part_of(shmem + offset);
        }
    }
    return pages;
}

/*
 * A program's own argument, and what it points to, is read by plain loads; an address that the
 * verifier knows nothing of by calls.
 */
#define READ(typed, from, member) ((typed) ? (from)->member : BPF_CORE_READ(from, member))

/* Pages resident now. */
static __always_inline __u64 resident(struct mm_struct *mm, bool_t typed)
{
    struct mm_struct___v61 *old = (void *)mm;
    long pages = 0, count[4] = {0};

    if (bpf_core_field_exists(old->rss_stat.count)) {
        /* Together: the verifier of 5.10 does not know the way to one of them. */
        bpf_core_read(count, sizeof(count), &old->rss_stat.count);
        pages = count[MM_FILEPAGES] + count[MM_ANONPAGES] + count[MM_SHMEMPAGES];
    } else if (bpf_core_field_exists(mm->rss_stat)) {
        pages = READ(typed, mm, rss_stat[MM_FILEPAGES].count) +
                READ(typed, mm, rss_stat[MM_ANONPAGES].count) +
                READ(typed, mm, rss_stat[MM_SHMEMPAGES].count) +
                resident_apart((__u64)READ(typed, mm, rss_stat[MM_FILEPAGES].counters),
                               (__u64)READ(typed, mm, rss_stat[MM_ANONPAGES].counters),
                               (__u64)READ(typed, mm, rss_stat[MM_SHMEMPAGES].counters));
    }
    return pages > 0 ? pages : 0;
}

/* As the last of its threads exits. */
static __always_inline void read_peak(struct process *p, struct task_struct *task,
                                      struct signal_struct *signal, bool_t typed)
{
    struct mm_struct *mm = READ(typed, task, mm);
    __u64 maxrss = READ(typed, signal, maxrss), pages = 0, now;

    if (mm) {
        pages = READ(typed, mm, hiwater_rss);
        now = resident(mm, typed);
        pages = now > pages ? now : pages;
    }
    /*
     * maxrss keeps the largest of all images, also of the one that was copied at fork. If the last
     * image exceeded the others, it is the kernel's own figure of that one. If not, and up to 6.15,
     * where the memory is gone by now, it is a bound.
     */
    if (maxrss > p->maxrss_at_exec || !pages) {
        if (maxrss <= p->maxrss_at_exec)
            p->flags |= JOB_RECORD_PEAK_BOUND;
        pages = maxrss > pages ? maxrss : pages;
    }
    if (p->shares_mm)
        p->flags |= JOB_RECORD_PEAK_BOUND;
    p->peak_rss_bytes = pages * constants.page_bytes;
}

/* Of a program's own argument. */
APART void note_peak(struct process *p, struct task_struct *task, struct signal_struct *signal)
{
    read_peak(p, task, signal, 1);
}

/* For an address that the verifier knows nothing of. */
APART void note_peak_apart(struct process *p, struct task_struct *task)
{
    read_peak(p, task, BPF_CORE_READ(task, signal), 0);
}

/*
 * Here and below `task` is a program's own argument, which is read without a call; pointers too
 * where it is at each end (`hot`), see find_job().
 */
static __always_inline void read_thread(struct job_usage *u, struct task_struct *task, bool_t hot)
{
    struct task_delay_info *delays = READ(hot, task, delays);

    u->cpu_ns = task->se.sum_exec_runtime;
    u->runqueue_wait_ns = task->sched_info.run_delay;
    u->switches_voluntary = task->nvcsw;
    u->faults_minor = task->min_flt;
    u->user_ns = task->utime;
    u->system_ns = task->stime;
    u->switches_involuntary = task->nivcsw;
    u->blkio_wait_ns = delays ? READ(hot, delays, blkio_delay) : 0;
    u->faults_major = task->maj_flt;
    u->read_bytes = task->ioac.read_bytes;
    u->write_bytes = task->ioac.write_bytes;
    u->cancelled_bytes = task->ioac.cancelled_write_bytes;
}

static __always_inline void copy_comm(char *to, struct task_struct *task)
{
    ((__u64 *)to)[0] = *(__u64 *)&task->comm[0];
    ((__u64 *)to)[1] = *(__u64 *)&task->comm[8];
}

#endif
