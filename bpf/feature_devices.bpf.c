/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices the job opens or makes: those that are listed, for what they are listed. */
#include "bpf/common.bpf.h"

#include "bpf/guards.h"

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, GUARD_DEVICES);
    __type(key, struct guard_device);
    __type(value, __u32);
} devices SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} refused SEC(".maps");

SEC("cgroup/dev")
int on_device(struct bpf_cgroup_dev_ctx *ctx)
{
    struct guard_device which = {
        .type = ctx->access_type & 0xffff, .major = ctx->major, .minor = ctx->minor};
    __u32 wanted = ctx->access_type >> 16, zero = 0, *known;
    __u64 *count;

    known = bpf_map_lookup_elem(&devices, &which);
    if (known && (*known & wanted) == wanted)
        return 1;
    which.minor = GUARD_ANY_MINOR;
    known = bpf_map_lookup_elem(&devices, &which);
    if (known && (*known & wanted) == wanted)
        return 1;
    count = bpf_map_lookup_elem(&refused, &zero);
    if (count)
        add(count, 1);
    return 0;
}
