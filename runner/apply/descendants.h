/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of a job that has no cgroup: all that descends from this process, which is a child
 * subreaper, so that orphans come to it. Holds while this process lives. What the job has started
 * by way of another service (cron, a service manager) does not descend from it.
 */
#ifndef CGRUN_APPLY_DESCENDANTS_H
#define CGRUN_APPLY_DESCENDANTS_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/host/process_tree.h"

struct descendants {
    struct process_tree other; /* children that are not of the job */
};

/* Notes the children there are now as none of the job's. 0 or a negative errno. */
int descendants_begin(struct descendants *d);
void descendants_end(struct descendants *d);

/* The child was noted by descendants_begin(). */
bool descendants_is_other(const struct descendants *d, pid_t pid);

/* 1: some process is left; 0: none; -1: it cannot be told. */
int descendants_left(const struct descendants *d);

/* Sends a signal to each, once, and wakes the stopped. */
void descendants_signal(const struct descendants *d, int signal);

/* Stops each so that none can fork, ends all, and waits until none is left: as cgroup_kill(). */
int descendants_kill(const struct descendants *d, unsigned timeout_ms, struct err *err);

#endif
