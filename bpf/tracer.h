/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer: eBPF programs that count every process of every job, attached once per boot and kept
 * by pins, so that the next run opens pins instead of loading programs. The one module that uses
 * libbpf.
 *
 * A job's life with it: tracer_open, tracer_job_add before its first process exists,
 * tracer_job_poll now and then while it runs, tracer_job_finish when its cgroup is empty,
 * tracer_job_remove. Any process with the pins can call these; all state is in the kernel.
 */
#ifndef CGRUN_BPF_TRACER_H
#define CGRUN_BPF_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/job_events.h"
#include "runner/base/err.h"

struct tracer; /* holds descriptors, all close-on-exec */

/*
 * Opens the pins below `pin_dir` (a directory where a bpffs is mounted; it is created, and one is
 * mounted, if need be). If there are none, loads, attaches and pins the programs first, under a
 * lock, so that of many first runs one does the work. Errors: -ENOTSUP (no BTF or the kernel lacks
 * a hook), -EPERM (privilege), with the remedy in `err`. `*attached_now` tells if this call
 * attached.
 */
int tracer_open(struct tracer **ret, const char *pin_dir, bool *attached_now, struct err *err);
void tracer_close(struct tracer *t);

/* Whether refused system calls are seen: the kernel has the hook (CONFIG_AUDIT). */
bool tracer_sees_denied(const struct tracer *t);

#define _cleanup_tracer_ __attribute__((cleanup(tracer_closep)))
static inline void tracer_closep(struct tracer **t)
{
    tracer_close(*t);
}

/* The process that watches a job: its number, and when it started (field 22 of /proc/PID/stat). */
struct tracer_owner {
    int pid;
    uint64_t start;
};

/*
 * From now on, processes in the cgroup with that id, and below it, are counted. `around` are the
 * ids of the cgroups that it lies in, nearest first: if one of them is a job, it counts them as
 * well. `owner` may be NULL.
 */
int tracer_job_add(struct tracer *t, uint64_t cgroup_id, const uint64_t *around, size_t count,
                   const struct tracer_owner *owner, struct err *err);

/* Whether the cgrun of one of the jobs is no longer there. Looks at the first few only. */
bool tracer_has_orphan(struct tracer *t, bool (*lives)(const struct tracer_owner *owner));

/*
 * Called with each process's report as it is fetched. Return 0 to go on, negative to stop; then the
 * fetching call returns that value.
 */
typedef int (*tracer_report_fn)(void *data, const struct job_report *report);

/*
 * One job as seen by its supervisor: which ring it holds, what was fetched so far. Fill cgroup_id
 * and perhaps inherited, and zero the rest, ring_fd -1; then tracer-owned.
 */
struct tracer_job {
    uint64_t cgroup_id;
    uint64_t fetched;  /* records taken out of the shared table */
    int ring_fd;       /* pollable once a ring is held; -1 before */
    uint32_t ring;     /* index, meaningful with ring_fd >= 0 */
    bool pool_used_up; /* wanted a ring, all were taken: the shared table goes on serving it */
    bool inherited;    /* set by who goes on for a killed supervisor: its ring is looked for */
    void *reader;      /* the mapped ring */
};

/*
 * For a job that lives longer than a moment: claims a ring of its own and maps it. When none is
 * free sets pool_used_up and returns 0. A ring whose claimer is no longer alive counts as free.
 */
int tracer_job_claim_ring(struct tracer *t, struct tracer_job *job, struct err *err);

/* Fetches the records that wait, table and ring. Returns how many, or a negative errno. */
int tracer_job_poll(struct tracer *t, struct tracer_job *job, tracer_report_fn fn, void *data,
                    struct err *err);

/*
 * To be called once the job's cgroup holds no process: waits, at most `timeout_us`, until the last
 * threads are off their processors for good, and fetches what is left. The totals are then final
 * (threads_live is 0 unless the time ran out).
 */
int tracer_job_finish(struct tracer *t, struct tracer_job *job, unsigned timeout_us,
                      tracer_report_fn fn, void *data, struct job_totals *totals, struct err *err);

int tracer_job_totals(struct tracer *t, uint64_t cgroup_id, struct job_totals *totals,
                      struct err *err);

/* Calls refused by the policy, per process and syscall; at most JOB_DENIED_SIZE for all jobs. */
typedef int (*tracer_denied_fn)(void *data, const struct job_denied_key *key,
                                const struct job_denied *denied);
int tracer_job_denied(struct tracer *t, uint64_t cgroup_id, tracer_denied_fn fn, void *data,
                      struct err *err);

/* Forgets the job: totals, table entries, denied counts; gives its ring back. */
void tracer_job_remove(struct tracer *t, struct tracer_job *job);

/* What is attached, for `cgjob trace status` and doctor. Changes nothing. */
struct tracer_status {
    bool attached;
    unsigned layout;
    unsigned jobs;       /* registered now */
    unsigned rings_held; /* of JOB_RINGS */
    bool denied_calls;   /* refused calls are seen */
    uint64_t ring_bytes; /* of each */
    uint64_t memory;     /* bytes of kernel memory that maps and rings take now */
    uint64_t memory_max; /* that they take with a ring in each place */
};
int tracer_status(const char *pin_dir, struct tracer_status *status, struct err *err);

#define TRACER_PROGRAMS 8 /* attached at once, at most */

/* An attached program, by the kernel's own figures. */
struct tracer_program {
    char name[16];
    uint32_t id;
    uint64_t runs, ns; /* counted only while somebody has the kernel time its programs */
    uint64_t misses;   /* events passed over, because another run of it was under way there */
};
/* Fills `list`, which has room for TRACER_PROGRAMS; how many. */
unsigned tracer_programs(const char *pin_dir, struct tracer_program *list);

/* Has the kernel count and time runs of BPF programs until the returned descriptor is closed. */
int tracer_time_programs(struct err *err);

/* Whether this kernel and caller could attach, without doing so. 0, or the error open would give.
 */
int tracer_probe(struct err *err);

/*
 * Forgets registered jobs whose cgroup is gone: their cgrun was killed, and whoever removed the
 * cgroup did not know of the tracer. `cgroup2` is where that hierarchy is mounted. How many, or an
 * error.
 */
int tracer_forget_gone(const char *pin_dir, const char *cgroup2, struct err *err);

/* Detaches and unpins everything. -EBUSY while jobs are registered, unless `force`. */
int tracer_detach(const char *pin_dir, bool force, struct err *err);

#endif
