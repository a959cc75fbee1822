/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runner/base/address.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"

/* What every program may need: DevicePolicy=closed. */
static const char *const usual[] = {"/dev/null rw",   "/dev/zero rw",    "/dev/full rw",
                                    "/dev/random rw", "/dev/urandom rw", "/dev/tty rw",
                                    "/dev/ptmx rw"};
#define PTS_FIRST 136 /* majors of pseudo terminals: the kernel's admin-guide/devices.txt */
#define PTS_LAST  143

struct tables {
    struct guard_net *net[2];
    size_t nets[2];
    struct guard_device device[GUARD_DEVICES];
    __guard_u32 access[GUARD_DEVICES];
    size_t devices;
};

static int add_nets(struct tables *t, int which, const struct strv *words)
{
    t->net[which] = calloc(words->count * ADDRESS_RANGES + 1, sizeof(*t->net[which]));
    if (!t->net[which])
        return -ENOMEM;
    strv_each (words, word) {
        struct address_range range[ADDRESS_RANGES];
        int n = address_parse(word, range);

        for (int i = 0; i < n; i++) {
            struct guard_net *net = &t->net[which][t->nets[which]++];

            net->prefix = 32 + range[i].prefix;
            net->family = (__guard_u32)range[i].family;
            memcpy(net->address, range[i].address, sizeof(net->address));
        }
    }
    return 0;
}

static void add_device(struct tables *t, __guard_u32 type, __guard_u32 major_, __guard_u32 minor_,
                       __guard_u32 access)
{
    t->device[t->devices] = (struct guard_device){type, major_, minor_};
    t->access[t->devices++] = access;
}

/* "PATH [rwm]", as parse_device() let it pass. */
static int add_path(struct tables *t, const char *text, bool optional, struct err *err)
{
    const char *blank = strrchr(text, ' ');
    _cleanup_free_ char *path = blank ? strndup(text, (size_t)(blank - text)) : strdup(text);
    __guard_u32 access = 0;
    struct stat st;

    if (!path)
        return err_oom(err);
    for (const char *c = blank ? blank + 1 : "rwm"; *c; c++)
        access |= *c == 'r' ? GUARD_READ : *c == 'w' ? GUARD_WRITE : GUARD_MKNOD;
    if (stat(path, &st) < 0)
        return optional ? 0 : err_sys(err, errno, ERR_CORRECT_AND_RETRY, "device-allow '%s'", text);
    if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
        return err_set(err, EINVAL, "a device node", ERR_CORRECT_AND_RETRY, "device-allow '%s'",
                       text);
    add_device(t, S_ISBLK(st.st_mode) ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, major(st.st_rdev),
               minor(st.st_rdev), access);
    return 0;
}

static int add_devices(struct tables *t, const struct job_spec *spec, struct err *err)
{
    int r = 0;

    if (spec->device_policy == SPEC_DEVICES_CLOSED) {
        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
            add_path(t, usual[i], true, err);
        for (__guard_u32 pts = PTS_FIRST; pts <= PTS_LAST; pts++)
            add_device(t, BPF_DEVCG_DEV_CHAR, pts, GUARD_ANY_MINOR, GUARD_READ | GUARD_WRITE);
    }
    if (t->devices + spec->device_allow.count > GUARD_DEVICES)
        return err_set(err, E2BIG, "fewer than 240 devices", ERR_CORRECT_AND_RETRY, "device-allow");
    strv_each (&spec->device_allow, text) {
        r = add_path(t, text, false, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int guard_attach(struct guards **ret, const struct job_spec *spec, int cgroup_fd, struct err *err)
{
    struct tables t = {0};
    struct guard_rules rules;
    int r = 0;

    *ret = NULL;
    if (add_nets(&t, 0, &spec->ip_allow) < 0 || add_nets(&t, 1, &spec->ip_deny) < 0)
        r = err_oom(err);
    if (r == 0)
        r = add_devices(&t, spec, err);
    rules = (struct guard_rules){
        .allow = t.net[0],
        .deny = t.net[1],
        .allows = t.nets[0],
        .denies = t.nets[1],
        .devices = spec->device_policy != SPEC_DEVICES_AUTO || spec->device_allow.count > 0,
        .device = t.device,
        .access = t.access,
        .device_count = t.devices,
    };
    if (r == 0)
        r = guards_attach(ret, &rules, cgroup_fd, err);
    free(t.net[0]);
    free(t.net[1]);
    return r;
}

static void tell_peer(void *data, const struct guard_peer *peer,
                      const struct guard_refused *refused)
{
    char address[INET6_ADDRSTRLEN] = "";

    inet_ntop((int)peer->family, peer->address, address, sizeof(address));
    record_add_event(data, realtime_ns(), "denied",
                     "%" PRIu64 " packet%s %s %s refused, %" PRIu64 " bytes",
                     (uint64_t)refused->packets, refused->packets == 1 ? "" : "s",
                     peer->sent ? "to" : "from", address, (uint64_t)refused->bytes);
}

static int tell_list(struct record *r, const char *key, const struct strv *list, const char *file)
{
    int failed = 0;

    strv_each (list, word)
        failed |= record_add_limit(r, key, word, word, file, NULL);
    return failed;
}

int guard_tell(const struct guards *g, const struct job_spec *spec, struct record *r)
{
    static const char *const policies[] = {"auto", "closed", "strict"};
    uint64_t devices = guards_devices_refused(g);
    int failed = 0;

    if (!g)
        return 0;
    failed |= tell_list(r, "IPAddressAllow", &spec->ip_allow, "cgroup_skb");
    failed |= tell_list(r, "IPAddressDeny", &spec->ip_deny, "cgroup_skb");
    failed |= tell_list(r, "DeviceAllow", &spec->device_allow, "cgroup/dev");
    if (spec->device_policy != SPEC_DEVICES_AUTO)
        failed |= record_add_limit(r, "DevicePolicy", policies[spec->device_policy],
                                   policies[spec->device_policy], "cgroup/dev", NULL);
    guards_refused(g, tell_peer, r);
    if (devices)
        failed |= record_add_event(r, realtime_ns(), "denied",
                                   "%" PRIu64 " attempt%s to open or make a device refused",
                                   devices, devices == 1 ? "" : "s");
    return failed ? -ENOMEM : 0;
}
