/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/compare/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"

#define MAD_TO_DEVIATION 1.4826
#define SEED             UINT64_C(0x6367727573746174)

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void stats_sort(double *x, size_t n)
{
    if (n)
        qsort(x, n, sizeof(*x), ascending);
}

double stats_quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n ? n - 1 : 0);
    size_t low = (size_t)at;

    if (n == 0)
        return 0;
    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

static double *copy_sorted(const double *x, size_t n)
{
    double *copy = malloc((n + 1) * sizeof(*copy));

    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, x, n * sizeof(*copy));
    stats_sort(copy, n);
    return copy;
}

double stats_median(const double *x, size_t n)
{
    _cleanup_free_ double *sorted = copy_sorted(x, n);

    return sorted ? stats_quantile(sorted, n, 0.5) : NAN;
}

double stats_spread(const double *x, size_t n)
{
    _cleanup_free_ double *away = copy_sorted(x, n);
    double median;

    if (!away)
        return NAN;
    median = stats_quantile(away, n, 0.5);
    for (size_t i = 0; i < n; i++)
        away[i] = fabs(away[i] - median);
    stats_sort(away, n);
    return MAD_TO_DEVIATION * stats_quantile(away, n, 0.5);
}

void stats_holm(double *p, size_t n)
{
    _cleanup_free_ double *sorted = copy_sorted(p, n);
    double least = 0;

    if (!sorted)
        return;
    for (size_t i = 0; i < n; i++) {
        double corrected = fmin(1, sorted[i] * (double)(n - i));

        least = fmax(least, corrected);
        for (size_t k = 0; k < n; k++)
            if (p[k] == sorted[i])
                p[k] = -1 - least; /* done, and not to be met again */
        while (i + 1 < n && sorted[i + 1] == sorted[i])
            i++;
    }
    for (size_t k = 0; k < n; k++)
        p[k] = -1 - p[k];
}

/* xorshift64*, which passes what resampling asks of a generator. */
static uint64_t next_random(struct stats_random *r)
{
    uint64_t x = r->state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    r->state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

uint64_t stats_random_below(struct stats_random *r, uint64_t below)
{
    return (uint64_t)(((unsigned __int128)next_random(r) * below) >> 64);
}

static double median_of_resample(struct stats_random *r, const double *x, size_t n, double *room)
{
    for (size_t i = 0; i < n; i++)
        room[i] = x[stats_random_below(r, n)];
    stats_sort(room, n);
    return stats_quantile(room, n, 0.5);
}

static struct interval of_resamples(double *drawn)
{
    stats_sort(drawn, STATS_RESAMPLES);
    return (struct interval){stats_quantile(drawn, STATS_RESAMPLES, 0.025),
                             stats_quantile(drawn, STATS_RESAMPLES, 0.975)};
}

struct interval stats_median_interval(const double *x, size_t n)
{
    _cleanup_free_ double *drawn = calloc(STATS_RESAMPLES, sizeof(*drawn));
    _cleanup_free_ double *room = calloc(n + 1, sizeof(*room));
    struct stats_random random = {SEED};

    if (!drawn || !room || n < 2)
        return (struct interval){NAN, NAN};
    for (size_t i = 0; i < STATS_RESAMPLES; i++)
        drawn[i] = median_of_resample(&random, x, n, room);
    return of_resamples(drawn);
}

struct interval stats_change_interval(const double *a, size_t n, const double *b, size_t m)
{
    _cleanup_free_ double *drawn = calloc(STATS_RESAMPLES, sizeof(*drawn));
    _cleanup_free_ double *room = calloc(n + m + 1, sizeof(*room));
    struct stats_random random = {SEED};

    if (!drawn || !room || n < 2 || m < 2)
        return (struct interval){NAN, NAN};
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        double before = median_of_resample(&random, a, n, room);
        double after = median_of_resample(&random, b, m, room);

        if (before == 0)
            return (struct interval){NAN, NAN};
        drawn[i] = after / before - 1;
    }
    return of_resamples(drawn);
}

struct interval stats_pairs_interval(const double *a, const double *b, size_t n)
{
    _cleanup_free_ double *ratio = calloc(n + 1, sizeof(*ratio));

    if (!ratio)
        return (struct interval){NAN, NAN};
    for (size_t i = 0; i < n; i++) {
        if (a[i] == 0)
            return (struct interval){NAN, NAN};
        ratio[i] = b[i] / a[i] - 1;
    }
    return stats_median_interval(ratio, n);
}

/* The inverse of the normal distribution's upper tail, by bisection of erfc. */
static double normal_quantile(double upper)
{
    double low = -10, high = 10;

    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2;

        if (0.5 * erfc(middle / M_SQRT2) > upper)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * Two samples of normal figures, with the usual correction of small ones; medians, whose interval
 * has to show it as well, need pi/2 as many as means.
 */
double stats_runs_needed(double spread, double change, double alpha)
{
    double significance = normal_quantile(alpha / 2), z = significance + normal_quantile(0.2);
    double n = 2 * z * z * spread * spread / (change * change) + significance * significance / 4;

    n *= M_PI / 2;
    return isfinite(n) ? fmax(2, ceil(n)) : INFINITY;
}
