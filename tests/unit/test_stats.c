/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics, against four truths: published tables of critical values, figures that R and
 * SciPy 1.10 gave for the same samples, and a count of all cases one by one.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/compare/stats.h"
#include "tests/unit/stats_vectors.h"
#include "tests/unit/unit.h"

static void near(double value, double truth, double tolerance)
{
    if (!(fabs(value - truth) <= tolerance))
        fail_msg("%.12g is not %.12g within %g", value, truth, tolerance);
}

static void test_quantiles(void **state)
{
    double x[] = {11, 1, 4, 7, 2};

    (void)state;
    near(stats_median(x, 5), 4, 0);
    near(stats_median(x, 4), 5.5, 0);
    near(stats_spread(x, 5), 4.4478, 1e-9);
    stats_sort(x, 5);
    near(stats_quantile(x, 5, 0.1), 1.4, 1e-12);
    near(stats_quantile(x, 5, 0.25), 2, 1e-12);
    near(stats_quantile(x, 5, 0.9), 9.4, 1e-12);
    near(stats_quantile(x, 5, 0), 1, 0);
    near(stats_quantile(x, 5, 1), 11, 0);
    near(stats_quantile(x, 1, 0.3), 1, 0);
    near(stats_quantile(x, 0, 0.3), 0, 0);
    near(stats_spread(x, 1), 0, 0);
}

/* Two samples of n and m with no ties whose Mann-Whitney U is the one that is asked for. */
static double p_of_u(size_t n, size_t m, size_t u)
{
    double a[40], b[40];
    size_t above = u;

    /* Each step of an a past a b adds one to U. */
    for (size_t i = 0; i < m; i++)
        b[i] = (double)i + 1;
    for (size_t i = 0; i < n; i++) {
        size_t passes = above < m ? above : m;

        a[i] = (double)passes + 0.5 + (double)i / 1000;
        above -= passes;
    }
    return stats_rank_sum(a, n, b, m);
}

/* The largest U that is significant at 5 %, two-sided: Mann and Whitney's table. */
static void test_critical_values_of_u(void **state)
{
    static const struct {
        size_t n, m, u;
    } table[] = {{4, 4, 0},    {5, 5, 2},    {6, 6, 5},     {7, 7, 8},    {8, 8, 13},
                 {9, 9, 17},   {10, 10, 23}, {5, 8, 6},     {3, 5, 0},    {4, 10, 5},
                 {12, 12, 37}, {15, 15, 64}, {20, 20, 127}, {10, 20, 55}, {8, 15, 29}};

    (void)state;
    for (size_t i = 0; i < LEN(table); i++) {
        if (!(p_of_u(table[i].n, table[i].m, table[i].u) <= 0.05))
            fail_msg("%zu and %zu: U %zu is significant", table[i].n, table[i].m, table[i].u);
        if (!(p_of_u(table[i].n, table[i].m, table[i].u + 1) > 0.05))
            fail_msg("%zu and %zu: U %zu is not significant", table[i].n, table[i].m,
                     table[i].u + 1);
    }
}

/* Differences of ranks 1 to n whose negative ones sum up to t. */
static double p_of_t(size_t n, size_t t)
{
    double d[40];

    for (size_t rank = n; rank > 0; rank--) {
        bool negative = t >= rank;

        t -= negative ? rank : 0;
        d[rank - 1] = negative ? -(double)rank : (double)rank;
    }
    return stats_signed_rank(d, n);
}

/* The largest sum of ranks that is significant at 5 %, two-sided: Wilcoxon's table. */
static void test_critical_values_of_t(void **state)
{
    static const size_t table[][2] = {{6, 0},   {7, 2},   {8, 3},   {9, 5},   {10, 8},
                                      {11, 10}, {12, 13}, {13, 17}, {14, 21}, {15, 25},
                                      {16, 29}, {20, 52}, {25, 89}, {30, 137}};

    (void)state;
    for (size_t i = 0; i < LEN(table); i++)
        if (!(p_of_t(table[i][0], table[i][1]) <= 0.05 &&
              p_of_t(table[i][0], table[i][1] + 1) > 0.05))
            fail_msg("of %zu differences the critical sum is %zu", table[i][0], table[i][1]);
}

