/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which filters a job's child installs: those of its policy, and what protects cgrun from it. */
#ifndef CGRUN_APPLY_FILTERS_H
#define CGRUN_APPLY_FILTERS_H

#include <sys/types.h>

#include "runner/apply/child.h"

/*
 * `counted`: somebody counts the calls that the policy refuses. What is not the plan's is of
 * `filters`. 0 or -ENOMEM.
 */
int filters_choose(struct child_filters *filters, const struct plan *plan, bool counted,
                   const struct beside *beside);
void filters_free(struct child_filters *filters, const struct plan *plan);

#endif
