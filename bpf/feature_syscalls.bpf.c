/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls, counted as they are entered, and those that fail as they return. */
#include "bpf/feature.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ERROR_MAX 4095

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FEATURE_CALLS);
    __type(key, __u32);
    __type(value, __u64);
} calls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, struct feature_call_error);
    __type(value, __u64);
} errors SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(on_call, struct pt_regs *regs, long number)
{
    __u32 key = (__u32)number;
    __u64 *count;

    if (!in_job())
        return 0;
    count = bpf_map_lookup_elem(&calls, &key);
    if (count)
        add(count, 1);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long ret)
{
    struct feature_call_error key = {0};
    int number = (int)SYSCALL_NUMBER(regs);
    __u64 one = 1, *count;

    /* The end of a signal's handler looks like a call -1 that returns what was interrupted. */
    if (number < 0 || ret >= 0 || ret < -ERROR_MAX || !in_job())
        return 0;
    key.number = (__u32)number;
    key.error = (__u32)-ret;
    count = bpf_map_lookup_elem(&errors, &key);
    if (count)
        add(count, 1);
    else
        bpf_map_update_elem(&errors, &key, &one, BPF_NOEXIST);
    return 0;
}
