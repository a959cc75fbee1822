/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which variables of the caller's environment the job gets. */
#ifndef CGRUN_SPEC_ENVIRONMENT_H
#define CGRUN_SPEC_ENVIRONMENT_H

#include <stdbool.h>

#include "runner/spec/job_spec.h"

/* "NAME=VALUE" is an assignment to this variable. */
bool environment_is_variable(const char *assignment, const char *name);

/* The job keeps this variable of the caller's: always, unless its environment is a clean one. */
bool environment_keeps(const struct job_spec *spec, const char *assignment);

/* The value that the variable has in the job; NULL: it has none. Borrowed. */
const char *environment_value(const struct job_spec *spec, const char *name);

#endif
