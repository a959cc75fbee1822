/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a run that is still to be made measures the same as one that was made before. */
#ifndef CGRUN_SESSION_SAME_H
#define CGRUN_SESSION_SAME_H

#include "runner/record/record.h"
#include "runner/spec/job_spec.h"

/*
 * What the run of a spec would ask for, as a record would have it: command, policy, limits. 0 or a
 * negative errno, with `err` filled.
 */
int same_asked(struct record *ret, const struct job_spec *spec, struct err *err);

/*
 * 0 if `was` asked for the same as `now`, the setting `except` (NULL: none) aside; else -EEXIST,
 * and `err` names what differs.
 */
int same_check(const struct record *was, const struct record *now, const char *except,
               struct err *err);

#endif
