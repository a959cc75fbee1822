/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations: what the owner of a job says must hold when it has exited 0. Each is one of
 *   METRIC OP VALUE     wall_seconds<=90   memory_peak_bytes<1.5G   processes_failed==0
 *   exit OP NUMBER      exit=0
 *   exists:PATH         the path is there when the job has ended
 *   nonempty:PATH       and is a file of at least one byte
 * OP is one of < <= > >= == !=, or = for ==; VALUE takes the units of its metric. An unavailable
 * metric does not hold. Paths are relative to the job's working directory.
 */
#ifndef CGRUN_RECORD_EXPECT_H
#define CGRUN_RECORD_EXPECT_H

#include "runner/base/err.h"
#include "runner/record/record.h"

/* 0 if the text is an expectation; err says what is wrong with it otherwise. Pure. */
int expect_parse(const char *text, struct err *err);

/*
 * Evaluates one expectation against the metrics of `r` and adds the result to r->expect. Looks at
 * the file system for exists: and nonempty:. Returns 1 if it held, 0 if not, or a negative errno.
 */
int expect_evaluate(struct record *r, const char *text, struct err *err);

#endif
