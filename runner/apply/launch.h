/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the job's first process, in two halves: launch_prepare makes the child, which sets
 * itself up while the caller writes the job's row; launch_go lets it exec and waits until it has.
 */
#ifndef CGRUN_APPLY_LAUNCH_H
#define CGRUN_APPLY_LAUNCH_H

#include <signal.h>
#include <sys/types.h>

#include "runner/apply/cgroup.h"
#include "runner/apply/child.h"
#include "runner/base/err.h"

struct launch {
    pid_t pid;
    int status_fd, go_fd; /* the parent's ends, -1 once closed */
    struct strv env, paths, join;
    bool into_cgroup;           /* born there; else it moved itself */
    struct child_report report; /* of a failed step */
};

/* The child exists afterwards, in its cgroups or on its way there. `mask` is the caller's own. */
int launch_prepare(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
                   const sigset_t *mask, struct err *err);

/*
 * Lets the child go on to exec. 0: the command runs. -ECHILD: a step failed, l->report tells which
 * and `err` says it in words; the child is gone and reaped.
 */
int launch_go(struct launch *l, const struct plan *plan, struct err *err);

/* Gives up a prepared child, which ends without having executed anything. */
void launch_cancel(struct launch *l);
void launch_free(struct launch *l);

#endif
