/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long block requests take that the job's tasks have made themselves: reads, direct and synced
 * writes. What is written from the page cache later is the kernel's doing, and not counted.
 * Compiled once for kernels that tell of a request as it is made (6.5), and once for those that
 * tell as it is handed to the disk.
 */
#include "bpf/feature.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#ifdef BY_ISSUE
#define MADE SEC("tp_btf/block_rq_issue")
#define DONE SEC("tp_btf/block_rq_complete")
#else
#define MADE SEC("tp_btf/block_io_start")
#define DONE SEC("tp_btf/block_io_done")
#endif

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, __u64);
    __type(value, __u64);
} requests SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FEATURE_BUCKETS);
    __type(key, __u32);
    __type(value, __u64);
} times SEC(".maps");

MADE int BPF_PROG(on_made, struct request *request)
{
    __u64 key = (__u64)request, now;

    if (!in_job())
        return 0;
    now = bpf_ktime_get_ns();
    bpf_map_update_elem(&requests, &key, &now, BPF_ANY);
    return 0;
}

DONE int BPF_PROG(on_done, struct request *request)
{
    __u64 key = (__u64)request, *since = bpf_map_lookup_elem(&requests, &key), from;

    if (!since)
        return 0;
    from = *since;
    bpf_map_delete_elem(&requests, &key);
    count_time(&times, bpf_ktime_get_ns() - from);
    return 0;
}
