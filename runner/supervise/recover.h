/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs whose supervisor was killed: their cgroups and totals are still in the kernel, their row is
 * in the database. What is left is ended, measured, recorded as lost, and removed.
 */
#ifndef CGRUN_SUPERVISE_RECOVER_H
#define CGRUN_SUPERVISE_RECOVER_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/record/record.h"
#include "runner/store/store.h"

/* Whether a running record's supervisor still lives. */
bool recover_is_alive(const struct record *r);

/*
 * The directory of the job's cgroup2 group. -1: it is gone, or is a later one of the same name, and
 * then nothing there is the job's.
 */
int recover_open_group(const struct record *r);

/*
 * Ends and completes one lost job: kills what runs in its cgroup, takes its totals from the tracer,
 * removes the cgroups, stores the record with verdict `lost`. `pin_dir` as for tracer_open.
 */
int recover_job(struct store *s, struct record *r, const char *pin_dir, struct err *err);

#endif
