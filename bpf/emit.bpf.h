/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finished record on its way: into the totals, then to the ring or the table. */
#ifndef CGRUN_BPF_EMIT_BPF_H
#define CGRUN_BPF_EMIT_BPF_H

#include "bpf/figures.bpf.h"

/* In a ring with room for so much, how full it is needs to be looked at only now and then. */
#define ROOMY_BYTES  (64 * 1024)
#define NOW_AND_THEN 16 /* processes */

static __always_inline void add_totals(struct job_totals *t, const struct job_record *r)
{
    add(&t->processes_ended, 1);
    if (r->status)
        add(&t->processes_failed, 1);
    if (r->flags & JOB_RECORD_OOM)
        add(&t->oom_kills, 1);
#define ADD(figure, from) add(&t->figure, r->figure);
    EACH_USUAL_FIGURE(ADD)
    if (r->user_ns | r->system_ns | r->switches_involuntary) {
        EACH_TICK_FIGURE(ADD)
    }
    if (r->blkio_wait_ns | r->faults_major | r->read_bytes | r->write_bytes) {
        EACH_DISK_FIGURE(ADD)
    }
#undef ADD
    /* Looked at again, for what another processor wrote between the look and the write. */
    for (int i = 0; i < 4 && *(volatile __u64 *)&t->peak_rss_bytes < r->peak_rss_bytes; i++)
        *(volatile __u64 *)&t->peak_rss_bytes = r->peak_rss_bytes;
}

static __always_inline bool_t fills_up(void *ring, const struct job_totals *t)
{
    struct job_machine *m = get_machine();

    if (!m || (m->ring_bytes >= ROOMY_BYTES && t->processes_ended % NOW_AND_THEN))
        return 0;
    return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > m->ring_bytes / 4;
}

/* Waking the reader for each record would cost more than the record. */
#define TO_RING(n)                                                                                 \
    if (holds_ring(t, n))                                                                          \
    return bpf_ringbuf_output(&ring_##n, (void *)r, size,                                          \
                              fills_up(&ring_##n, t) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP)

static __always_inline bool_t holds_ring(const struct job_totals *t, __u32 ring)
{
    __u64 *holder = bpf_map_lookup_elem(&ring_jobs, &ring);

    return holder && *holder == t->cgroup_id;
}

static __always_inline long to_ring(const struct job_totals *t, const struct job_record *r,
                                    __u32 size)
{
    TO_RING(0);
    TO_RING(1);
    TO_RING(2);
    TO_RING(3);
    TO_RING(4);
    TO_RING(5);
    TO_RING(6);
    TO_RING(7);
    return -1;
}

/* Numbers are taken without a fetching atomic, which 5.10 lacks: a taken one is met as EEXIST. */
static __always_inline long to_table(struct job_totals *t, const struct job_record *r)
{
    struct job_table_key key = {.cgroup_id = t->cgroup_id, .sequence = t->records};

    for (int i = 0; i < JOB_TABLE_TRIES; i++) {
        if (bpf_map_update_elem(&table, &key, r, BPF_NOEXIST) == 0) {
            add(&t->records, 1);
            return 0;
        }
        key.sequence++;
    }
    return -1;
}

/* `size`: of what there is in the record. */
static __always_inline void emit(struct job_totals *t, struct job_record *r, __u32 size)
{
    add_totals(t, r);
    r->cgroup_id = t->cgroup_id;
    if (to_ring(t, r, size) != 0 && to_table(t, r) != 0)
        add(&t->dropped, 1);
    /* Last: whoever sees no thread live any more sees everything else as well. */
    add(&t->threads_live, -1);
}

#endif
