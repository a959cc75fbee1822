/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a job can be traced for beyond its processes, on request. Each feature's programs are loaded
 * for that one job and go with its cgrun: nothing is pinned, and jobs that did not ask pay nothing.
 */
#ifndef CGRUN_BPF_FEATURES_H
#define CGRUN_BPF_FEATURES_H

#ifdef __bpf__
#include <linux/types.h>
typedef __u64 __feature_u64;
typedef __u32 __feature_u32;
typedef __u16 __feature_u16;
typedef __u8 __feature_u8;
#else
#include <stdint.h>
typedef uint64_t __feature_u64;
typedef uint32_t __feature_u32;
typedef uint16_t __feature_u16;
typedef uint8_t __feature_u8;
#endif

#define FEATURE_CALLS   1024 /* system call numbers counted */
#define FEATURE_BUCKETS 32   /* of a histogram of times, each twice as wide as the one before */
#define FEATURE_NAMES   32   /* components of a path, from the file on: a power of two */
#define FEATURE_NAME    64   /* bytes of one, cut at the end */

/* A call's number and how it failed: key of the counts of errors. */
struct feature_call_error {
    __feature_u32 number, error;
};

/* The other end of a connection or datagram, as seen from the job. */
struct feature_peer {
    __feature_u8 address[16]; /* IPv4 in the first four */
    __feature_u16 port;       /* host order */
    __feature_u8 family;      /* AF_INET or AF_INET6 */
    __feature_u8 protocol;    /* IPPROTO_TCP, ... */
};

struct feature_traffic {
    __feature_u64 bytes_sent, bytes_received; /* with IP headers */
    __feature_u64 packets_sent, packets_received;
    __feature_u64 connections; /* TCP connections opened by the job */
};

enum feature_file_kind { FEATURE_FILE_WRITTEN, FEATURE_FILE_RENAMED, FEATURE_FILE_REMOVED };

/*
 * A path as the kernel has it: names from the file upwards, then what the caller had given relative
 * to that directory (renames and removals), or nothing.
 */
struct feature_file {
    __feature_u32 kind, depth; /* names used */
    __feature_u32 cut;         /* there were more, or one did not fit */
    __feature_u32 unused;
    char name[FEATURE_NAMES][FEATURE_NAME];
    char given[256];
};

#ifndef __bpf__

#include "runner/base/err.h"

enum feature {
    FEATURE_SYSCALLS, /* system calls by number and by error */
    FEATURE_NET,      /* bytes and connections by peer */
    FEATURE_SCHED,    /* how long tasks wait for a processor */
    FEATURE_IO,       /* how long block requests take */
    FEATURE_FILES,    /* paths opened for writing, renamed, removed */
    FEATURES,
};

struct features;

/* `wanted` has a bit per feature. On failure none is attached and `err` names the one. */
int features_attach(struct features **ret, unsigned wanted, int cgroup_fd, uint64_t cgroup_id,
                    struct err *err);
void features_close(struct features *f);

/* A descriptor to poll while FEATURE_FILES is traced, or -1; features_poll() then takes what waits.
 */
int features_fd(const struct features *f);

struct feature_callbacks {
    void *data;
    void (*call)(void *data, unsigned number, uint64_t count);
    void (*call_error)(void *data, unsigned number, unsigned error, uint64_t count);
    void (*peer)(void *data, const struct feature_peer *peer, const struct feature_traffic *t);
    void (*time)(void *data, enum feature which, unsigned bucket, uint64_t count);
    void (*file)(void *data, const struct feature_file *file);
    void (*files_lost)(void *data, uint64_t count);
};
void features_poll(struct features *f, const struct feature_callbacks *c);

/* Everything that was counted, once the job has ended. */
void features_read(struct features *f, const struct feature_callbacks *c);

#endif

#endif
