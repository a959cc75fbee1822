/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before and after: per metric the change between two sides, how sure it is, and a verdict. Pure.
 *
 *   better, worse  the test finds a difference, corrected for the number of metrics tested, the
 *                  interval has 0 outside, and the change is at least the practical threshold
 *   same           the whole confidence interval lies within the threshold
 *   inconclusive   neither; `more_runs` says how many further runs of each side would tell
 */
#ifndef CGRUN_COMPARE_COMPARE_H
#define CGRUN_COMPARE_COMPARE_H

#include "runner/compare/side.h"
#include "runner/compare/stats.h"

#define COMPARE_THRESHOLD 0.02 /* what change matters, unless asked otherwise */
#define COMPARE_ALPHA     0.04 /* of all metrics together: at most one session in twenty errs */
#define COMPARE_RUNS_MIN  4    /* with fewer on a side no rank test can find anything */

enum compare_verdict {
    COMPARE_BETTER,
    COMPARE_WORSE,
    COMPARE_SAME,
    COMPARE_INCONCLUSIVE,
    COMPARE_CHANGED, /* of a metric that has no better or worse */
    COMPARE_VERDICTS,
};
const char *compare_verdict_name(enum compare_verdict v);

/* What is asked for, per metric. */
struct compare_request {
    bool wanted[METRIC_COUNT];
    double threshold[METRIC_COUNT];
    bool quiet_only;
};
/* The metrics that the catalogue marks, the usual thresholds. */
void compare_request_init(struct compare_request *q);

struct compare_row {
    enum metric_id metric;
    size_t n[2];
    double median[2], spread[2];
    double change; /* relative, of b to a; NaN where a is 0 */
    struct interval interval;
    double p; /* corrected */
    double threshold;
    enum compare_verdict verdict;
    bool disturbed;   /* inconclusive because only disturbed runs show a difference */
    double more_runs; /* of each side; 0: none needed, infinite: no number would do */
};

struct compare_difference {
    char *key, *before, *after; /* NULL: not there */
};

struct comparison {
    const struct side *side[2]; /* borrowed */
    bool paired;                /* run by run, interleaved in one session */
    size_t pairs;
    struct compare_row row[METRIC_COUNT];
    size_t rows;
    bool zero[METRIC_COUNT]; /* asked for, measured, and 0 in every run: it has no row */
    struct compare_difference *difference; /* of the environments */
    size_t differences;
    bool other_host;
};

/* Returns 0 or -ENOMEM. */
int compare(struct comparison *c, const struct side *a, const struct side *b,
            const struct compare_request *q);
void comparison_free(struct comparison *c);
#define _cleanup_comparison_ __attribute__((cleanup(comparison_free)))

/* The row of a metric, or NULL. */
const struct compare_row *comparison_row(const struct comparison *c, enum metric_id id);

#endif
