/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the job's first process. */
#ifndef CGRUN_APPLY_LAUNCH_H
#define CGRUN_APPLY_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "runner/apply/cgroup.h"
#include "runner/apply/child.h"
#include "runner/base/err.h"

struct launch {
    pid_t pid;
    int listener;               /* answers for plan->listening; else a negative errno */
    struct child_report report; /* of a failed step */
};

/*
 * Returns when the command has been executed. -ECHILD: a step failed, l->report tells which and
 * `err` says it in words; the child is gone and reaped. `mask` is the signal mask the command shall
 * have, `limits` what was lifted of its resource limits; `counted`: somebody counts the calls that
 * a policy refuses; `beside`: see child.h; `capture_fds` take the output and errors not redirected
 * otherwise, -1: the caller's streams do; `stream_fd`: see
 * child.h.
 */
int launch(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
           const sigset_t *mask, const struct caller_limits *limits, bool counted,
           const struct beside *beside, const int capture_fds[2], const int *stream_fd,
           struct err *err);

/*
 * Takes the steps of launch() in a process that ends before it would execute the command: what a
 * launch would fail at is the same error here. No cgroup is made or joined, and no stream opened. 0
 * or -ECHILD.
 */
int launch_rehearse(const struct plan *plan, struct err *err);

#endif
