/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running in the background: a second process becomes the supervisor, in a session of its own, and
 * the first waits until it says that the command runs, or ends with what kept it from running.
 */
#ifndef CGRUN_SUPERVISE_DETACH_H
#define CGRUN_SUPERVISE_DETACH_H

#include <stdint.h>
#include <sys/types.h>

#include "runner/base/err.h"

struct detach {
    int fd;    /* one end of the pipe between the two */
    pid_t pid; /* of the supervisor; 0 in itself */
};

int detach_fork(struct detach *d, struct err *err);

/* In the first: 1 and the job's number, or 0 and the exit status of a supervisor that gave up. */
int detach_await(struct detach *d, int64_t *id, int *status);

/* In the supervisor: the command runs. The standard streams are let go. */
void detach_report(struct detach *d, int64_t id);

#endif
