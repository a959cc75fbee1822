/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as a gate: conditions that must not come true. Pure. */
#ifndef CGRUN_COMPARE_GATE_H
#define CGRUN_COMPARE_GATE_H

#include "runner/base/err.h"
#include "runner/compare/compare.h"

/* "wall_seconds>5%": more of it by at least 5 %, and surely so. */
struct gate_condition {
    char text[96];
    enum metric_id metric;
    double share;
};

enum gate_answer { GATE_HELD, GATE_BREACHED, GATE_UNKNOWN };

/* Reads one condition. 0 or -EINVAL. */
int gate_parse(struct gate_condition *c, const char *text, struct err *err);

/* Its metric is compared, and its share is what matters. */
void gate_request(const struct gate_condition *c, struct compare_request *q);

/* `why` (may be NULL) gets a clause with the figures. */
enum gate_answer gate_answer(const struct gate_condition *c, const struct comparison *of,
                             struct buf *why);

#endif
