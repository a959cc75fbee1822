/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread and a process have used, read from the task that ends. */
#ifndef CGRUN_BPF_FIGURES_BPF_H
#define CGRUN_BPF_FIGURES_BPF_H

#include "bpf/maps.bpf.h"

/* Resident pages are counted apart, as these three; 2 is what is swapped out. */
#define MM_FILEPAGES  0
#define MM_ANONPAGES  1
#define MM_SHMEMPAGES 3

#define CPUS 256 /* whose parts of a counter are added up */

/*
 * Pointers to what each processor has of its own are told apart from addresses on a map of this
 * program's, of which both are known: the difference is how far that processor's variables lie off.
 */
static __always_inline char *known_pointer(void)
{
    const void *copied = &kernel_kills;
    struct bpf_array *array = 0;

    bpf_probe_read_kernel(&array, sizeof(array), &copied);
    return BPF_CORE_READ(array, pptrs[0]);
}

static __always_inline char *known_address(__u32 cpu)
{
    __u32 slot = 0;
    void *copied = bpf_map_lookup_percpu_elem(&kernel_kills, &slot, cpu);
    char *address = 0;

    bpf_probe_read_kernel(&address, sizeof(address), &copied);
    return address;
}

static __always_inline int part_of(const char *counters, long offset)
{
    int part = 0;

    bpf_probe_read_kernel(&part, sizeof(part), counters + offset);
    return part;
}

/*
 * Since 6.2 each processor keeps a part of each counter to itself, up to 32 pages or twice as many
 * as there are processors. The counters without them could be off by that, times the processors.
 */
static __always_inline long resident_apart(struct mm_struct *mm)
{
    const char *file = (char *)BPF_CORE_READ(mm, rss_stat[MM_FILEPAGES].counters);
    const char *anon = (char *)BPF_CORE_READ(mm, rss_stat[MM_ANONPAGES].counters);
    const char *shmem = (char *)BPF_CORE_READ(mm, rss_stat[MM_SHMEMPAGES].counters);
    char *pointer = known_pointer();
    long pages = 0;

    for (__u32 cpu = 0; pointer && cpu < CPUS && cpu < constants.cpus; cpu++) {
        char *address = known_address(cpu);

        if (!address)
            break;
        pages += part_of(file, address - pointer) + part_of(anon, address - pointer) +
                 part_of(shmem, address - pointer);
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
APART void note_peak(struct process *p, struct task_struct *task)
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
    p->record.peak_rss_bytes = pages * constants.page_bytes;
}

/* `task` is a program's own argument: the verifier lets that be read without a call. */
static __always_inline void add_thread(struct process *p, struct task_struct *task)
{
    struct job_record *r = &p->record;
    struct task_delay_info *delays = task->delays;

    add(&r->cpu_ns, task->se.sum_exec_runtime);
    add(&r->user_ns, task->utime);
    add(&r->system_ns, task->stime);
    add(&r->runqueue_wait_ns, task->sched_info.run_delay);
    add(&r->switches_voluntary, task->nvcsw);
    add(&r->switches_involuntary, task->nivcsw);
    add(&r->faults_minor, task->min_flt);
    add(&r->faults_major, task->maj_flt);
    add(&r->read_bytes, task->ioac.read_bytes);
    add(&r->write_bytes, task->ioac.write_bytes);
    if (delays)
        add(&r->blkio_wait_ns, delays->blkio_delay);
}

#endif
