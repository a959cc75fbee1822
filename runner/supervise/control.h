/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be done to a running job from outside, through its supervisor or its cgroup. */
#ifndef CGRUN_SUPERVISE_CONTROL_H
#define CGRUN_SUPERVISE_CONTROL_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/record/record.h"

/* A descriptor that becomes readable when the job's supervisor has ended. -ESRCH: it has. */
int control_open(const struct record *r, struct err *err);

/* Asks the supervisor to stop the job: its stop signal, its grace, the kill; or the kill at once.
 */
int control_stop(int pidfd, bool now, struct err *err);

/* Waits until the supervisor has ended, for so long at most (-1: as long as it takes). Whether it
 * has. */
bool control_wait(int pidfd, int64_t timeout_ns);

/* Whether all its processes are frozen. */
bool control_is_frozen(const struct record *r);

/* Freezes or thaws all its processes and waits until that is so. */
int control_freeze(const struct record *r, bool freeze, struct err *err);

#endif
