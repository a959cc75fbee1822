/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as one page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/escape.h"
#include "runner/present/report.h"
#include "tools/comparing.h"
#include "tools/gnuplot.h"
#include "tools/sets.h"

#define HISTORY_MORE 2 /* runs beyond the two sides that are worth a plot */

struct page {
    struct report report;
    struct side history;
};

static int add_plot(struct page *p, const char *title, const char *of, const struct buf *script,
                    struct err *err)
{
    struct report_plot *grown = realloc(p->report.plot, (p->report.plots + 1) * sizeof(*grown));

    if (!grown)
        return err_oom(err);
    p->report.plot = grown;
    grown += p->report.plots;
    *grown = (struct report_plot){0};
    if (asprintf(&grown->title, "%s: %s", of, title) < 0) {
        grown->title = NULL;
        return err_oom(err);
    }
    p->report.plots++;
    return gnuplot_draw(script, &grown->svg, err);
}

static int plot_row(struct page *p, const struct compare_row *row, struct err *err)
{
    _cleanup_buf_ struct buf distribution = {0}, order = {0};
    const char *name = metrics[row->metric].name;
    int r;

    report_distribution_plot(p->report.comparison, row, &distribution);
    r = add_plot(p, "every run", name, &distribution, err);
    if (r < 0)
        return r;
    report_order_plot(p->report.comparison, row, &order);
    return add_plot(p, "in order", name, &order, err);
}

/* A metric that was the same in all runs has nothing to show. */
static bool varies(const struct compare_row *row)
{
    return row->spread[0] > 0 || row->spread[1] > 0 || row->change != 0;
}

static int plot_history(struct page *p, struct err *err)
{
    _cleanup_buf_ struct buf script = {0};

    if (!p->report.history)
        return 0;
    report_history_plot(p->report.history, METRIC_WALL_SECONDS, &script);
    return add_plot(p, "history of the job", "wall_seconds", &script, err);
}

static int add_to_history(void *data, const struct record *r)
{
    return side_add(data, r);
}

/* All runs that were ever made under the name of the second side's job. */
static int load_history(struct page *p, const struct cmd_context *ctx, const struct comparing *q,
                        struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    struct store_filter filter = {.state = -1, .verdict = -1, .oldest_first = true};
    _cleanup_record_ struct record job;
    int r = cmd_open(ctx, STORE_READ, &s, err);

    record_init(&job);
    if (r == 0)
        r = store_load(s, q->side[1].run[0].id, &job, err);
    if (r < 0 || !job.name)
        return r;
    filter.name = job.name;
    side_init(&p->history, job.name);
    r = store_each(s, &filter, add_to_history, &p->history, err);
    side_finish(&p->history);
    if (p->history.runs >= q->side[0].runs + q->side[1].runs + HISTORY_MORE)
        p->report.history = &p->history;
    return r;
}

static int draw(struct page *p, struct err *err)
{
    const struct comparison *c = p->report.comparison;
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->rows; i++)
        if (varies(&c->row[i]))
            r = plot_row(p, &c->row[i], err);
    return r == 0 ? plot_history(p, err) : r;
}

static int html(const struct cmd_context *ctx, const struct comparing *q, struct buf *out)
{
    struct page p = {.report = {.comparison = &q->comparison, .quiet_only = q->quiet_only}};
    struct err err;
    int r = load_history(&p, ctx, q, &err);

    if (r == 0)
        r = draw(&p, &err);
    if (r == 0)
        report_html(&p.report, out);
    for (size_t i = 0; i < p.report.plots; i++) {
        free(p.report.plot[i].title);
        free(p.report.plot[i].svg);
    }
    free(p.report.plot);
    side_free(&p.history);
    return r < 0 ? cmd_fail(&err) : CMD_OK;
}

static int json(const struct comparing *q, struct buf *out)
{
    _cleanup_json_ struct json *doc = present_comparison_json(&q->comparison);
    _cleanup_free_ char *text = json_dump(doc, 2);

    buf_addf(out, "%s\n", text ? text : "");
    return text ? CMD_OK : CMD_FAILED;
}

/* Markdown that stands on its own. */
static void markdown(const struct comparing *q, struct buf *out)
{
    buf_add(out, "# ");
    escape_markdown(q->side[0].name, out);
    buf_add(out, " → ");
    escape_markdown(q->side[1].name, out);
    buf_add(out, "\n\n");
    present_comparison_markdown(&q->comparison, out);
    buf_add(out, "\n");
    present_compared_runs(&q->comparison, q->quiet_only, out);
    for (size_t i = 0; i < q->comparison.differences; i++) {
        const struct compare_difference *d = &q->comparison.difference[i];

        buf_add(out, i ? "* " : "\nThe sides differ in:\n\n* ");
        escape_markdown(d->key, out);
        buf_add(out, ": ");
        escape_markdown_code(d->before ? d->before : "none", out);
        buf_add(out, " → ");
        escape_markdown_code(d->after ? d->after : "none", out);
        buf_add(out, "\n");
    }
}

static int report(const struct cmd_context *ctx, const struct comparing *q)
{
    const char *format = q->format ? q->format : "html";
    _cleanup_buf_ struct buf text = {0};
    struct err err;
    int status = CMD_OK;

    if (strcmp(format, "html") == 0)
        status = html(ctx, q, &text);
    else if (strcmp(format, "json") == 0)
        status = json(q, &text);
    else if (strcmp(format, "md") == 0)
        markdown(q, &text);
    else if (strcmp(format, "csv") == 0)
        present_comparison_csv(&q->comparison, &text);
    else
        return cmd_refuse("format", format, "html, md, csv or json");
    if (status == CMD_OK && cmd_write(q->output ? q->output : "-", &text, &err) < 0)
        return cmd_fail(&err);
    return status;
}

int cmd_report(struct cmd_context *ctx, int argc, char **argv)
{
    struct comparing q = {0};
    const struct cmd_option options[] = {
        {.name = "-o", .value = &q.output},
        {.name = "--output", .value = &q.output},
        {.name = "--format", .value = &q.format},
        {.name = "--split", .value = &q.split},
        {.name = "--split-rev", .value = &q.split_rev},
        {.name = "--metrics", .value = &q.metrics},
        {.name = "--threshold", .list = &q.thresholds},
        {.name = "--quiet-only", .flag = &q.quiet_only},
        {.name = "--db", .value = &ctx->db},
        {0},
    };
    int words = cmd_options(argc, argv, options, 2);
    int status = words < 0 ? CMD_USAGE : comparing_load(&q, ctx, words, argv);

    if (status == CMD_OK)
        status = report(ctx, &q);
    comparing_free(&q);
    return status;
}
