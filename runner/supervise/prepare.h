/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a spec to a plan on this host: asks the host what the plan needs to know, changes nothing.
 */
#ifndef CGRUN_SUPERVISE_PREPARE_H
#define CGRUN_SUPERVISE_PREPARE_H

#include "runner/host/facts.h"
#include "runner/plan/plan.h"

/*
 * Returns 0, or a negative errno with all that is wrong in `errors`. The plan borrows the spec.
 * `facts` is filled in any case where they could be read.
 */
int prepare_plan(struct plan *plan, struct host_facts *facts, const struct job_spec *spec,
                 struct err_list *errors);

/*
 * Asks the kernel for all that the launch of this plan would ask, in a process that then ends: what
 * would fail is an error of the list. 0 or a negative errno.
 */
int prepare_rehearse(const struct plan *plan, struct err_list *errors);

/* The plan's mounts, by what the host has mounted now. Returns 0 or a negative errno. */
int prepare_mounts_again(struct plan *plan);

/* What policy the spec asks for; the capabilities that the job may hold decide parts of some. */
struct policy_request prepare_policy(const struct job_spec *spec, const struct host_facts *facts,
                                     const struct job_user *user);

/* $CGRUN_RUN_DIR, else /run/cgrun: where pins and locks live. */
const char *prepare_run_dir(void);

/* Where compiled policies are kept: `buf`, or a constant. */
const char *prepare_cache_dir(char *buf, size_t size);

/* Notes where an ordinary user's records go, if that is not where they would be looked for. */
int prepare_tell_places(const struct job_spec *spec, struct strv *notes);

/*
 * Whether the environment names places that no other user can change, and that there is room for:
 * what lies in them has longer paths. Asked before anything else: both programs do, at their start.
 */
int prepare_check_places(struct err *err);

/* Asks the tools of the spec for their versions, once; they run now, as the caller. 0 or -ENOMEM.
 */
int prepare_tools(struct job_spec *spec);

#endif
