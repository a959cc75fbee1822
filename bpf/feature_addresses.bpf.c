/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of the job by their other end: allowed if listed so, else refused if listed so. */
#include "bpf/common.bpf.h"

#include <bpf/bpf_endian.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/guards.h"

char LICENSE[] SEC("license") = "GPL";

#define AF_INET    2
#define AF_INET6   10
#define ETH_P_IP   0x0800
#define ETH_P_IPV6 0x86dd
#define WHOLE      (32 + 128) /* bits of family and address */

#define TRIE(name_)                                                                                \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_LPM_TRIE);                                                       \
        __uint(max_entries, GUARD_NETS);                                                           \
        __uint(map_flags, BPF_F_NO_PREALLOC);                                                      \
        __type(key, struct guard_net);                                                             \
        __type(value, __u32);                                                                      \
    } name_ SEC(".maps")

TRIE(allowed);
TRIE(denied);

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct guard_refused);
} refused SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 256);
    __type(key, struct guard_peer);
    __type(value, struct guard_refused);
} peers SEC(".maps");

static __always_inline void count(struct guard_refused *r, __u32 bytes)
{
    add(&r->packets, 1);
    add(&r->bytes, bytes);
}

static __always_inline int refuse(const struct __sk_buff *skb, const struct guard_net *net,
                                  __u32 sent)
{
    struct guard_peer peer = {.family = net->family, .sent = sent};
    struct guard_refused fresh = {1, skb->len}, *r;
    __u32 zero = 0;

    __builtin_memcpy(peer.address, net->address, sizeof(peer.address));
    r = bpf_map_lookup_elem(&refused, &zero);
    if (r)
        count(r, skb->len);
    r = bpf_map_lookup_elem(&peers, &peer);
    if (r)
        count(r, skb->len);
    else
        bpf_map_update_elem(&peers, &peer, &fresh, BPF_NOEXIST);
    return 0;
}

static __always_inline int judge(struct __sk_buff *skb, __u32 sent)
{
    struct guard_net net = {.prefix = WHOLE};
    struct iphdr v4;
    struct ipv6hdr v6;

    if (skb->protocol == bpf_htons(ETH_P_IP) && bpf_skb_load_bytes(skb, 0, &v4, sizeof(v4)) == 0) {
        net.family = AF_INET;
        __builtin_memcpy(net.address, sent ? &v4.daddr : &v4.saddr, 4);
    } else if (skb->protocol == bpf_htons(ETH_P_IPV6) &&
               bpf_skb_load_bytes(skb, 0, &v6, sizeof(v6)) == 0) {
        net.family = AF_INET6;
        __builtin_memcpy(net.address, sent ? &v6.daddr : &v6.saddr, 16);
    } else {
        return 1; /* no Internet protocol */
    }
    if (bpf_map_lookup_elem(&allowed, &net) || !bpf_map_lookup_elem(&denied, &net))
        return 1;
    return refuse(skb, &net, sent);
}

SEC("cgroup_skb/egress")
int on_sent(struct __sk_buff *skb)
{
    return judge(skb, 1);
}

SEC("cgroup_skb/ingress")
int on_received(struct __sk_buff *skb)
{
    return judge(skb, 0);
}
