/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making room for the job's cgroup2 group: a scope of systemd's, cgrun's own move into a leaf,
 * controllers for the groups beside it. Only cgrun itself is ever moved.
 */
#ifndef CGRUN_APPLY_PLACE_H
#define CGRUN_APPLY_PLACE_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/plan/plan.h"

/* What was done and is to be undone. */
struct place {
    const struct plan_place *plan;
    char invocation_id[40]; /* of the scope; "" without one */
    bool in_leaf;
};

/* Does what the plan says of its place. On failure what was done has been undone. */
int place_enter(struct place *place, const struct plan *plan, struct err *err);

/* Back to where cgrun was started, once the job's groups are gone. A scope ends with cgrun. */
void place_leave(struct place *place);

#endif
