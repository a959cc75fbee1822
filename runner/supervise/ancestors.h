/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory limits of the groups above a job: a container's, a slice's, the caller's own. When one
 * of these is reached, the kernel may kill a process of the job although the job's own limit was
 * far away.
 */
#ifndef CGRUN_SUPERVISE_ANCESTORS_H
#define CGRUN_SUPERVISE_ANCESTORS_H

#include <stdint.h>

#include "runner/plan/plan.h"
#include "runner/record/verdict.h"

#define ANCESTORS_MAX 8

struct ancestor {
    char path[512];
    uint64_t limit; /* bytes */
    uint64_t hits;  /* how often it has been reached, as the kernel counts */
    bool was_full;  /* it had been, when this was read */
};

struct ancestors {
    struct ancestor item[ANCESTORS_MAX]; /* those with a limit, the nearest first */
    unsigned count;
};

/* As of now. Of a job without a memory group there are none. */
void ancestors_read(struct ancestors *a, const struct plan *plan);

/*
 * After an OOM kill: if the job's own limit was not reached and one above was since `a` was read,
 * `e` says which, its limit and how full it got. The path is `a`'s.
 */
void ancestors_blame(struct ancestors *a, const struct plan *plan, struct ending *e);

#endif
