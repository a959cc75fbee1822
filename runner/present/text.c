/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small pieces that all presenters are made of. */
#include "runner/present/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/escape.h"
#include "runner/base/units.h"

void present_bytes(const char *bytes, struct buf *out)
{
    escape_terminal(bytes, out);
}

void present_signal(int signal, struct buf *out)
{
    const char *name = signal > 0 && signal < NSIG ? sigabbrev_np(signal) : NULL;

    if (name)
        buf_addf(out, "SIG%s", name);
    else
        buf_addf(out, "signal %d", signal);
}

bool present_available(const struct record *r, enum metric_id id)
{
    return r->metric[id].available;
}

double present_value(const struct record *r, enum metric_id id)
{
    return r->metric[id].value;
}

void present_metric(const struct record *r, enum metric_id id, struct buf *out)
{
    const struct metric_value *m = &r->metric[id];
    char text[48];

    if (!m->available) {
        buf_add(out, "unavailable");
        return;
    }
    if (strcmp(metrics[id].unit, "seconds") == 0)
        units_duration(m->value, text, sizeof(text));
    else if (strcmp(metrics[id].unit, "bytes") == 0)
        units_size(m->value, text, sizeof(text));
    else if (strcmp(metrics[id].unit, "ratio") == 0)
        snprintf(text, sizeof(text), "%.1f %%", m->value * 100);
    else
        units_count(m->value, text, sizeof(text));
    buf_add(out, text);
}

const char *present_evidence(const struct record *r, const char *key)
{
    const char *value = pairs_get(&r->verdict.evidence, key);

    return value ? value : "unknown";
}

void present_evidence_size(const struct record *r, const char *key, struct buf *out)
{
    const char *value = pairs_get(&r->verdict.evidence, key);
    char text[48];

    buf_add(out, value ? units_size(strtod(value, NULL), text, sizeof(text)) : "unknown");
}

void present_evidence_duration(const struct record *r, const char *key, struct buf *out)
{
    const char *value = pairs_get(&r->verdict.evidence, key);
    char text[48];

    buf_add(out, value ? units_duration(strtod(value, NULL), text, sizeof(text)) : "unknown");
}

void present_evidence_bytes(const struct record *r, const char *key, struct buf *out)
{
    present_bytes(present_evidence(r, key), out);
}

void present_evidence_signal(const struct record *r, const char *key, struct buf *out)
{
    const char *value = pairs_get(&r->verdict.evidence, key);

    present_signal(value ? atoi(value) : 0, out);
}

void present_verdict(const struct verdict *v, struct buf *out)
{
    switch (v->kind) {
    case VERDICT_NONE:
        buf_add(out, "running");
        break;
    case VERDICT_EXITED:
        buf_addf(out, "exited %d", v->exit_code);
        break;
    case VERDICT_SIGNALED:
        buf_add(out, "killed by ");
        present_signal(v->signal, out);
        break;
    case VERDICT_START_FAILED:
        buf_add(out, "not started");
        break;
    case VERDICT_CPU_TIMEOUT:
        buf_add(out, "CPU time limit");
        break;
    default:
        buf_add(out, verdict_name(v->kind));
        break;
    }
}

void present_cell(struct buf *out, const char *bytes, int width)
{
    _cleanup_buf_ struct buf safe = {0};

    present_bytes(bytes, &safe);
    buf_pad(out, buf_text(&safe), width);
    buf_add(out, "  ");
}
