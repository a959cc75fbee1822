/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison as one page of HTML: no script, nothing fetched, light and dark, on a phone and on
 * paper. Pure: the plots are drawn by gnuplot from the scripts below, and handed in.
 */
#ifndef CGRUN_PRESENT_REPORT_H
#define CGRUN_PRESENT_REPORT_H

#include "runner/present/compare.h"

/* gnuplot's script that writes SVG to its standard output: every run of both sides as a point. */
void report_distribution_plot(const struct comparison *c, const struct compare_row *row,
                              struct buf *out);
/* The runs in the order in which they were made, the disturbed marked: drift shows. */
void report_order_plot(const struct comparison *c, const struct compare_row *row, struct buf *out);
/* All runs of a job by time, changes of the git revision marked. */
void report_history_plot(const struct side *history, enum metric_id id, struct buf *out);

struct report_plot {
    char *title;
    char *svg; /* gnuplot's output */
};

struct report {
    const struct comparison *comparison;
    bool quiet_only;
    const struct side *history; /* NULL: there is no more than the two sides */
    struct report_plot *plot;
    size_t plots;
};

void report_html(const struct report *r, struct buf *out);

#endif
