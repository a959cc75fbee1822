/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/compare/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"

const char *compare_verdict_name(enum compare_verdict v)
{
    static const char *const names[COMPARE_VERDICTS] = {"better", "worse", "same", "inconclusive",
                                                        "changed"};

    return names[v];
}

void compare_request_init(struct compare_request *q)
{
    *q = (struct compare_request){0};
    for (int i = 0; i < METRIC_COUNT; i++) {
        q->wanted[i] = metrics[i].compared;
        q->threshold[i] = COMPARE_THRESHOLD;
    }
}

/* A metric's figures on both sides; with pairs those of one pair have the same place. */
struct figures {
    double *x[2];
    size_t n[2];
    bool paired;
};

static void figures_free(struct figures *f)
{
    free(f->x[0]);
    free(f->x[1]);
}

static const struct side_run *partner(const struct side *s, unsigned pair)
{
    for (size_t i = 0; i < s->runs; i++)
        if (s->run[i].pair == pair)
            return &s->run[i];
    return NULL;
}

static void add_pairs(const struct comparison *c, enum metric_id id, bool quiet, struct figures *f)
{
    for (size_t i = 0; i < c->side[0]->runs; i++) {
        const struct side_run *a = &c->side[0]->run[i], *b = partner(c->side[1], a->pair);

        if (!b || isnan(a->value[id]) || isnan(b->value[id]) ||
            (quiet && (a->disturbed || b->disturbed)))
            continue;
        f->x[0][f->n[0]++] = a->value[id];
        f->x[1][f->n[1]++] = b->value[id];
    }
}

static int figures_read(struct figures *f, const struct comparison *c, enum metric_id id,
                        bool quiet)
{
    *f = (struct figures){.paired = c->paired};
    for (int i = 0; i < 2; i++) {
        f->x[i] = calloc(c->side[i]->runs + 1, sizeof(double));
        if (!f->x[i])
            return -ENOMEM;
    }
    if (c->paired)
        add_pairs(c, id, quiet, f);
    else
        for (int i = 0; i < 2; i++)
            f->n[i] = side_values(c->side[i], id, quiet, f->x[i]);
    return 0;
}

static double test(const struct figures *f)
{
    _cleanup_free_ double *d = NULL;

    if (!f->paired)
        return stats_rank_sum(f->x[0], f->n[0], f->x[1], f->n[1]);
    d = calloc(f->n[0] + 1, sizeof(*d));
    for (size_t i = 0; d && i < f->n[0]; i++)
        d[i] = f->x[1][i] - f->x[0][i];
    return d ? stats_signed_rank(d, f->n[0]) : NAN;
}

static bool all_equal(const struct figures *f)
{
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < f->n[i]; k++)
            if (f->x[i][k] != f->x[0][0])
                return false;
    return f->n[0] && f->n[1];
}

static double paired_change(const struct figures *f)
{
    _cleanup_free_ double *ratio = calloc(f->n[0] + 1, sizeof(*ratio));

    for (size_t i = 0; ratio && i < f->n[0]; i++)
        ratio[i] = f->x[0][i] != 0 ? f->x[1][i] / f->x[0][i] - 1 : f->x[1][i] == 0 ? 0 : NAN;
    return ratio ? stats_median(ratio, f->n[0]) : NAN;
}

static void describe(struct compare_row *row, const struct figures *f)
{
    for (int i = 0; i < 2; i++) {
        row->n[i] = f->n[i];
        row->median[i] = stats_median(f->x[i], f->n[i]);
        row->spread[i] = stats_spread(f->x[i], f->n[i]);
    }
    if (all_equal(f)) {
        row->change = 0;
        row->interval = (struct interval){0, 0};
    } else if (f->paired) {
        row->change = paired_change(f);
        row->interval = stats_pairs_interval(f->x[0], f->x[1], f->n[0]);
    } else {
        row->change = row->median[0] != 0   ? row->median[1] / row->median[0] - 1
                      : row->median[1] == 0 ? 0
                                            : NAN;
        row->interval = stats_change_interval(f->x[0], f->n[0], f->x[1], f->n[1]);
    }
    row->p = test(f);
}

/* Relative, of both sides together; of pairs, that of their differences. */
static double relative_spread(const struct compare_row *row)
{
    double a = row->median[0] ? row->spread[0] / row->median[0] : 0;
    double b = row->median[1] ? row->spread[1] / row->median[1] : 0;

    return sqrt((a * a + b * b) / 2);
}

static void estimate(struct compare_row *row, size_t tested)
{
    double have = (double)(row->n[0] < row->n[1] ? row->n[0] : row->n[1]), spread, needed;

    /* Not of runs that were all alike by chance. */
    spread = fmax(relative_spread(row), 0.001);
    needed = stats_runs_needed(spread, fmax(fabs(row->change), row->threshold),
                               COMPARE_ALPHA / (double)tested);
    row->more_runs = fmax(fmax(needed, COMPARE_RUNS_MIN + 1) - have, 1);
}

/* What the interval says has to agree with the test. */
static bool is_sure(const struct compare_row *row)
{
    bool none = isnan(row->interval.low);

    return row->p < COMPARE_ALPHA && (none || row->interval.low > 0 || row->interval.high < 0);
}

/* A side that was 0 and is not any more has changed by more than any threshold. */
static bool is_large(const struct compare_row *row)
{
    return isnan(row->change) ? row->median[0] != row->median[1]
                              : fabs(row->change) >= row->threshold;
}

