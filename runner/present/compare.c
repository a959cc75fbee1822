/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as a table on a terminal, in Markdown and as CSV. */
#include "runner/present/compare.h"
#include "runner/base/escape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/units.h"
#include "runner/present/csv.h"
#include "runner/present/text.h"

#define METRIC_WIDTH 27
#define FLAGGED_MAX  3 /* runs named */

void present_amount(enum metric_id id, double value, struct buf *out)
{
    const char *unit = metrics[id].unit;
    char text[48];

    if (strcmp(unit, "seconds") == 0)
        units_duration(value, text, sizeof(text));
    else if (strcmp(unit, "bytes") == 0)
        units_size(value, text, sizeof(text));
    else if (strcmp(unit, "ratio") == 0)
        snprintf(text, sizeof(text), "%.1f %%", value * 100);
    else
        units_count(value, text, sizeof(text));
    buf_add(out, text);
}

void present_side_amount(const struct compare_row *row, int side, struct buf *out)
{
    present_amount(row->metric, row->median[side], out);
    if (row->n[side] > 1) {
        buf_add(out, " ± ");
        present_amount(row->metric, row->spread[side], out);
    }
}

void present_change(const struct compare_row *row, struct buf *out)
{
    if (isnan(row->change))
        buf_add(out, "from 0");
    else
        buf_addf(out, "%+.1f %%", row->change * 100);
}

void present_interval(const struct compare_row *row, struct buf *out)
{
    if (!isnan(row->interval.low) && (row->interval.low != 0 || row->interval.high != 0))
        buf_addf(out, "%+.1f … %+.1f %%", row->interval.low * 100, row->interval.high * 100);
}

void present_compare_verdict(const struct compare_row *row, struct buf *out)
{
    buf_add(out, compare_verdict_name(row->verdict));
    if (row->verdict != COMPARE_INCONCLUSIVE)
        return;
    if (row->disturbed)
        buf_add(out, ": the quiet runs do not show it");
    else if (isfinite(row->more_runs) && row->more_runs < 1e5)
        buf_addf(out, ": %.0f more run%s of each would tell", row->more_runs,
                 row->more_runs == 1 ? "" : "s");
}

static void flagged(const struct side *s, unsigned *named, struct buf *out)
{
    for (size_t i = 0; i < s->runs; i++)
        if (s->run[i].disturbed && (*named)++ < FLAGGED_MAX)
            buf_addf(out, "%s!%" PRId64 ": %s", *named > 1 ? "; " : "", s->run[i].id,
                     s->run[i].disturbed);
}

static void left_out(const struct side *s, struct buf *out)
{
    if (s->failed)
        buf_addf(out, "; %zu of %s failed and are left out", s->failed, s->name);
    if (s->unfinished)
        buf_addf(out, "; %zu of %s have not ended", s->unfinished, s->name);
}

void present_compared_runs(const struct comparison *c, bool quiet_only, struct buf *out)
{
    size_t disturbed = c->side[0]->disturbed + c->side[1]->disturbed;
    unsigned named = 0;

    buf_addf(out, "%zu + %zu runs", c->side[0]->runs, c->side[1]->runs);
    if (c->paired)
        buf_addf(out, ", compared in %zu pairs", c->pairs);
    if (disturbed && quiet_only)
        buf_addf(out, "; %zu disturbed, left out", disturbed);
    if (disturbed && !quiet_only) {
        buf_addf(out, ", %zu disturbed (", disturbed);
        flagged(c->side[0], &named, out);
        flagged(c->side[1], &named, out);
        if (named > FLAGGED_MAX)
            buf_addf(out, "; and %u more", named - FLAGGED_MAX);
        buf_add(out, "), kept");
    }
    left_out(c->side[0], out);
    left_out(c->side[1], out);
    buf_add(out, "\n");
}

