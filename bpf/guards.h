/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a job may reach, decided at its cgroup's hooks: addresses and devices. The programs are
 * attached to the cgroup itself and stay as long as it does, also when the job's cgrun is killed.
 */
#ifndef CGRUN_BPF_GUARDS_H
#define CGRUN_BPF_GUARDS_H

#ifdef __bpf__
#include <linux/types.h>
typedef __u64 __guard_u64;
typedef __u32 __guard_u32;
typedef __u16 __guard_u16;
typedef __u8 __guard_u8;
#else
#include <stdint.h>
typedef uint64_t __guard_u64;
typedef uint32_t __guard_u32;
typedef uint16_t __guard_u16;
typedef uint8_t __guard_u8;
#endif

#define GUARD_NETS    1024
#define GUARD_DEVICES 256

/* Key of the tries: the bits of `family` and then of the address that have to agree. */
struct guard_net {
    __guard_u32 prefix;
    __guard_u32 family;     /* AF_INET or AF_INET6 */
    __guard_u8 address[16]; /* IPv4 in the first four */
};

struct guard_refused {
    __guard_u64 packets, bytes;
};

/* Whose packets were refused. */
struct guard_peer {
    __guard_u32 family;
    __guard_u32 sent; /* by the job; 0: to it */
    __guard_u8 address[16];
};

#define GUARD_ANY_MINOR 0xffffffffu

struct guard_device {
    __guard_u32 type; /* BPF_DEVCG_DEV_BLOCK or BPF_DEVCG_DEV_CHAR */
    __guard_u32 major, minor;
};

/* Values of the device table: which accesses are allowed. */
#define GUARD_MKNOD 1 /* BPF_DEVCG_ACC_MKNOD, _READ, _WRITE */
#define GUARD_READ  2
#define GUARD_WRITE 4

#ifndef __bpf__

#include <stdbool.h>
#include <stddef.h>

#include "runner/base/err.h"

struct guard_rules {
    /* First those that allow, then those that refuse; what neither names is allowed. */
    const struct guard_net *allow, *deny;
    size_t allows, denies;
    bool devices; /* only these: */
    const struct guard_device *device;
    const __guard_u32 *access;
    size_t device_count;
};

struct guards;

/* Attaches what the rules ask for; `ret` is NULL if that is nothing. */
int guards_attach(struct guards **ret, const struct guard_rules *rules, int cgroup_fd,
                  struct err *err);

/* What was refused: `refused` packets in all, and each peer; devices as a number of attempts. */
typedef void (*guards_peer_fn)(void *data, const struct guard_peer *peer,
                               const struct guard_refused *refused);
struct guard_refused guards_refused(const struct guards *g, guards_peer_fn fn, void *data);
__guard_u64 guards_devices_refused(const struct guards *g);
void guards_close(struct guards *g); /* what is attached stays until the cgroup goes */

#endif

#endif