static void decide(struct compare_row *row, size_t tested)
{
    bool more = row->median[1] > row->median[0];

    row->verdict = COMPARE_INCONCLUSIVE;
    if (is_sure(row) && is_large(row))
        row->verdict = metrics[row->metric].neutral ? COMPARE_CHANGED
                       : more                       ? COMPARE_WORSE
                                                    : COMPARE_BETTER;
    else if (row->interval.low >= -row->threshold && row->interval.high <= row->threshold)
        row->verdict = COMPARE_SAME;
    if (row->n[0] < COMPARE_RUNS_MIN || row->n[1] < COMPARE_RUNS_MIN)
        row->verdict = COMPARE_INCONCLUSIVE;
    if (row->verdict == COMPARE_INCONCLUSIVE)
        estimate(row, tested);
}

/* A difference has to show in the quiet runs alone, or others may have made it. */
static int doubt(struct comparison *c, struct compare_row *row)
{
    struct figures quiet __attribute__((cleanup(figures_free))) = {0};
    struct compare_row alone = *row;

    if (row->verdict == COMPARE_SAME || row->verdict == COMPARE_INCONCLUSIVE)
        return 0;
    if (c->side[0]->disturbed + c->side[1]->disturbed == 0)
        return 0;
    if (figures_read(&quiet, c, row->metric, true) < 0)
        return -ENOMEM;
    if (quiet.n[0] >= COMPARE_RUNS_MIN && quiet.n[1] >= COMPARE_RUNS_MIN) {
        describe(&alone, &quiet);
        alone.p *= (double)c->rows;
        decide(&alone, c->rows);
        if (alone.verdict == row->verdict)
            return 0;
    }
    row->verdict = COMPARE_INCONCLUSIVE;
    row->disturbed = true;
    estimate(row, c->rows);
    return 0;
}

static bool is_constant_zero(const struct compare_row *row)
{
    return row->median[0] == 0 && row->median[1] == 0 && row->spread[0] == 0 &&
           row->spread[1] == 0 && row->p == 1;
}

static int make_rows(struct comparison *c, const struct compare_request *q)
{
    double p[METRIC_COUNT];

    for (int id = 0; id < METRIC_COUNT; id++) {
        struct figures f __attribute__((cleanup(figures_free))) = {0};
        struct compare_row *row = &c->row[c->rows];

        if (!q->wanted[id])
            continue;
        if (figures_read(&f, c, (enum metric_id)id, false) < 0)
            return -ENOMEM;
        *row = (struct compare_row){.metric = (enum metric_id)id, .threshold = q->threshold[id]};
        if (f.n[0] == 0 || f.n[1] == 0)
            continue;
        describe(row, &f);
        c->zero[id] = is_constant_zero(row);
        if (!c->zero[id])
            p[c->rows++] = row->p;
    }
    stats_holm(p, c->rows);
    for (size_t i = 0; i < c->rows; i++) {
        c->row[i].p = p[i];
        decide(&c->row[i], c->rows);
        if (doubt(c, &c->row[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int add_difference(struct comparison *c, const char *key, const char *before,
                          const char *after)
{
    struct compare_difference *grown =
        realloc(c->difference, (c->differences + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    c->difference = grown;
    grown[c->differences++] = (struct compare_difference){
        strdup(key), before ? strdup(before) : NULL, after ? strdup(after) : NULL};
    if (strcmp(key, "host") == 0)
        c->other_host = true;
    return 0;
}

static int find_differences(struct comparison *c)
{
    const struct pairs *a = &c->side[0]->environment, *b = &c->side[1]->environment;
    int r = 0;

    for (size_t i = 0; r == 0 && i < a->count; i++) {
        const char *after = pairs_get(b, a->item[i].key);

        if (!after || strcmp(after, a->item[i].value) != 0)
            r = add_difference(c, a->item[i].key, a->item[i].value, after);
    }
    for (size_t i = 0; r == 0 && i < b->count; i++)
        if (!pairs_get(a, b->item[i].key))
            r = add_difference(c, b->item[i].key, NULL, b->item[i].value);
    return r;
}

/* Runs that were interleaved are compared each with its neighbour. */
static void find_pairs(struct comparison *c)
{
    const struct side *a = c->side[0], *b = c->side[1];

    if (!a->session || !b->session || strcmp(a->session, b->session) != 0)
        return;
    for (size_t i = 0; i < a->runs; i++)
        if (a->run[i].pair && partner(b, a->run[i].pair))
            c->pairs++;
    c->paired = c->pairs >= COMPARE_RUNS_MIN;
}

int compare(struct comparison *c, const struct side *a, const struct side *b,
            const struct compare_request *q)
{
    int r;

    *c = (struct comparison){.side = {a, b}};
    find_pairs(c);
    r = make_rows(c, q);
    return r < 0 ? r : find_differences(c);
}

void comparison_free(struct comparison *c)
{
    for (size_t i = 0; i < c->differences; i++) {
        free(c->difference[i].key);
        free(c->difference[i].before);
        free(c->difference[i].after);
    }
    free(c->difference);
    *c = (struct comparison){0};
}

const struct compare_row *comparison_row(const struct comparison *c, enum metric_id id)
{
    for (size_t i = 0; i < c->rows; i++)
        if (c->row[i].metric == id)
            return &c->row[i];
    return NULL;
}
