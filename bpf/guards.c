/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/guards.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

/* The generated loaders are not written for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "feature_addresses.lskel.h"
#include "feature_devices.lskel.h"
#pragma GCC diagnostic pop

struct guards {
    struct feature_addresses_light *addresses;
    struct feature_devices_light *devices;
};

static int fill_nets(int map, const struct guard_net *net, size_t count)
{
    uint32_t one = 1;

    for (size_t i = 0; i < count; i++)
        if (bpf_map_update_elem(map, &net[i], &one, BPF_ANY) < 0)
            return -errno;
    return 0;
}

static int attach(int program, int cgroup_fd, enum bpf_attach_type type)
{
    return bpf_prog_attach(program, cgroup_fd, type, BPF_F_ALLOW_MULTI) < 0 ? -errno : 0;
}

static int guard_addresses(struct guards *g, const struct guard_rules *rules, int cgroup_fd)
{
    int r;

    g->addresses = feature_addresses_light__open();
    if (!g->addresses)
        return -ENOMEM;
    if (feature_addresses_light__load(g->addresses) < 0)
        return -errno;
    r = fill_nets(g->addresses->maps.allowed.map_fd, rules->allow, rules->allows);
    if (r == 0)
        r = fill_nets(g->addresses->maps.denied.map_fd, rules->deny, rules->denies);
    if (r == 0)
        r = attach(g->addresses->progs.on_sent.prog_fd, cgroup_fd, BPF_CGROUP_INET_EGRESS);
    if (r == 0)
        r = attach(g->addresses->progs.on_received.prog_fd, cgroup_fd, BPF_CGROUP_INET_INGRESS);
    return r;
}

static int guard_devices(struct guards *g, const struct guard_rules *rules, int cgroup_fd)
{
    g->devices = feature_devices_light__open();
    if (!g->devices)
        return -ENOMEM;
    if (feature_devices_light__load(g->devices) < 0)
        return -errno;
    for (size_t i = 0; i < rules->device_count; i++)
        if (bpf_map_update_elem(g->devices->maps.devices.map_fd, &rules->device[i],
                                &rules->access[i], BPF_ANY) < 0)
            return -errno;
    return attach(g->devices->progs.on_device.prog_fd, cgroup_fd, BPF_CGROUP_DEVICE);
}

int guards_attach(struct guards **ret, const struct guard_rules *rules, int cgroup_fd,
                  struct err *err)
{
    bool addresses = rules->allows + rules->denies > 0;
    struct guards *g;
    int r = 0;

    *ret = NULL;
    if (!addresses && !rules->devices)
        return 0;
    g = calloc(1, sizeof(*g));
    if (!g)
        return err_oom(err);
    if (addresses)
        r = guard_addresses(g, rules, cgroup_fd);
    if (r == 0 && rules->devices)
        r = guard_devices(g, rules, cgroup_fd);
    if (r < 0) {
        guards_close(g);
        return err_sys(
            err, -r,
            "nothing was started; it needs root with CAP_BPF and CAP_NET_ADMIN and Linux "
            "5.14; run it there, or without",
            "cannot guard the job's %s", rules->devices && !addresses ? "devices" : "addresses");
    }
    *ret = g;
    return 0;
}

struct guard_refused guards_refused(const struct guards *g, guards_peer_fn fn, void *data)
{
    struct guard_refused all = {0}, some;
    struct guard_peer peer, next;
    uint32_t zero = 0;
    bool first = true;

    if (!g || !g->addresses)
        return all;
    bpf_map_lookup_elem(g->addresses->maps.refused.map_fd, &zero, &all);
    while (bpf_map_get_next_key(g->addresses->maps.peers.map_fd, first ? NULL : &peer, &next) ==
           0) {
        peer = next;
        first = false;
        if (bpf_map_lookup_elem(g->addresses->maps.peers.map_fd, &peer, &some) == 0)
            fn(data, &peer, &some);
    }
    return all;
}

__guard_u64 guards_devices_refused(const struct guards *g)
{
    uint64_t count = 0;
    uint32_t zero = 0;

    if (g && g->devices)
        bpf_map_lookup_elem(g->devices->maps.refused.map_fd, &zero, &count);
    return count;
}

void guards_close(struct guards *g)
{
    if (!g)
        return;
    feature_addresses_light__destroy(g->addresses);
    feature_devices_light__destroy(g->devices);
    free(g);
}
