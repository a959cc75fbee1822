/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System call policies: from a name, a file or a filter on the command line to finished BPF
 * programs that the child only has to install. Compiling uses libseccomp; a compiled policy is
 * cached.
 */
#ifndef CGRUN_POLICY_POLICY_H
#define CGRUN_POLICY_POLICY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/base/err.h"
#include "runner/base/strv.h"

#define POLICY_DEFAULT   "batch"
#define POLICY_CACHE_DIR "/var/cache/cgrun/policy"

struct policy_request {
    const char *policy; /* shipped name, "none", or a path (holds a '/'); NULL: the default */
    const struct strv *filter; /* SystemCallFilter words, applied on top; may be NULL or empty */
    bool restrict_namespaces;  /* no namespaces, on top of both */
    bool audit;                /* whatever would be refused is allowed, and logged */
    uint64_t capabilities;     /* what the job may hold: decides a profile's includes/excludes */
    const char *cache_dir;     /* NULL: no cache */
};

/*
 * Two programs, because the kernel logs (and so lets the tracer count) the refusals of a whole
 * filter or of none: `quiet` answers what programs only probe for (errno ENOSYS, such as clone3),
 * `logged` holds everything else and is installed with SECCOMP_FILTER_FLAG_LOG. Either may have
 * no instructions: then it is not installed.
 */
struct policy_program {
    char name[256];
    char hash[65];      /* SHA-256, hex, of all that decides the programs */
    bool confines;      /* false for "none" without a filter */
    uint64_t take_caps; /* capabilities that the policy takes from the job */
    bool shield;        /* the policy wants the kernel's interfaces read-only and the Landlock
                           domain that closes other processes' /proc/PID/root */
    bool read_only;     /* ... and that the job writes to no file system but /dev, by Landlock */
    bool tell;          /* ... and that its refusals are told as they happen */
    struct sock_fprog quiet, logged; /* filter pointers are owned */
    struct strv notes;               /* what of the policy has no effect here, a line each */
};

/*
 * Finds, reads and compiles (or fetches from the cache) the policy. A file is read only if neither
 * it nor its directory can be written by anyone but root or the caller.
 */
int policy_compile(const struct policy_request *request, struct policy_program *ret,
                   struct err *err);
void policy_program_free(struct policy_program *program);

/* The name of a system call of this machine's own architecture, NULL if the library knows none. */
const char *policy_syscall_name(int number, char *buf, size_t size);

#define _cleanup_policy_ __attribute__((cleanup(policy_program_free)))

#endif
