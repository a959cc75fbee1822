/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readings of the job's cgroups: metrics, and the limits as they are really in force. */
#ifndef CGRUN_SUPERVISE_MEASURE_H
#define CGRUN_SUPERVISE_MEASURE_H

#include <sys/resource.h>

#include "runner/apply/cgroup.h"
#include "runner/host/load.h"
#include "runner/record/record.h"
#include "runner/record/verdict.h"

/* Every metric that a cgroup can tell, available or with the reason why not. */
void measure_cgroups(struct record *r, const struct job_cgroups *groups);

/*
 * Of a job without a cgroup: what the kernel told of the processes that were waited for, by cgrun
 * or by their parents. All that only a cgroup could tell is missing.
 */
void measure_reaped(struct record *r, const struct rusage *reaped);

/* What the rest of the host did since `from` was read. After measure_cgroups(). */
void measure_host(struct record *r, const struct host_load *from);

/* What the cgroup2 directory alone still tells, when nothing else is known of the job. */
void measure_left(struct record *r, int dir);

/* What an OOM verdict wants to know: kills, limit and peak. */
void measure_memory_end(struct ending *e, const struct job_cgroups *groups, const struct record *r);

/* The limits as asked and as read back, with where they went. */
int measure_limits(struct record *r, const struct job_cgroups *groups);

/* What was asked for alone, of a plan that is not carried out: what measure_limits() would list. */
int measure_asked(struct record *r, const struct plan *plan);

#endif
