/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/session/tell.h"

#include <math.h>
#include <string.h>

#include "runner/base/escape.h"
#include "runner/base/units.h"

static void duration(double seconds, struct buf *out)
{
    char text[48];

    buf_add(out, units_duration(seconds, text, sizeof(text)));
}

static void median(const struct session_progress *p, struct buf *out)
{
    buf_add(out, "median ");
    duration(p->median_seconds, out);
    if (!isnan(p->half_interval))
        buf_addf(out, " ± %.2g %%", p->half_interval * 100);
}

void session_tell_progress(const struct session_progress *p, struct buf *out)
{
    if (p->warmup)
        buf_add(out, "warm-up");
    else
        buf_addf(out, "run %u/%u", p->done, p->of);
    if (p->label) {
        buf_add(out, " ");
        escape_terminal(p->label, out);
    }
    if (!isnan(p->wall_seconds)) {
        buf_add(out, "  ");
        duration(p->wall_seconds, out);
    }
    if (!isnan(p->median_seconds)) {
        buf_add(out, "  ");
        median(p, out);
    }
    if (p->status)
        buf_addf(out, "  status %d", p->status);
    if (p->disturbed)
        buf_addf(out, "  disturbed: %s", p->disturbed);
    if (p->left_seconds > 0) {
        buf_add(out, "  about ");
        duration(p->left_seconds, out);
        buf_add(out, " left");
    }
}

static void ending(const struct session_result *r, const struct job_spec *spec, struct buf *out)
{
    switch (r->end) {
    case SESSION_DONE:
        break;
    case SESSION_PRECISE:
        buf_addf(out, "; known to within %.2g %%", spec->until * 100);
        break;
    case SESSION_OUT_OF_RUNS:
        buf_addf(out, "; not known to within %.2g %% after --max-runs", spec->until * 100);
        break;
    case SESSION_OUT_OF_TIME:
        buf_add(out, "; --max-time is over");
        break;
    case SESSION_FAILED_RUN:
        buf_addf(out, "; ended by a run with status %d", r->status);
        break;
    case SESSION_INTERRUPTED:
    case SESSION_NOT_STARTED:
        buf_add(out, "; interrupted");
        break;
    }
}

static void next(const struct session_result *r, const struct job_spec *spec, struct buf *out)
{
    bool unfinished = r->end == SESSION_FAILED_RUN || r->end == SESSION_INTERRUPTED ||
                      r->end == SESSION_NOT_STARTED;

    buf_add(out, "  next     ");
    if (unfinished && spec->runs > r->last.done)
        buf_addf(out, "the same with --session %s --resume does the rest", r->session);
    else if (spec->interleave)
        buf_addf(out, "cgjob compare %s:A %s:B", r->session, r->session);
    else if (spec->label && strcmp(spec->label, "before") == 0)
        buf_add(out,
                "make the change, run it with --label after, then: cgjob compare before after");
    else if (spec->label && strcmp(spec->label, "after") == 0)
        buf_add(out, "cgjob compare before after");
    else
        buf_addf(out, "cgjob compare %s OTHER · cgjob ls --session %s", r->session, r->session);
    buf_add(out, "\n");
}

void session_tell_end(const struct session_result *r, const struct job_spec *spec, struct buf *out)
{
    const struct session_progress *p = &r->last;

    buf_add(out, "cgrun: session ");
    escape_terminal(r->session, out);
    if (spec->label) {
        buf_add(out, " (");
        escape_terminal(spec->label, out);
        buf_add(out, ")");
    }
    buf_addf(out, ": %u %s", p->done, spec->interleave ? "pair" : "run");
    buf_add(out, p->done == 1 ? "" : "s");
    if (r->warmups)
        buf_addf(out, ", %u to warm up", r->warmups);
    if (!isnan(p->median_seconds) && p->done) {
        buf_add(out, ", wall ");
        median(p, out);
    }
    if (r->disturbed)
        buf_addf(out, ", %u disturbed", r->disturbed);
    if (r->failed)
        buf_addf(out, ", %u failed", r->failed);
    ending(r, spec, out);
    buf_add(out, "\n");
    next(r, spec, out);
}
