/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record says of its job whatever that does: whose it is, where it runs, in what setting. */
#ifndef CGRUN_SUPERVISE_IDENTITY_H
#define CGRUN_SUPERVISE_IDENTITY_H

#include <stdint.h>

#include "runner/apply/place.h"
#include "runner/host/environment.h"
#include "runner/host/git.h"
#include "runner/plan/plan.h"
#include "runner/record/record.h"

/* Who watches over the job: this process. */
void identity_supervisor(struct record *r);
/* Before the start: what was asked for and what was planned. Return 0 or -ENOMEM. */
int identity_fill(struct record *r, const struct plan *plan, uint64_t cgroup_id);
/* Beside the job: the machine and who started it. */
int identity_environment(struct record *r, const struct host_facts *facts, const struct plan *plan,
                         const struct place *place);
/* At the end: the revision of the working directory, or why there is none. */
void identity_git(struct record *r, struct git_query *git);

#endif
