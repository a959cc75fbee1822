/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finished report on its way: into the totals, then to the ring or the table. */
#ifndef CGRUN_BPF_EMIT_BPF_H
#define CGRUN_BPF_EMIT_BPF_H

#include "bpf/maps.bpf.h"

/* How full a ring is needs to be looked at only once in so many processes. */
#define NOW_AND_THEN 8

static __always_inline void add_usage(struct job_usage *to, const struct job_usage *u)
{
    add(&to->cpu_ns, u->cpu_ns);
    add(&to->runqueue_wait_ns, u->runqueue_wait_ns);
    add(&to->switches_voluntary, u->switches_voluntary);
    add(&to->faults_minor, u->faults_minor);
    /* In groups: a look at each would multiply the paths that the verifier follows. */
    if (u->user_ns | u->system_ns | u->switches_involuntary) {
        add(&to->user_ns, u->user_ns);
        add(&to->system_ns, u->system_ns);
        add(&to->switches_involuntary, u->switches_involuntary);
    }
    if (u->blkio_wait_ns | u->faults_major | u->read_bytes | u->write_bytes | u->cancelled_bytes) {
        add(&to->blkio_wait_ns, u->blkio_wait_ns);
        add(&to->faults_major, u->faults_major);
        add(&to->read_bytes, u->read_bytes);
        add(&to->write_bytes, u->write_bytes);
        add(&to->cancelled_bytes, u->cancelled_bytes);
    }
}

/* Looked at again, for what another processor wrote between the look and the write. */
static __always_inline void raise_to(volatile __u64 *most, __u64 value)
{
    for (int i = 0; i < 4 && *most < value; i++)
        *most = value;
}

static __always_inline void add_totals(struct job_totals *t, const struct job_record *r)
{
    add(&t->processes_ended, 1);
    add_usage(&t->used, &r->used);
    if (held((__u32)r->status))
        add(&t->processes_failed, 1);
    if (r->flags & JOB_RECORD_OOM)
        add(&t->oom_kills, 1);
    raise_to(&t->peak_rss_bytes, held(r->peak_rss_bytes));
}

/* Waking the reader for each record would cost more than the record. */
static __always_inline __u64 wake_up(void *ring, const struct job_totals *t)
{
    if (t->processes_ended % NOW_AND_THEN == 0 &&
        bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > constants.ring_bytes / 4)
        return BPF_RB_FORCE_WAKEUP;
    return BPF_RB_NO_WAKEUP;
}

static __always_inline void *find_ring(__u64 job)
{
    for (__u32 i = 0; i < JOB_RINGS; i++) {
        __u32 index = i;
        const __u64 *holder = bpf_map_lookup_elem(&ring_jobs, &index);

        if (holder && *holder == job)
            return bpf_map_lookup_elem(&rings, &index);
    }
    return 0;
}

static __always_inline long to_ring(const struct job_totals *t, struct job_report *r, __u32 size)
{
    void *ring = find_ring(t->cgroup_id);

    return ring ? bpf_ringbuf_output(ring, r, size, wake_up(ring, t)) : -1;
}

/*
 * Numbers are taken without a fetching atomic, which 5.10 lacks: a taken one is met as EEXIST. The
 * count is read anew then, because a virtual processor may have stood still while others went on.
 */
static __always_inline long to_table(struct job_totals *t, const struct job_report *r)
{
    struct job_table_key key = {.cgroup_id = t->cgroup_id, .sequence = t->records};

    for (int i = 0; i < JOB_TABLE_TRIES; i++) {
        __u64 records;

        if (bpf_map_update_elem(&table, &key, r, BPF_NOEXIST) == 0) {
            add(&t->records, 1);
            return 0;
        }
        records = *(volatile __u64 *)&t->records;
        key.sequence = records > key.sequence ? records : key.sequence + 1;
    }
    return -1;
}

/* `size`: of what there is in the report. */
static __always_inline void emit(struct job_totals *t, struct job_report *r, __u32 size)
{
    add_totals(t, &r->record);
    r->record.cgroup_id = t->cgroup_id;
    if (to_ring(t, r, size) != 0 && to_table(t, r) != 0)
        add(&t->dropped, 1);
    /* Last: whoever sees no thread live any more sees everything else as well. */
    add(&t->threads_live, -1);
}

#endif
