/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending a cgroup2 group through descriptors that are open from the start: what is left of the
 * caller's limits or of memory by then does not matter. Nothing here allocates.
 */
#ifndef CGRUN_APPLY_CGROUP_HANDLES_H
#define CGRUN_APPLY_CGROUP_HANDLES_H

#include <stdbool.h>

struct cgroup_handles {
    int dir;    /* borrowed */
    int kill;   /* cgroup.kill, since 5.14 */
    int freeze; /* cgroup.freeze */
    int procs;  /* cgroup.procs */
    int events; /* cgroup.events; POLLPRI when the group is empty, or no longer */
};

#define CGROUP_HANDLES_NONE                                                                        \
    {                                                                                              \
        .dir = -1, .kill = -1, .freeze = -1, .procs = -1, .events = -1                             \
    }

/* What cannot be opened is -1, and is then done without. */
void cgroup_handles_open(struct cgroup_handles *h, int dirfd);
void cgroup_handles_close(struct cgroup_handles *h);

/* 1: some process is in it or beneath; 0: none, or the group is gone; else a negative errno. */
int cgroup_handles_populated(const struct cgroup_handles *h);

/*
 * Ends every process, at most `timeout_ms` long. 0: the group was seen empty. -ETIMEDOUT: a process
 * is left.
 */
int cgroup_handles_kill(const struct cgroup_handles *h, unsigned timeout_ms);

/* Sends a signal to every process, nested groups included, and wakes the stopped. */
void cgroup_handles_signal(const struct cgroup_handles *h, int signal);

/* 0 or a negative errno. */
int cgroup_handles_freeze(const struct cgroup_handles *h, bool freeze);

#endif
