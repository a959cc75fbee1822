/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sides of comparisons to test with. */
#ifndef CGRUN_TESTS_SIDES_H
#define CGRUN_TESTS_SIDES_H

#include "runner/compare/compare.h"
#include "tests/unit/records.h"

/* Ids and starts begin again. */
void sides_begin(void);

/* A run that ended well after so long and used 10 s of two processors. */
void record_of_run(struct record *r, double wall);

/* Another run with these figures: seconds, seconds, bytes. */
void side_add_figures(struct side *s, double wall, double cpu, double memory);

/* Three metrics of `n` runs, each by `factor` of what they were, in noise with that spread. */
void side_simulate(struct side *s, const char *name, size_t n, double factor, double spread);

/* compare() with the usual request. */
void compared(struct comparison *c, const struct side *a, const struct side *b);

#endif