static void differences(const struct comparison *c, struct buf *out)
{
    if (c->other_host)
        buf_add(out, "The two sides ran on different hosts: the machines are compared as well.\n");
    for (size_t i = 0; i < c->differences; i++) {
        const struct compare_difference *d = &c->difference[i];

        buf_addf(out, "%s%-20s ", i ? "             " : "differs in:  ", d->key);
        present_bytes(d->before ? d->before : "none", out);
        buf_add(out, " -> ");
        present_bytes(d->after ? d->after : "none", out);
        buf_add(out, "\n");
    }
    if (c->differences)
        buf_add(out, "\n");
}

static void table_line(const struct compare_row *row, struct buf *out)
{
    _cleanup_buf_ struct buf a = {0}, b = {0}, change = {0}, interval = {0};

    present_side_amount(row, 0, &a);
    present_side_amount(row, 1, &b);
    present_change(row, &change);
    present_interval(row, &interval);
    buf_pad(out, metrics[row->metric].name, METRIC_WIDTH);
    buf_pad(out, buf_text(&a), -20);
    buf_pad(out, buf_text(&b), -20);
    buf_pad(out, buf_text(&change), -11);
    buf_pad(out, buf_text(&interval), -20);
    buf_add(out, "   ");
    present_compare_verdict(row, out);
    buf_end_line(out);
}

void present_comparison(const struct comparison *c, bool quiet_only, struct buf *out)
{
    _cleanup_buf_ struct buf a = {0}, b = {0};

    differences(c, out);
    present_bytes(c->side[0]->name, &a);
    present_bytes(c->side[1]->name, &b);
    buf_pad(out, "", METRIC_WIDTH);
    buf_pad(out, buf_text(&a), -20);
    buf_pad(out, buf_text(&b), -20);
    buf_pad(out, "change", -11);
    buf_pad(out, "95 % interval", -20);
    buf_add(out, "   verdict\n");
    for (size_t i = 0; i < c->rows; i++)
        table_line(&c->row[i], out);
    present_compared_runs(c, quiet_only, out);
}

void present_comparison_markdown(const struct comparison *c, struct buf *out)
{
    buf_add(out, "| metric | ");
    escape_markdown(c->side[0]->name, out);
    buf_add(out, " | ");
    escape_markdown(c->side[1]->name, out);
    buf_add(out, " | change | 95 % interval | verdict |\n"
                 "| --- | ---: | ---: | ---: | ---: | --- |\n");
    for (size_t i = 0; i < c->rows; i++) {
        const struct compare_row *row = &c->row[i];

        buf_addf(out, "| `%s` | ", metrics[row->metric].name);
        present_side_amount(row, 0, out);
        buf_add(out, " | ");
        present_side_amount(row, 1, out);
        buf_add(out, " | ");
        present_change(row, out);
        buf_add(out, " | ");
        present_interval(row, out);
        buf_add(out, " | ");
        present_compare_verdict(row, out);
        buf_add(out, " |\n");
    }
}

static void csv_number(struct buf *out, double value)
{
    if (isfinite(value))
        csv_real(out, value);
    else
        csv_text(out, "");
}

void present_comparison_csv(const struct comparison *c, struct buf *out)
{
    static const char *const columns[] = {
        "metric",
        "runs_before",
        "runs_after",
        "median_before",
        "median_after",
        "spread_before",
        "spread_after",
        "change",
        "interval_low",
        "interval_high",
        "p",
        "threshold",
        "verdict",
        "more_runs",
    };

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        csv_text(out, columns[i]);
    csv_end_line(out);
    for (size_t i = 0; i < c->rows; i++) {
        const struct compare_row *row = &c->row[i];

        csv_text(out, metrics[row->metric].name);
        csv_integer(out, (int64_t)row->n[0]);
        csv_integer(out, (int64_t)row->n[1]);
        csv_number(out, row->median[0]);
        csv_number(out, row->median[1]);
        csv_number(out, row->spread[0]);
        csv_number(out, row->spread[1]);
        csv_number(out, row->change);
        csv_number(out, row->interval.low);
        csv_number(out, row->interval.high);
        csv_number(out, row->p);
        csv_number(out, row->threshold);
        csv_text(out, compare_verdict_name(row->verdict));
        csv_number(out, row->more_runs);
        csv_end_line(out);
    }
}
