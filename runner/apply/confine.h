/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of the child that build its confinement. Each returns 0 or an errno; none allocates. */
#ifndef CGRUN_APPLY_CONFINE_H
#define CGRUN_APPLY_CONFINE_H

#include "runner/plan/plan.h"

/* A mount namespace of the job's own with the plan's mounts; *detail is the mount's index. */
int confine_mounts(const struct plan *plan, int *detail);

/* A network namespace with its loopback up. */
int confine_network(void);

/*
 * A Landlock domain, at the least for the one thing every domain brings: a process in it has no
 * ptrace access to processes outside, and so cannot walk through their /proc/PID/root, however few
 * capabilities they hold; nor can it change mounts. If the plan says so, what it may write to is
 * beneath /dev only.
 */
int confine_landlock(const struct plan *plan);

#endif
