/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_PRESENT_TEXT_H
#define CGRUN_PRESENT_TEXT_H

#include "runner/present/present.h"

/* "SIGTERM". */
void present_signal(int signal, struct buf *out);

/* A column of a table: the bytes made safe, padded (a negative width: to the right), a gap. */
void present_cell(struct buf *out, const char *bytes, int width);

/* Columns of figures, nine wide. */
void present_duration_cell(double seconds, struct buf *out);
void present_size_cell(double bytes, struct buf *out);
void present_count_cell(double count, struct buf *out);

bool present_available(const struct record *r, enum metric_id id);
double present_value(const struct record *r, enum metric_id id);

/* The value with its unit, or "unavailable". */
void present_metric(const struct record *r, enum metric_id id, struct buf *out);

/* Evidence of the verdict by key; "unknown" when there is none. */
const char *present_evidence(const struct record *r, const char *key);
void present_evidence_bytes(const struct record *r, const char *key, struct buf *out);
void present_evidence_size(const struct record *r, const char *key, struct buf *out);
void present_evidence_duration(const struct record *r, const char *key, struct buf *out);
void present_evidence_signal(const struct record *r, const char *key, struct buf *out);

/* What ended it, in a clause, with its evidence; "" for a plain exit. */
void present_cause(const struct record *r, struct buf *out);

/* How a process ended, in a word or two. */
void present_end(const struct ledger_row *row, struct buf *out);
/* The processes, each beneath its parent. */
void present_tree(const struct ledger *l, struct buf *out);

/* The sections of what was traced on request. */
void present_traces(const struct record *r, struct buf *out);

/* It failed under a policy, and whether the policy refused a call is not known. */
bool present_refusals_unknown(const struct record *r);

/* What it met without ending of it, a line each; and one line of what to do about its end. */
void present_also(const struct record *r, struct buf *out);
void present_remedy(const struct record *r, struct buf *out);

#endif
