/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named locks: at most one job that asked for a name runs at a time. They end with their cgrun. */
#ifndef CGRUN_SUPERVISE_LOCK_H
#define CGRUN_SUPERVISE_LOCK_H

#include <stdint.h>

#include "runner/base/err.h"

/*
 * Takes the lock, waiting at most `wait_ns` (SPEC_INFINITY: for ever) and no longer than until a
 * signal is there to be read from `signal_fd`. The descriptor is the lock. -EBUSY: another job has
 * it, and `err` says which; -EINTR.
 */
int lock_take(int *ret, const char *run_dir, const char *name, uint64_t wait_ns, int signal_fd,
              struct err *err);

/* Notes who has it, for the messages of others. */
void lock_tell(int fd, int64_t job, const char *name);

#endif
