/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How exposed the host is to a job, as a number from 0 (shut in) to 10 (may do anything), line by
 * line. A rough guide for choosing options, not a proof: the weights are judgement. Pure.
 */
#ifndef CGRUN_PLAN_EXPOSURE_H
#define CGRUN_PLAN_EXPOSURE_H

#include "runner/plan/plan.h"

#define EXPOSURE_LINES 20

struct exposure_line {
    const char *what, *state;
    const char *mend; /* what would close it; "" where it is closed */
    double weight;    /* what it counts if it is wide open */
    double open;      /* from 0 to 1 */
    double points;    /* what it adds to the sum */
};

struct exposure {
    struct exposure_line line[EXPOSURE_LINES];
    size_t lines;
    double score; /* 0 to 10 */
};

/* `facts` as the plan was made from. */
void exposure_of(struct exposure *e, const struct plan *plan, const struct host_facts *facts);

void exposure_text(const struct exposure *e, struct buf *out);
struct json *exposure_json(const struct exposure *e);

#endif
