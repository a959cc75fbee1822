/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The change note that closes a piece of work. */
#include <inttypes.h>
#include <string.h>

#include "runner/base/escape.h"
#include "runner/base/timestamp.h"
#include "runner/present/compare.h"
#include "runner/present/text.h"

#define FILES_LISTED 50

static void part(const char *title, const char *text, struct buf *out)
{
    buf_addf(out, "* **%s:** ", title);
    if (text)
        escape_markdown(text, out);
    else
        buf_add(out, "not given");
    buf_add(out, "\n");
}

/* As it could be typed: words with anything but plain characters are quoted. */
static void word(const char *text, struct buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=:,./@%";

    if (*text && strspn(text, plain) == strlen(text)) {
        buf_add(out, text);
        return;
    }
    buf_add(out, "'");
    for (; *text; text++)
        buf_addf(out, *text == '\'' ? "'\\'%c" : "%c", *text);
    buf_add(out, "'");
}

static void command(const struct record *r, struct buf *out)
{
    _cleanup_buf_ struct buf line = {0};

    for (size_t i = 0; i < r->argv.count; i++) {
        buf_add(&line, i ? " " : "");
        word(r->argv.item[i], &line);
    }
    buf_add(out, "* **Command:** ");
    escape_markdown_code(buf_text(&line), out);
    buf_add(out, "\n");
}

static void expected(const struct record *r, struct buf *out)
{
    if (r->expect.count == 0) {
        part("Expected result", NULL, out);
        return;
    }
    buf_add(out, "* **Expected result:**");
    for (size_t i = 0; i < r->expect.count; i++) {
        const struct expect_result *e = &r->expect.item[i];

        buf_add(out, i ? "; " : " ");
        escape_markdown_code(e->text, out);
        buf_addf(out, " %s (", e->held ? "held" : "did NOT hold");
        escape_markdown(e->actual, out);
        buf_add(out, ")");
    }
    buf_add(out, "\n");
}

static void outcome(const struct record *r, struct buf *out)
{
    char text[40];

    buf_addf(out, "* **Run:** job %" PRId64 ", %s, ", r->id,
             timestamp_format_local(r->started_ns, text, sizeof(text)));
    present_verdict(&r->verdict, out);
    buf_addf(out, ", status %d\n", r->verdict.status);
    if (!present_available(r, METRIC_WALL_SECONDS))
        return;
    buf_add(out, "* **Used:** ");
    present_metric(r, METRIC_WALL_SECONDS, out);
    buf_add(out, " of wall time, ");
    present_metric(r, METRIC_CPU_SECONDS, out);
    buf_add(out, " of processor time, ");
    present_metric(r, METRIC_MEMORY_PEAK_BYTES, out);
    buf_add(out, " of memory at most, ");
    present_metric(r, METRIC_PROCESSES_TOTAL, out);
    buf_add(out, " processes\n");
}

static void files(const struct record *r, struct buf *out)
{
    const struct traces *t = &r->traces;

    buf_add(out, "\n## Files touched\n\n");
    if (!t->has[TRACE_FILES]) {
        buf_add(out, "Not traced: run it with `--trace files`.\n");
        return;
    }
    for (size_t i = 0; i < t->files_count && i < FILES_LISTED; i++) {
        const struct traced_file *f = &t->files[i];

        buf_add(out, "* ");
        escape_markdown_code(f->path, out);
        buf_addf(out, "%s%s%s\n", f->written ? " written" : "", f->renamed ? " renamed" : "",
                 f->removed ? " removed" : "");
    }
    if (t->files_count == 0)
        buf_add(out, "None.\n");
    if (t->files_count > FILES_LISTED)
        buf_addf(out, "* and %zu more: `cgjob show %" PRId64 " --json`\n",
                 t->files_count - FILES_LISTED, r->id);
    if (t->files_lost || t->files_uncounted)
        buf_addf(out, "* %" PRIu64 " events could not be kept\n",
                 t->files_lost + t->files_uncounted);
}

/* What got better first: a note closes a piece of work that was to improve something. */
static void result(const struct comparison *c, struct buf *out)
{
    static const enum compare_verdict order[] = {COMPARE_BETTER, COMPARE_WORSE, COMPARE_CHANGED,
                                                 COMPARE_SAME, COMPARE_INCONCLUSIVE};

    buf_add(out, "\n## Result\n\n");
    for (size_t v = 0; v < sizeof(order) / sizeof(order[0]); v++)
        for (size_t i = 0; i < c->rows; i++) {
            const struct compare_row *row = &c->row[i];

            if (row->verdict != order[v])
                continue;
            buf_addf(out, "* `%s` **%s**: ", metrics[row->metric].name,
                     compare_verdict_name(row->verdict));
            present_amount(row->metric, row->median[0], out);
            buf_add(out, " → ");
            present_amount(row->metric, row->median[1], out);
            buf_add(out, ", ");
            present_change(row, out);
            if (row->interval.low != row->interval.high) {
                buf_add(out, " (95 % interval ");
                present_interval(row, out);
                buf_add(out, ")");
            }
            buf_add(out, "\n");
        }
    buf_add(out, "\n");
    present_compared_runs(c, false, out);
    for (size_t i = 0; i < c->differences; i++) {
        buf_add(out, i ? "* " : "\nThe sides differ in:\n\n* ");
        escape_markdown(c->difference[i].key, out);
        buf_add(out, ": ");
        escape_markdown_code(c->difference[i].before ? c->difference[i].before : "none", out);
        buf_add(out, " → ");
        escape_markdown_code(c->difference[i].after ? c->difference[i].after : "none", out);
        buf_add(out, "\n");
    }
}

void present_note(const struct change_note *n, struct buf *out)
{
    const struct record *r = n->job;

    buf_add(out, "# ");
    escape_markdown(r->reason ? r->reason : r->name ? r->name : "", out);
    buf_add(out, "\n\n");
    part("Reason", r->reason, out);
    part("Owner", r->owner, out);
    expected(r, out);
    command(r, out);
    outcome(r, out);
    if (n->comparison)
        result(n->comparison, out);
    files(r, out);
    buf_add(out, "\n## Rollback\n\n");
    if (!r->rollback) {
        buf_add(out, "Not given.\n");
        return;
    }
    buf_add(out, "    ");
    present_bytes(r->rollback, out);
    buf_addf(out, "\n\n`cgjob rollback %" PRId64 "` asks, and runs it as a job of its own.\n",
             r->id);
}
