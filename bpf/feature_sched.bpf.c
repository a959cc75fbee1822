/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the job's tasks wait for a processor: from becoming runnable to running. */
#include "bpf/feature.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define TASK_RUNNING 0

const volatile __u64 job_id = 0;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, __u64);
} queued SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FEATURE_BUCKETS);
    __type(key, __u32);
    __type(value, __u64);
} times SEC(".maps");

static __always_inline bool_t is_ours(struct task_struct *task)
{
    struct cgroup *cgroup = task->cgroups->dfl_cgrp;

    for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
        struct cgroup_subsys_state *parent = cgroup->self.parent;

        if (cgroup->kn->id == job_id)
            return 1;
        cgroup = parent ? parent->cgroup : 0;
    }
    return 0;
}

static __always_inline void queue(struct task_struct *task)
{
    __u32 pid = task->pid;
    __u64 now = bpf_ktime_get_ns();

    if (pid && is_ours(task))
        bpf_map_update_elem(&queued, &pid, &now, BPF_ANY);
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
    queue(task);
    return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *task)
{
    queue(task);
    return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, int preempt, struct task_struct *before, struct task_struct *next)
{
    __u32 pid = next->pid;
    __u64 *since, from;

    if (task_state(before) == TASK_RUNNING) /* it was put back in the queue */
        queue(before);
    since = bpf_map_lookup_elem(&queued, &pid);
    if (!since)
        return 0;
    from = *since;
    bpf_map_delete_elem(&queued, &pid);
    count_time(&times, bpf_ktime_get_ns() - from);
    return 0;
}
