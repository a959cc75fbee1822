/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of the job's sockets by their other end, at the cgroup's hooks; connections as they open.
 */
#include "bpf/feature.bpf.h"

#include <bpf/bpf_endian.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

char LICENSE[] SEC("license") = "GPL";

#define AF_INET    2
#define AF_INET6   10
#define ETH_P_IP   0x0800
#define ETH_P_IPV6 0x86dd

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct feature_peer);
    __type(value, struct feature_traffic);
} traffic SEC(".maps");

/* What TCP and UDP begin with. */
struct ports {
    __be16 source, destination;
};

static __always_inline struct feature_traffic *traffic_of(const struct feature_peer *peer)
{
    struct feature_traffic *t = bpf_map_lookup_elem(&traffic, peer), none = {0};

    if (t)
        return t;
    bpf_map_update_elem(&traffic, peer, &none, BPF_NOEXIST);
    return bpf_map_lookup_elem(&traffic, peer);
}

static __always_inline void read_port(struct __sk_buff *skb, __u32 offset, bool_t sent,
                                      struct feature_peer *peer)
{
    struct ports p = {0};

    if (peer->protocol != IPPROTO_TCP && peer->protocol != IPPROTO_UDP)
        return;
    if (bpf_skb_load_bytes(skb, offset, &p, sizeof(p)) == 0)
        peer->port = bpf_ntohs(sent ? p.destination : p.source);
}

static __always_inline bool_t read_peer(struct __sk_buff *skb, bool_t sent,
                                        struct feature_peer *peer)
{
    struct iphdr v4;
    struct ipv6hdr v6;

    if (skb->protocol == bpf_htons(ETH_P_IP) && bpf_skb_load_bytes(skb, 0, &v4, sizeof(v4)) == 0) {
        peer->family = AF_INET;
        peer->protocol = v4.protocol;
        __builtin_memcpy(peer->address, sent ? &v4.daddr : &v4.saddr, 4);
        read_port(skb, v4.ihl * 4, sent, peer);
        return 1;
    }
    if (skb->protocol == bpf_htons(ETH_P_IPV6) &&
        bpf_skb_load_bytes(skb, 0, &v6, sizeof(v6)) == 0) {
        peer->family = AF_INET6;
        peer->protocol = v6.nexthdr;
        __builtin_memcpy(peer->address, sent ? &v6.daddr : &v6.saddr, 16);
        read_port(skb, sizeof(v6), sent, peer);
        return 1;
    }
    return 0;
}

SEC("cgroup_skb/egress")
int on_sent(struct __sk_buff *skb)
{
    struct feature_peer peer = {0};
    struct feature_traffic *t = read_peer(skb, 1, &peer) ? traffic_of(&peer) : 0;

    if (t) {
        add(&t->bytes_sent, skb->len);
        add(&t->packets_sent, 1);
    }
    return 1; /* lets it pass */
}

SEC("cgroup_skb/ingress")
int on_received(struct __sk_buff *skb)
{
    struct feature_peer peer = {0};
    struct feature_traffic *t = read_peer(skb, 0, &peer) ? traffic_of(&peer) : 0;

    if (t) {
        add(&t->bytes_received, skb->len);
        add(&t->packets_received, 1);
    }
    return 1;
}

SEC("sockops")
int on_socket(struct bpf_sock_ops *ops)
{
    struct feature_peer peer = {.protocol = IPPROTO_TCP};
    struct feature_traffic *t;

    if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
        return 1;
    peer.family = ops->family;
    peer.port = bpf_ntohl(ops->remote_port);
    if (ops->family == AF_INET) {
        __u32 address = ops->remote_ip4;

        __builtin_memcpy(peer.address, &address, 4);
    } else {
        /* One by one: the verifier knows no wider access to it. */
        const volatile __u32 *words = ops->remote_ip6;
        __u32 address[4] = {words[0], words[1], words[2], words[3]};

        __builtin_memcpy(peer.address, address, 16);
    }
    t = traffic_of(&peer);
    if (t)
        add(&t->connections, 1);
    return 1;
}
