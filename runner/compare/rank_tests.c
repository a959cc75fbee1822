/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rank tests. Exact ones count in how many ways the ranks could have been dealt out: ranks are
 * doubled, so that those of ties, which are means, are whole numbers as well, and a table holds how
 * many choices of k of them have each sum.
 */
#include <math.h>
#include <stdlib.h>

#include "runner/base/cleanup.h"
#include "runner/compare/stats.h"

struct figure {
    double value;
    size_t from;    /* where it stood */
    unsigned rank2; /* twice its rank, from 2 on */
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct figure *)a)->value, y = ((const struct figure *)b)->value;

    return (x > y) - (x < y);
}

/* Ranks them; equal ones share the mean. Returns the sum of t^3 - t over ties of t. */
static double rank(struct figure *f, size_t n)
{
    double ties = 0;

    qsort(f, n, sizeof(*f), by_value);
    for (size_t i = 0, end; i < n; i = end) {
        double t;

        for (end = i + 1; end < n && f[end].value == f[i].value;)
            end++;
        for (size_t k = i; k < end; k++)
            f[k].rank2 = (unsigned)(i + 1 + end);
        t = (double)(end - i);
        ties += t * t * t - t;
    }
    return ties;
}

static double two_sided(double z)
{
    return fmin(1, erfc(fabs(z) / M_SQRT2));
}

/* Where a sum lies as far from the middle as this one, rounding of halves apart. */
static double tails(const double *ways, size_t sums, double middle, double sum)
{
    double all = 0, far = 0, distance = fabs(sum - middle) - 1e-9;

    for (size_t s = 0; s < sums; s++) {
        all += ways[s];
        if (fabs((double)s - middle) >= distance)
            far += ways[s];
    }
    return all > 0 ? fmin(1, far / all) : 1;
}

/* Of all ranks, in how many ways do k of them sum up to s: ways[k * sums + s]. */
static double exact_sum(const struct figure *f, size_t all, size_t k, double sum2)
{
    size_t sums = all * (all + 1) + 1; /* twice the sum of all ranks */
    _cleanup_free_ double *ways = calloc((k + 1) * sums, sizeof(*ways));

    if (!ways)
        return NAN;
    ways[0] = 1;
    for (size_t i = 0; i < all; i++)
        for (size_t used = k < i + 1 ? k : i + 1; used > 0; used--)
            for (size_t s = f[i].rank2; s < sums; s++)
                ways[used * sums + s] += ways[(used - 1) * sums + s - f[i].rank2];
    return tails(ways + k * sums, sums, (double)k * (double)(all + 1), sum2);
}

double stats_rank_sum(const double *a, size_t n, const double *b, size_t m)
{
    size_t all = n + m;
    _cleanup_free_ struct figure *f = calloc(all + 1, sizeof(*f));
    double ties, sum2 = 0, dn = (double)n, dm = (double)m, dall = (double)all, u, sd;

    if (n == 0 || m == 0)
        return 1;
    if (!f)
        return NAN;
    for (size_t i = 0; i < all; i++)
        f[i] = (struct figure){i < n ? a[i] : b[i - n], i, 0};
    ties = rank(f, all);
    for (size_t i = 0; i < all; i++)
        if (f[i].from < n)
            sum2 += f[i].rank2;
    if (all <= STATS_EXACT_MAX)
        return exact_sum(f, all, n, sum2);
    u = sum2 / 2 - dn * (dn + 1) / 2;
    sd = sqrt(dn * dm / 12 * (dall + 1 - ties / (dall * (dall - 1))));
    return sd > 0 ? two_sided(fmax(0, fabs(u - dn * dm / 2) - 0.5) / sd) : 1;
}

/* In how many ways could signs be given to the ranks so that the positive ones sum up to s. */
static double exact_signed(const struct figure *f, size_t n, double sum2)
{
    size_t sums = n * (n + 1) + 1;
    _cleanup_free_ double *ways = calloc(sums, sizeof(*ways));

    if (!ways)
        return NAN;
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t s = sums - 1; s >= f[i].rank2; s--)
            ways[s] += ways[s - f[i].rank2];
    return tails(ways, sums, (double)(n * (n + 1)) / 2, sum2);
}

double stats_signed_rank(const double *d, size_t n)
{
    _cleanup_free_ struct figure *f = calloc(n + 1, sizeof(*f));
    double ties, sum2 = 0, count, sd;
    size_t used = 0;

    if (!f)
        return NAN;
    for (size_t i = 0; i < n; i++)
        if (d[i] != 0)
            f[used++] = (struct figure){fabs(d[i]), i, 0};
    if (used == 0)
        return 1;
    ties = rank(f, used);
    for (size_t i = 0; i < used; i++)
        if (d[f[i].from] > 0)
            sum2 += f[i].rank2;
    if (used <= STATS_EXACT_MAX)
        return exact_signed(f, used, sum2);
    count = (double)used;
    sd = sqrt(count * (count + 1) * (2 * count + 1) / 24 - ties / 48);
    return two_sided(fmax(0, fabs(sum2 / 2 - count * (count + 1) / 4) - 0.5) / sd);
}
