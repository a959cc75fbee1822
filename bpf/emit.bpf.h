/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finished record on its way: into the totals, then to the ring or the table. */
#ifndef CGRUN_BPF_EMIT_BPF_H
#define CGRUN_BPF_EMIT_BPF_H

#include "bpf/maps.bpf.h"

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
                                          constants.ring_bytes / 4                                 \
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

    for (int i = 0; i < JOB_TABLE_TRIES; i++) {
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

#endif
