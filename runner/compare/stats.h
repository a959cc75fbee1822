/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics of two sets of figures. Pure, and the same figures give the same answer: what is
 * drawn at random comes from a generator with a fixed seed.
 */
#ifndef CGRUN_COMPARE_STATS_H
#define CGRUN_COMPARE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Sorts in place, ascending. */
void stats_sort(double *x, size_t n);

/* Of sorted figures, between neighbours in proportion; 0 of none. q is from 0 to 1. */
double stats_quantile(const double *sorted, size_t n, double q);

/* The median of figures in any order. -ENOMEM makes it NaN. */
double stats_median(const double *x, size_t n);

/*
 * The median absolute deviation from the median, times 1.4826: what the standard deviation is for
 * figures that are normally distributed, and hardly moved by a few that are not.
 */
double stats_spread(const double *x, size_t n);

/*
 * The two-sided Mann-Whitney rank-sum test: how likely figures of one distribution, split at
 * random, differ in rank at least as much as these. Exact, ties included, up to STATS_EXACT_MAX
 * figures; beyond by the normal distribution, corrected for ties and continuity. 1 where a side is
 * empty.
 */
#define STATS_EXACT_MAX 60
double stats_rank_sum(const double *a, size_t n, const double *b, size_t m);

/*
 * The two-sided Wilcoxon signed-rank test of differences, zero ones left out. Exact and beyond as
 * above.
 */
double stats_signed_rank(const double *d, size_t n);

/*
 * Holm's correction for testing `n` things at once: in place, each p-value becomes what it would
 * have to be compared with on its own.
 */
void stats_holm(double *p, size_t n);

struct interval {
    double low, high;
};

/*
 * The 95 % confidence interval of median(b) / median(a) - 1, and of the median of b[i] / a[i] - 1,
 * by STATS_RESAMPLES bootstrap resamples. NaN where it has none.
 */
#define STATS_RESAMPLES 4000
struct interval stats_change_interval(const double *a, size_t n, const double *b, size_t m);
struct interval stats_pairs_interval(const double *a, const double *b, size_t n);

/* The 95 % confidence interval of the median itself. */
struct interval stats_median_interval(const double *x, size_t n);

/*
 * Runs on each side with which a relative change of `change` is found eight times in ten, figures
 * varying relatively by `spread`, at the significance `alpha`. At least 2.
 */
double stats_runs_needed(double spread, double change, double alpha);

/* A generator of numbers, and one of them from 0 up to, not including, `below`. */
struct stats_random {
    uint64_t state;
};
uint64_t stats_random_below(struct stats_random *r, uint64_t below);

#endif