static void test_as_scipy_has_it(void **state)
{
    static const double x[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
                        y[] = {1.15, 0.88, 0.90, 0.74, 1.21},
                        d[] = {0.5, -1.5, 2.5, 3.5, -0.25, 4.5, 5.5, 6.5, -0.75, 7.5, 8.5},
                        t1[] = {1, 2, 2, 3, 3, 3, 4}, t2[] = {2, 3, 3, 3, 4, 4, 5};
    double p[42], q[42], far[81];

    (void)state;
    near(stats_rank_sum(x, LEN(x), y, LEN(y)), 0.2544122544122544, 1e-12);
    near(stats_signed_rank(d, LEN(d)), 0.0244140625, 1e-12);
    for (int i = 0; i < 40; i++) {
        p[i] = i + 1;
        q[i] = (i + 1) * 1.13 + 2.3;
    }
    near(stats_rank_sum(p, 40, q, 40), 0.09693818842839912, 1e-12);
    for (int i = 0; i < 42; i++) {
        p[i] = t1[i % 7];
        q[i] = t2[i % 7];
    }
    near(stats_rank_sum(p, 42, q, 42), 0.00019340338298226388, 1e-12);
    for (int i = 0; i < 81; i++)
        far[i] = ((i + 1) * 37 % 83 - 35) / 7.0;
    near(stats_signed_rank(far, 81), 0.024173407314259692, 1e-9);
}

/* Midranks by counting, and every way to choose n of all: another way to the same number. */
static double counted(const double *all, size_t total, size_t n)
{
    double rank[12] = {0}, seen = 0, middle = (double)n * (double)(total + 1) / 2;
    unsigned far = 0, ways = 0;

    for (size_t i = 0; i < total; i++) {
        rank[i] = 0.5;
        for (size_t k = 0; k < total; k++)
            rank[i] += all[k] < all[i] ? 1 : all[k] == all[i] ? 0.5 : 0;
    }
    for (size_t i = 0; i < n; i++)
        seen += rank[i];
    for (unsigned mask = 0; mask < 1u << total; mask++) {
        double sum = 0;

        if ((size_t)__builtin_popcount(mask) != n)
            continue;
        for (size_t i = 0; i < total; i++)
            sum += mask >> i & 1 ? rank[i] : 0;
        ways++;
        far += fabs(sum - middle) >= fabs(seen - middle) - 1e-9;
    }
    return (double)far / ways;
}

static void test_as_counted_one_by_one(void **state)
{
    struct stats_random random = {77};
    double x[12];

    (void)state;
    for (int round = 0; round < 300; round++) {
        size_t total = 4 + stats_random_below(&random, 9);
        size_t n = 1 + stats_random_below(&random, total - 1);

        for (size_t i = 0; i < total; i++) /* few values: many ties */
            x[i] = (double)stats_random_below(&random, 2 + (uint64_t)round % 20);
        near(stats_rank_sum(x, n, x + n, total - n), counted(x, total, n), 1e-9);
    }
}

/* The exact distribution goes over into the normal one without a step. */
static void test_exact_meets_normal(void **state)
{
    double a[40], b[40];

    (void)state;
    for (int i = 0; i < 40; i++) {
        a[i] = i;
        b[i] = i + 6.5;
    }
    near(stats_rank_sum(a, 30, b, 30), stats_rank_sum(a, 30, b, 31), 0.02);
}

static void test_edges(void **state)
{
    static const double same[] = {3, 3, 3, 3, 3}, zero[] = {0, 0, 0};
    struct interval none = stats_change_interval(same, 1, same, 5);

    (void)state;
    near(stats_rank_sum(same, 5, same, 5), 1, 0);
    near(stats_rank_sum(same, 0, same, 5), 1, 0);
    near(stats_signed_rank(zero, 3), 1, 0);
    near(stats_signed_rank(zero, 0), 1, 0);
    assert_true(isnan(none.low) && isnan(none.high));
    none = stats_change_interval(zero, 3, same, 3);
    assert_true(isnan(none.low));
    none = stats_pairs_interval(zero, same, 3);
    assert_true(isnan(none.low));
}

static void test_holm(void **state)
{
    double p[] = {0.01, 0.04, 0.03, 0.005}, ties[] = {0.02, 0.02, 0.5}, one[] = {0.03};

    (void)state;
    stats_holm(p, 4);
    near(p[3], 0.02, 1e-12);
    near(p[0], 0.03, 1e-12);
    near(p[2], 0.06, 1e-12);
    near(p[1], 0.06, 1e-12);
    stats_holm(ties, 3);
    near(ties[0], 0.06, 1e-12);
    near(ties[1], 0.06, 1e-12);
    near(ties[2], 0.5, 1e-12);
    stats_holm(one, 1);
    near(one[0], 0.03, 1e-12);
    stats_holm(one, 0);
}

static void test_intervals(void **state)
{
    static const double x[] = {10.1, 10.3, 9.9, 10.0, 10.4, 10.2, 10.15, 9.95, 10.05, 10.25};
    double twice[10];
    struct interval in = stats_median_interval(x, LEN(x)), change;

    (void)state;
    near(in.low, 10.0, 0.026); /* SciPy's of 100,000 resamples: 10.0 to 10.25 */
    near(in.high, 10.25, 0.026);
    for (int i = 0; i < 10; i++)
        twice[i] = 2 * x[i];
    change = stats_change_interval(x, 10, twice, 10);
    assert_true(change.low < 1 && change.low > 0.95 && change.high > 1 && change.high < 1.05);
    change = stats_pairs_interval(x, twice, 10);
    near(change.low, 1, 1e-9);
    near(change.high, 1, 1e-9);
}

/* Cohen's table for Student's test has 17 for one deviation and 64 for half of one; medians
 * need pi/2 as many as means. */
static void test_runs_needed(void **state)
{
    (void)state;
    near(stats_runs_needed(0.02, 0.02, 0.05), 17 * M_PI / 2, 1);
    near(stats_runs_needed(0.02, 0.01, 0.05), 64 * M_PI / 2, 2);
    assert_true(stats_runs_needed(0.02, 0.02, 0.01) > stats_runs_needed(0.02, 0.02, 0.05));
    near(stats_runs_needed(0.0001, 0.5, 0.05), 2, 0);
    assert_true(isinf(stats_runs_needed(0.02, 0, 0.05)));
}

static void test_random_is_even(void **state)
{
    struct stats_random random = {1};
    unsigned count[10] = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        count[stats_random_below(&random, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(count[i], 9500, 10500);
}

static void test_as_r_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(r_rank_sum); i++)
        near(stats_rank_sum(r_rank_sum[i].a, r_rank_sum[i].n, r_rank_sum[i].b, r_rank_sum[i].m),
             r_rank_sum[i].p, 1e-10);
    for (size_t i = 0; i < LEN(r_signed_rank); i++)
        near(stats_signed_rank(r_signed_rank[i].d, r_signed_rank[i].n), r_signed_rank[i].p, 1e-10);
    for (size_t i = 0; i < LEN(r_holm); i++) {
        double p[VECTOR_MAX];

        memcpy(p, r_holm[i].p, sizeof(p));
        stats_holm(p, r_holm[i].n);
        for (size_t k = 0; k < r_holm[i].n; k++)
            near(p[k], r_holm[i].holm[k], 1e-12);
    }
    for (size_t i = 0; i < LEN(r_described); i++) {
        double sorted[VECTOR_MAX];

        memcpy(sorted, r_described[i].x, sizeof(sorted));
        near(stats_spread(sorted, r_described[i].n), r_described[i].spread, 1e-10);
        stats_sort(sorted, r_described[i].n);
        for (size_t k = 0; k < LEN(r_quantile_of); k++)
            near(stats_quantile(sorted, r_described[i].n, r_quantile_of[k]),
                 r_described[i].quantile[k], 1e-10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_critical_values_of_u),
        cmocka_unit_test(test_critical_values_of_t),
        cmocka_unit_test(test_as_scipy_has_it),
        cmocka_unit_test(test_as_r_has_it),
        cmocka_unit_test(test_as_counted_one_by_one),
        cmocka_unit_test(test_exact_meets_normal),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_holm),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_runs_needed),
        cmocka_unit_test(test_random_is_even),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
