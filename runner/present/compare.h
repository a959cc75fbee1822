/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons as people, programs and build servers read them. Pure. */
#ifndef CGRUN_PRESENT_COMPARE_H
#define CGRUN_PRESENT_COMPARE_H

#include "runner/base/buf.h"
#include "runner/base/json.h"
#include "runner/compare/compare.h"
#include "runner/compare/gate.h"

/* `cgjob compare`: what differs, the table, the runs. */
void present_comparison(const struct comparison *c, bool quiet_only, struct buf *out);
struct json *present_comparison_json(const struct comparison *c);
void present_comparison_markdown(const struct comparison *c, struct buf *out);
void present_comparison_csv(const struct comparison *c, struct buf *out);

/* Pieces of it. */
void present_amount(enum metric_id id, double value, struct buf *out);
/* The median of a side (0 or 1) with its spread. */
void present_side_amount(const struct compare_row *row, int side, struct buf *out);
void present_change(const struct compare_row *row, struct buf *out);
void present_interval(const struct compare_row *row, struct buf *out);
/* "inconclusive: 14 more runs of each would tell" */
void present_compare_verdict(const struct compare_row *row, struct buf *out);
/* "20 + 20 runs, 2 disturbed (!17 !31: run-queue wait 14 %), kept" */
void present_compared_runs(const struct comparison *c, bool quiet_only, struct buf *out);

/* The conditions of a gate as a JUnit file, each a test case. */
void present_junit(const struct comparison *c, const struct gate_condition *conditions,
                   size_t count, bool strict, struct buf *out);

/* Markdown of a change: why, what, by whom, what came of it, how to undo it. */
struct change_note {
    const struct comparison *comparison; /* NULL: of one job */
    const struct record *job;            /* the job, or the last run of the second side */
    const struct strv *files;            /* touched; NULL: not traced */
};
void present_note(const struct change_note *n, struct buf *out);

#endif
