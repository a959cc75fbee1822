/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/compare/gate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/units.h"

int gate_parse(struct gate_condition *c, const char *text, struct err *err)
{
    static const char form[] = "METRIC>PERCENT such as wall_seconds>5%";
    size_t n = strcspn(text, ">");
    uint64_t hundredths;
    int metric;

    snprintf(c->text, sizeof(c->text), "%.*s", (int)n, text);
    while (*c->text && c->text[strlen(c->text) - 1] == ' ')
        c->text[strlen(c->text) - 1] = '\0';
    metric = metric_by_name(c->text);
    if (text[n] != '>' || metric < 0 ||
        units_parse_percent(text + n + 1 + strspn(text + n + 1, " "), &hundredths) < 0 ||
        hundredths == UNITS_INFINITY || hundredths == 0)
        return err_set(err, EINVAL, form, "correct it and retry", "fail-on '%.80s'", text);
    c->metric = (enum metric_id)metric;
    c->share = (double)hundredths / 10000;
    snprintf(c->text, sizeof(c->text), "%.90s", text);
    return 0;
}

void gate_request(const struct gate_condition *c, struct compare_request *q)
{
    q->wanted[c->metric] = true;
    q->threshold[c->metric] = c->share;
}

enum gate_answer gate_answer(const struct gate_condition *c, const struct comparison *of,
                             struct buf *why)
{
    const struct compare_row *row = comparison_row(of, c->metric);
    bool more;

    if (!row) {
        if (why)
            buf_addf(why, "%s was %s", metrics[c->metric].name,
                     of->zero[c->metric] ? "0 in every run" : "not measured on both sides");
        return of->zero[c->metric] ? GATE_HELD : GATE_UNKNOWN;
    }
    if (why)
        buf_addf(why, "%s changed by %+.1f %% (95 %% interval %+.1f to %+.1f %%): %s",
                 metrics[c->metric].name, row->change * 100, row->interval.low * 100,
                 row->interval.high * 100, compare_verdict_name(row->verdict));
    more = isnan(row->change) ? row->median[1] > row->median[0] : row->change > 0;
    if ((row->verdict == COMPARE_WORSE || row->verdict == COMPARE_CHANGED) && more)
        return GATE_BREACHED;
    /* Surely below it, though perhaps not surely the same. */
    if (row->verdict == COMPARE_INCONCLUSIVE && !row->disturbed && row->n[0] >= COMPARE_RUNS_MIN &&
        row->n[1] >= COMPARE_RUNS_MIN && row->interval.high < c->share)
        return GATE_HELD;
    return row->verdict == COMPARE_INCONCLUSIVE ? GATE_UNKNOWN : GATE_HELD;
}
