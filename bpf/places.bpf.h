/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a living process is kept, and how it is found again. */
#ifndef CGRUN_BPF_PLACES_BPF_H
#define CGRUN_BPF_PLACES_BPF_H

#include "bpf/maps.bpf.h"

static __always_inline __u64 process_key(struct task_struct *task)
{
    return (__u64)task->signal;
}

static __always_inline __u64 current_key(void)
{
    if (current_is_typed())
        return process_key(bpf_get_current_task_btf());
    return (__u64)BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), signal);
}

/* By the golden ratio; the half of an address is no pointer, with which one may not reckon. */
static __always_inline struct process *place_of(__u64 key)
{
    __u32 place;

    __asm__ volatile("%0 = %1" : "=w"(place) : "w"((__u32)key));
    place = (__u64)((place >> 6) * 0x9e3779b1u) * PLACES >> 32;
    return bpf_map_lookup_elem(&places, &place);
}

/*
 * Has the processor fetch a line that is needed soon, while it is busy with something else: what is
 * read here is not waited for.
 */
static __always_inline void fetch(const void *from)
{
    if (from)
        (void)*(const volatile __u32 *)from;
}

/* Mostly nobody, and then it needs no look. */
static __always_inline bool_t anyone_in_map(void)
{
    struct job_machine *m = get_machine();

    return m && m->in_map;
}

static __always_inline void count_in_map(__u64 change)
{
    struct job_machine *m = get_machine();

    if (m)
        add(&m->in_map, change);
}

static __always_inline struct process *known_process(__u64 key)
{
    struct process *p = place_of(key);

    if (p && p->key == key && p->taken)
        return p;
    return anyone_in_map() ? bpf_map_lookup_elem(&processes, &key) : 0;
}

/*
 * The place, if it is free. Without a fetching atomic, which 5.10 lacks: of several that want it at
 * once at most one sees that it is alone. What a job that was removed too early has left under the
 * same key is replaced.
 */
static __always_inline struct process *take_place(__u64 key)
{
    struct process *p = place_of(key);

    if (!p || (p->taken && p->key == key))
        return p;
    if (p->taken)
        return 0;
    __sync_fetch_and_add(&p->taken, 1);
    if (*(volatile __u32 *)&p->taken == 1)
        return p;
    __sync_fetch_and_add(&p->taken, -1);
    return 0;
}

static __always_inline void leave_place(struct process *p)
{
    *(volatile __u64 *)&p->key = 0;
    __sync_fetch_and_add(&p->taken, -1);
}

static __always_inline long put_in_map(const struct process *p, __u64 key, __u64 flags)
{
    long r;

    count_in_map(1);
    r = bpf_map_update_elem(&processes, &key, p, flags);
    if (r)
        count_in_map(-1);
    return r;
}

/* Of several that do so at once one succeeds. */
static __always_inline bool_t remove_from_map(__u64 key)
{
    if (bpf_map_delete_elem(&processes, &key) != 0)
        return 0;
    count_in_map(-1);
    return 1;
}

/* Made now for a process that has none yet; 0: there was no room, and they stay unknown. */
APART struct details *find_details(struct process *p, __u64 key)
{
    struct details fresh = {0}, *d = 0;

    if (p->detailed)
        d = bpf_map_lookup_elem(&details, &key);
    if (d)
        return d;
    fresh.started_ns = p->started_ns;
    fresh.extra.denied_syscall = -1;
    bpf_map_update_elem(&details, &key, &fresh, BPF_NOEXIST);
    d = bpf_map_lookup_elem(&details, &key);
    /* Not another thread's, made just now, but what a job that was removed too early has left. */
    if (d && d->started_ns != p->started_ns) {
        bpf_map_update_elem(&details, &key, &fresh, BPF_EXIST);
        d = bpf_map_lookup_elem(&details, &key);
    }
    if (d)
        p->detailed = 1;
    return d;
}

#endif
