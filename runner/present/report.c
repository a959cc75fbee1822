/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page around the plots. */
#include "runner/present/report.h"
#include "runner/base/escape.h"

#include <inttypes.h>
#include <string.h>

#include "runner/base/timestamp.h"

#define COMMANDS_SHOWN 12

/* The attribute selectors give the plots' stand-in colours their real ones. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2433;--paper:#fff;--faint:#c4cad6;--soft:#f2f4f8;"
    "--before:#5b6b8c;--after:#0b7a75;--flag:#b3261e;--good:#1a7f37;--bad:#b3261e}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e4e8f0;--paper:#14181f;--faint:#454d5c;"
    "--soft:#1d232d;--before:#9fb0d0;--after:#4cc9c0;--flag:#ff8a80;--good:#6fdd8b;--bad:#ff8a80}}"
    "\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:1.25rem;max-width:72rem;"
    "font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\n"
    "h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}"
    "p{margin:.4rem 0}code{font-size:.9em}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "th,td{text-align:right;padding:.35rem .6rem;border-bottom:1px solid var(--faint);"
    "white-space:nowrap}th:first-child,td:first-child,td.left,th.left{text-align:left}"
    "td.left{white-space:normal;overflow-wrap:break-word;min-width:9rem}\n"
    ".better{color:var(--good);font-weight:600}.worse{color:var(--bad);font-weight:600}"
    ".note{background:var(--soft);border-left:4px solid var(--flag);padding:.5rem .8rem}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));"
    "gap:1rem}figure{margin:0;break-inside:avoid}figcaption{font-weight:600}"
    "svg{width:100%;height:auto}svg [color='black']{color:var(--ink)}\n";

static void colour(const char *rgb, const char *variable, struct buf *out)
{
    buf_addf(out,
             "svg [stroke='%s']{stroke:var(--%s)}svg [fill='%s']{fill:var(--%s)}svg "
             "[color='%s']{color:var(--%s)}\n",
             rgb, variable, rgb, variable, rgb, variable);
}

/* As gnuplot writes them. */
static void colours(struct buf *out)
{
    static const char *const names[][2] = {
        {"rgb(  1,   2,   3)", "ink"},    {"rgb(1,2,3)", "ink"},
        {"rgb( 10,  11,  12)", "before"}, {"rgb( 26,  27,  28)", "after"},
        {"rgb( 42,  43,  44)", "flag"},   {"rgb( 58,  59,  60)", "faint"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        colour(names[i][0], names[i][1], out);
    buf_add(out, "@media print{:root{--ink:#000;--paper:#fff;--faint:#999;--soft:#fff}"
                 "body{max-width:none;padding:0;font-size:11pt}.wide{overflow:visible}"
                 "th,td{padding:.2rem .35rem}}\n");
}

static void cell(const struct buf *text, struct buf *out)
{
    buf_add(out, "<td>");
    escape_html(buf_text(text), out);
    buf_add(out, "</td>");
}

static void verdict_row(const struct compare_row *row, struct buf *out)
{
    _cleanup_buf_ struct buf a = {0}, b = {0}, change = {0}, interval = {0}, verdict = {0};

    present_side_amount(row, 0, &a);
    present_side_amount(row, 1, &b);
    present_change(row, &change);
    present_interval(row, &interval);
    present_compare_verdict(row, &verdict);
    buf_addf(out, "<tr><td title=\"%s\"><code>%s</code></td>", metrics[row->metric].help,
             metrics[row->metric].name);
    buf_addf(out, "<td class=\"left %s\">", compare_verdict_name(row->verdict));
    escape_html(buf_text(&verdict), out);
    buf_add(out, "</td>");
    cell(&change, out);
    cell(&interval, out);
    cell(&a, out);
    cell(&b, out);
    buf_add(out, "</tr>\n");
}

static void heading_cells(const struct comparison *c, const char *class, struct buf *out)
{
    for (int i = 0; i < 2; i++) {
        buf_addf(out, "<th class=\"%s\">", class);
        escape_html(c->side[i]->name, out);
        buf_add(out, "</th>");
    }
}

static void verdicts(const struct comparison *c, struct buf *out)
{
    buf_add(out, "<div class=\"wide\"><table>\n<tr><th>metric</th><th class=\"left\">verdict</th>"
                 "<th>change</th><th>95 % interval</th>");
    heading_cells(c, "", out);
    buf_add(out, "</tr>\n");
    for (size_t i = 0; i < c->rows; i++)
        verdict_row(&c->row[i], out);
    buf_add(out, "</table></div>\n");
}

static void differences(const struct comparison *c, struct buf *out)
{
    if (!c->differences)
        return;
    buf_add(out, "<h2>What differs between the sides</h2>\n");
    if (c->other_host)
        buf_add(out, "<p class=\"note\">The two sides ran on different hosts: the machines are "
                     "compared as well.</p>\n");
    buf_add(out, "<div class=\"wide\"><table><tr><th></th>");
    heading_cells(c, "left", out);
    buf_add(out, "</tr>\n");
    for (size_t i = 0; i < c->differences; i++) {
        const struct compare_difference *d = &c->difference[i];

        buf_add(out, "<tr><td>");
        escape_html(d->key, out);
        buf_add(out, "</td><td class=\"left\">");
        escape_html(d->before ? d->before : "none", out);
        buf_add(out, "</td><td class=\"left\">");
        escape_html(d->after ? d->after : "none", out);
        buf_add(out, "</td></tr>\n");
    }
    buf_add(out, "</table></div>\n");
}

static const struct side_command *command_of(const struct side *s, const char *comm)
{
    for (size_t i = 0; i < s->commands; i++)
        if (strcmp(s->command[i].comm, comm) == 0)
            return &s->command[i];
    return NULL;
}

/* Per run, so that sides of different sizes can be laid side by side. */
static void command_cells(const struct side *s, const char *comm, struct buf *out)
{
    const struct side_command *at = command_of(s, comm);
    double runs = s->runs ? (double)s->runs : 1;

    if (!at) {
        buf_add(out, "<td></td><td></td>");
        return;
    }
    buf_addf(out, "<td>%.4g</td><td>", (double)at->processes / runs);
    present_amount(METRIC_CPU_SECONDS, at->cpu_seconds / runs, out);
    buf_add(out, "</td>");
}

static void commands(const struct comparison *c, struct buf *out)
{
    size_t shown = 0;

    if (c->side[0]->commands + c->side[1]->commands == 0)
        return;
    buf_add(out, "<h2>Commands by processor time, per run</h2>\n<div "
                 "class=\"wide\"><table><tr><th>command</th>");
    for (int i = 0; i < 2; i++) {
        buf_add(out, "<th>");
        escape_html(c->side[i]->name, out);
        buf_add(out, ": processes</th><th>CPU</th>");
    }
    buf_add(out, "</tr>\n");
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < c->side[side]->commands && shown < COMMANDS_SHOWN; i++) {
            const char *comm = c->side[side]->command[i].comm;

            if (side == 1 && command_of(c->side[0], comm))
                continue;
            shown++;
            buf_add(out, "<tr><td><code>");
            escape_html(comm, out);
            buf_add(out, "</code></td>");
            command_cells(c->side[0], comm, out);
            command_cells(c->side[1], comm, out);
            buf_add(out, "</tr>\n");
        }
    buf_add(out, "</table></div>\n");
}

/* gnuplot's output is a document of its own: what stands before the element is left out. */
static void plots(const struct report *r, struct buf *out)
{
    buf_add(out, "<h2>Every run</h2>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < r->plots; i++) {
        const char *svg = r->plot[i].svg ? strstr(r->plot[i].svg, "<svg") : NULL;

        if (!svg)
            continue;
        buf_add(out, "<figure><figcaption>");
        escape_html(r->plot[i].title, out);
        buf_add(out, "</figcaption>\n");
        buf_add(out, svg);
        buf_add(out, "</figure>\n");
    }
    buf_add(out, "</div>\n");
}

static void purpose(const struct side *s, struct buf *out)
{
    const struct {
        const char *title, *text;
    } parts[] = {{"Owner", s->owner},
                 {"Reason", s->reason},
                 {"Expected", s->expect},
                 {"Rollback", s->rollback}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].text) {
            buf_addf(out, "<p><strong>%s:</strong> ", parts[i].title);
            escape_html(parts[i].text, out);
            buf_add(out, "</p>\n");
        }
    buf_add(out, "<p><strong>Command:</strong> <code>");
    for (size_t i = 0; i < s->argv.count; i++) {
        buf_add(out, i ? " " : "");
        escape_html(s->argv.item[i], out);
    }
    buf_add(out, "</code></p>\n");
}

void report_html(const struct report *r, struct buf *out)
{
    const struct comparison *c = r->comparison;
    _cleanup_buf_ struct buf runs = {0};

    buf_add(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta "
                 "name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    escape_html(c->side[0]->name, out);
    buf_add(out, " → ");
    escape_html(c->side[1]->name, out);
    buf_add(out, "</title>\n<style>\n");
    buf_add(out, style);
    colours(out);
    buf_add(out, "</style></head><body>\n<h1>");
    escape_html(c->side[0]->name, out);
    buf_add(out, " → ");
    escape_html(c->side[1]->name, out);
    buf_add(out, "</h1>\n");
    purpose(c->side[1], out);
    differences(c, out);
    buf_add(out, "<h2>Verdict</h2>\n");
    verdicts(c, out);
    present_compared_runs(c, r->quiet_only, &runs);
    buf_addf(out, "<p%s>", c->side[0]->disturbed + c->side[1]->disturbed ? " class=\"note\"" : "");
    escape_html(buf_text(&runs), out);
    buf_add(out, "</p>\n");
    plots(r, out);
    commands(c, out);
    buf_add(out, "</body></html>\n");
}
