/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of cgrun itself: what a job must not change. */
#ifndef CGRUN_SUPERVISE_OWN_PLACES_H
#define CGRUN_SUPERVISE_OWN_PLACES_H

#include "runner/plan/plan.h"

/*
 * The usual places and those that the environment and the spec name, for a caller who is root;
 * another's job runs as its user, and nothing could be mounted. Returns 0 or -ENOMEM.
 */
int own_places(struct plan_own *own, const struct job_spec *spec);

/*
 * Makes the run directory if it is not there and is to be closed to the job: the job could make it,
 * and what it put there would be believed. Where that fails, cgrun has no use of it either.
 */
void own_places_make(const struct plan *plan);

#endif
