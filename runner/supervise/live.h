/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that a running job has at this moment, as rows of a ledger. */
#ifndef CGRUN_SUPERVISE_LIVE_H
#define CGRUN_SUPERVISE_LIVE_H

#include <sys/types.h>

#include "runner/record/record.h"

/*
 * Replaces the record's ledger by what lives now, read from the job's cgroups and /proc. Ended ones
 * are in the final ledger only. Returns 0, or -ENOENT when the job's cgroup is gone.
 */
int live_ledger(struct record *r);

/* Each process in the cgroup that `group` is a directory of, and in those beneath it. */
void live_processes(int group, void (*visit)(void *data, pid_t pid), void *data);

#endif
