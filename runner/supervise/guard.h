/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses and devices a job may reach: from the spec to the kernel, and what was refused. */
#ifndef CGRUN_SUPERVISE_GUARD_H
#define CGRUN_SUPERVISE_GUARD_H

#include "bpf/guards.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"

/* `ret` is NULL where nothing is guarded. */
int guard_attach(struct guards **ret, const struct job_spec *spec, int cgroup_fd, struct err *err);

/* When the job has ended: limits in force and refusals into the record. */
int guard_tell(const struct guards *g, const struct job_spec *spec, struct record *r);

#endif
