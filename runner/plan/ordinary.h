/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs of ordinary users. How a job is started is decided here and nowhere else, from facts alone:
 * with a cgroup; without one, where the caller may make none and asks for nothing that needs one;
 * or not at all, with an error that names the command that would do it.
 */
#ifndef CGRUN_PLAN_ORDINARY_H
#define CGRUN_PLAN_ORDINARY_H

#include "runner/plan/plan.h"

/* Why the caller can have no cgroup here, for people; NULL: it can, or is root. To be freed. */
char *ordinary_no_cgroup(const struct host_facts *facts);

/*
 * Plans a job without a cgroup: what of the spec needs one becomes one error, or with
 * allow_degraded the limits among it become plan->degraded. Returns 0 or -ENOMEM.
 */
int ordinary_plan(struct plan *plan, const struct host_facts *facts, struct err_list *errors);

/* A call that is longer is described. It fits into an error's remedy, with some words. */
#define ORDINARY_CALL_MAX 960

/*
 * The same call in a way that can have what it asks for: "run `sudo cgrun --user ada ...`", all
 * words quoted for a shell. `cgroup`: a cgroup is all that is missing, so that the caller's own
 * systemd will do. Never cut: a call too long for `size` is only described.
 */
void ordinary_elsewhere(const struct job_spec *spec, const struct host_facts *facts, bool cgroup,
                        char *buf, size_t size);

/*
 * Adds the error that `what` cannot be had by this caller: `expected` would have been right. It
 * names the call that would work if all that is missing is root. 0 or -ENOMEM.
 */
int ordinary_refuse(const struct plan *plan, struct err_list *errors, const char *what,
                    const char *expected);

/* What the launch would be refused for lack of privilege, each an error. 0 or -ENOMEM. */
int ordinary_privileges(const struct plan *plan, const struct host_facts *facts,
                        struct err_list *errors);

#endif
