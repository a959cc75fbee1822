/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison for programs and build servers: JSON, and the gate as JUnit's XML. */
#include <math.h>
#include <string.h>

#include "runner/base/escape.h"
#include "runner/base/timestamp.h"
#include "runner/present/compare.h"

static struct json *run_json(const struct side_run *run)
{
    struct json *o = json_object_new();
    char text[40];

    json_set(o, "id", json_int(run->id));
    json_set(o, "started", json_string(timestamp_format(run->started_ns, text, sizeof(text))));
    json_set(o, "number", run->number ? json_int(run->number) : json_null_new());
    json_set(o, "pair", run->pair ? json_int(run->pair) : json_null_new());
    json_set(o, "disturbed", json_string(run->disturbed));
    return o;
}

static struct json *side_json(const struct side *s)
{
    struct json *o = json_object_new(), *runs = json_array_new();

    for (size_t i = 0; i < s->runs; i++)
        json_append(runs, run_json(&s->run[i]));
    json_set(o, "name", json_bytes(s->name));
    json_set(o, "session", json_bytes(s->session));
    json_set(o, "disturbed", json_int((int64_t)s->disturbed));
    json_set(o, "failed", json_int((int64_t)s->failed));
    json_set(o, "unfinished", json_int((int64_t)s->unfinished));
    json_set(o, "runs", runs);
    return o;
}

static struct json *figures_json(const struct compare_row *row, const struct side *s, int side)
{
    struct json *o = json_object_new(), *values = json_array_new();

    for (size_t i = 0; i < s->runs; i++)
        json_append(values, json_real(s->run[i].value[row->metric]));
    json_set(o, "n", json_int((int64_t)row->n[side]));
    json_set(o, "median", json_real(row->median[side]));
    json_set(o, "spread", json_real(row->spread[side]));
    json_set(o, "values", values);
    return o;
}

static struct json *row_json(const struct comparison *c, const struct compare_row *row)
{
    struct json *o = json_object_new(), *interval = json_array_new();

    json_append(interval, json_real(row->interval.low));
    json_append(interval, json_real(row->interval.high));
    json_set(o, "metric", json_string(metrics[row->metric].name));
    json_set(o, "unit", json_string(metrics[row->metric].unit));
    json_set(o, "before", figures_json(row, c->side[0], 0));
    json_set(o, "after", figures_json(row, c->side[1], 1));
    json_set(o, "change", json_real(row->change));
    json_set(o, "interval", interval);
    json_set(o, "p", json_real(row->p));
    json_set(o, "threshold", json_real(row->threshold));
    json_set(o, "verdict", json_string(compare_verdict_name(row->verdict)));
    json_set(o, "only_in_disturbed_runs", json_bool(row->disturbed));
    json_set(o, "more_runs", row->more_runs > 0 ? json_real(row->more_runs) : json_null_new());
    return o;
}

struct json *present_comparison_json(const struct comparison *c)
{
    struct json *doc = json_object_new(), *rows = json_array_new(), *differ = json_array_new();

    for (size_t i = 0; i < c->rows; i++)
        json_append(rows, row_json(c, &c->row[i]));
    for (size_t i = 0; i < c->differences; i++) {
        struct json *o = json_object_new();

        json_set(o, "key", json_string(c->difference[i].key));
        json_set(o, "before", json_bytes(c->difference[i].before));
        json_set(o, "after", json_bytes(c->difference[i].after));
        json_append(differ, o);
    }
    json_set(doc, "before", side_json(c->side[0]));
    json_set(doc, "after", side_json(c->side[1]));
    json_set(doc, "pairs", c->paired ? json_int((int64_t)c->pairs) : json_null_new());
    json_set(doc, "differences", differ);
    json_set(doc, "other_host", json_bool(c->other_host));
    json_set(doc, "metrics", rows);
    return doc;
}

void present_junit(const struct comparison *c, const struct gate_condition *conditions,
                   size_t count, bool strict, struct buf *out)
{
    _cleanup_buf_ struct buf cases = {0};
    unsigned failures = 0, skipped = 0;

    for (size_t i = 0; i < count; i++) {
        _cleanup_buf_ struct buf why = {0};
        enum gate_answer answer = gate_answer(&conditions[i], c, &why);
        bool failed = answer == GATE_BREACHED || (answer == GATE_UNKNOWN && strict);

        failures += failed;
        skipped += !failed && answer == GATE_UNKNOWN;
        buf_add(&cases, "    <testcase classname=\"cgrun.compare\" name=\"");
        escape_html(conditions[i].text, &cases);
        buf_add(&cases, "\">\n");
        if (answer != GATE_HELD) {
            buf_addf(&cases, "      <%s message=\"", failed ? "failure" : "skipped");
            escape_html(buf_text(&why), &cases);
            buf_add(&cases, "\"/>\n");
        }
        buf_add(&cases, "    </testcase>\n");
    }
    buf_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"");
    escape_html(c->side[0]->name, out);
    buf_add(out, " to ");
    escape_html(c->side[1]->name, out);
    buf_addf(out,
             "\" tests=\"%zu\" failures=\"%u\" skipped=\"%u\">\n%s  </testsuite>\n</testsuites>\n",
             count, failures, skipped, buf_text(&cases));
}
