/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a job ended and what shows it, in sentences. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/timestamp.h"
#include "runner/present/text.h"

/* Names come from policies and processes. */
static void evidence(struct buf *out, const char *words, const struct record *r, const char *key)
{
    buf_add(out, words);
    present_evidence_bytes(r, key, out);
}

static void cause_oom(const struct record *r, struct buf *out)
{
    buf_add(out, "the kernel killed ");
    present_evidence_bytes(r, "victim_comm", out);
    buf_addf(out, "[%s]: ", present_evidence(r, "victim_pid"));
    present_evidence_size(r, "victim_peak_rss_bytes", out);
    buf_add(out, " of its own");
    if (pairs_get(&r->verdict.evidence, "group")) {
        buf_add(out, "; the group above the job, ");
        present_evidence_bytes(r, "group", out);
        buf_add(out, ", was at its limit: ");
        present_evidence_size(r, "group_used_bytes", out);
        buf_add(out, " of ");
        present_evidence_size(r, "group_limit_bytes", out);
    } else if (pairs_get(&r->verdict.evidence, "limit_bytes")) {
        buf_add(out, ", limit ");
        present_evidence_size(r, "limit_bytes", out);
    }
    if (pairs_get(&r->verdict.evidence, "next_comm")) {
        buf_add(out, "; next largest ");
        present_evidence_bytes(r, "next_comm", out);
        buf_add(out, " ");
        present_evidence_size(r, "next_peak_rss_bytes", out);
    }
}

static void cause_seccomp(const struct record *r, struct buf *out)
{
    buf_add(out, "policy ");
    present_evidence_bytes(r, "policy", out);
    buf_addf(out, " killed ");
    present_evidence_bytes(r, "comm", out);
    evidence(out, "[", r, "pid");
    evidence(out, "] for calling ", r, "syscall");
    if (pairs_get(&r->verdict.evidence, "syscall_args"))
        evidence(out, " with ", r, "syscall_args");
    if (pairs_get(&r->verdict.evidence, "rule"))
        evidence(out, "; the policy's answer to it: ", r, "rule");
}

static void cause_signaled(const struct record *r, struct buf *out)
{
    const char *pid = pairs_get(&r->verdict.evidence, "sender_pid");

    present_signal(r->verdict.signal, out);
    if (!pid) {
        buf_add(out, " from an unknown sender: the process was not traced");
    } else if (strcmp(pid, "0") == 0) {
        buf_add(out, " from the kernel");
    } else {
        buf_add(out, " from ");
        present_evidence_bytes(r, "sender_comm", out);
        buf_addf(out, "[%s], uid %s", pid, present_evidence(r, "sender_uid"));
        if (pairs_get(&r->verdict.evidence, "sender_cgroup")) {
            buf_add(out, ", cgroup ");
            present_evidence_bytes(r, "sender_cgroup", out);
        }
    }
}

static void cause_timeout(const struct record *r, struct buf *out)
{
    bool cpu = r->verdict.kind == VERDICT_CPU_TIMEOUT;

    buf_add(out, cpu ? "its CPU time limit of " : "its time limit of ");
    present_evidence_duration(r, "limit_seconds", out);
    buf_add(out, " was reached; sent ");
    present_evidence_signal(r, "stop_signal", out);
    if (strcmp(present_evidence(r, "killed"), "yes") == 0) {
        buf_add(out, ", and SIGKILL after ");
        present_evidence_duration(r, "grace_seconds", out);
    }
}

static void cause_stopped(const struct record *r, struct buf *out)
{
    present_evidence_signal(r, "signal", out);
    if (pairs_get(&r->verdict.evidence, "by"))
        buf_addf(out, " from the %s", present_evidence(r, "by"));
    else
        buf_addf(out, " to cgrun from process %s, uid %s", present_evidence(r, "by_pid"),
                 present_evidence(r, "by_uid"));
    if (strcmp(present_evidence(r, "killed"), "yes") == 0)
        buf_add(out, "; what did not end was killed");
}

void present_cause(const struct record *r, struct buf *out)
{
    switch (r->verdict.kind) {
    case VERDICT_OOM:
        cause_oom(r, out);
        break;
    case VERDICT_SECCOMP:
        cause_seccomp(r, out);
        break;
    case VERDICT_SIGNALED:
        cause_signaled(r, out);
        break;
    case VERDICT_TIMEOUT:
    case VERDICT_CPU_TIMEOUT:
        cause_timeout(r, out);
        break;
    case VERDICT_STOPPED:
        cause_stopped(r, out);
        break;
    case VERDICT_START_FAILED:
        present_evidence_bytes(r, "error", out);
        break;
    case VERDICT_LOST:
        present_evidence_bytes(r, "why", out);
        if (pairs_get(&r->verdict.evidence, "command_exit_code"))
            buf_addf(out, "; the command had exited with %s",
                     present_evidence(r, "command_exit_code"));
        break;
    default:
        break;
    }
}

static void headline(const struct record *r, struct buf *out)
{
    buf_addf(out, "job %" PRId64 " ", r->id);
    present_bytes(r->name ? r->name : "", out);
    buf_add(out, ": ");
    present_verdict(&r->verdict, out);
    if (r->state == RECORD_ENDED)
        buf_addf(out, ", status %d", r->verdict.status);
    buf_add(out, "\n");
}

static bool is_telling(const struct record_event *e)
{
    static const char *const kinds[] = {"oom",  "audit",      "denied",   "signal", "stop",
                                        "kill", "stragglers", "degraded", "note"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(e->kind, kinds[i]) == 0)
            return true;
    return false;
}

static int by_time(const void *a, const void *b)
{
    const struct record_event *const *x = a, *const *y = b;

    if ((*x)->time_ns != (*y)->time_ns)
        return (*x)->time_ns > (*y)->time_ns ? 1 : -1;
    return (*x > *y) - (*x < *y); /* as they were noted */
}

void present_events(const struct record *r, struct buf *out)
{
    const struct record_event *sorted[RECORD_EVENTS_MAX];
    size_t count = 0;
    char text[40];

    for (size_t i = 0; i < r->events.count && count < RECORD_EVENTS_MAX; i++)
        if (is_telling(&r->events.item[i]))
            sorted[count++] = &r->events.item[i];
    if (count)
        qsort(sorted, count, sizeof(const struct record_event *), by_time);
    for (size_t i = 0; i < count; i++) {
        const struct record_event *e = sorted[i];

        timestamp_format_local(e->time_ns, text, sizeof(text));
        buf_addf(out, "  %.8s.%03d  %-10s ", text + 11, (int)(e->time_ns / 1000000 % 1000),
                 e->kind);
        present_bytes(e->detail, out);
        buf_add(out, "\n");
    }
    if (r->events_uncounted)
        buf_addf(out, "  and %" PRIu64 " further events\n", r->events_uncounted);
}

static void expectations(const struct record *r, struct buf *out)
{
    for (size_t i = 0; i < r->expect.count; i++) {
        const struct expect_result *e = &r->expect.item[i];

        buf_add(out, e->held ? "  held         " : "  did NOT hold ");
        present_bytes(e->text, out);
        buf_add(out, " (");
        present_bytes(e->actual, out);
        buf_add(out, ")\n");
    }
}

static bool failed(const struct record *r)
{
    return r->state == RECORD_ENDED && r->verdict.status != 0;
}

static void first_failures(const struct record *r, struct buf *out)
{
    int shown = 0;

    for (size_t i = 0; i < r->ledger.rows_kept && shown < 5; i++) {
        const struct ledger_row *row = &r->ledger.rows[i];

        if (row->exit_code == 0 && !row->signal)
            continue;
        if (shown++ == 0)
            buf_add(out, "the first processes that failed:\n");
        buf_add(out, "  ");
        present_bytes(row->comm, out);
        buf_addf(out, "[%u] ", row->pid);
        if (row->signal)
            present_signal(row->signal, out);
        else
            buf_addf(out, "exit code %d", row->exit_code);
        buf_add(out, "\n");
    }
}

void present_why(const struct record *r, struct buf *out)
{
    _cleanup_buf_ struct buf cause = {0};

    headline(r, out);
    present_cause(r, &cause);
    if (cause.len)
        buf_addf(out, "%s\n", buf_text(&cause));
    else if (r->state != RECORD_ENDED)
        buf_add(out, "it has not ended yet\n");
    else if (r->verdict.status == 0)
        buf_add(out, "the command succeeded\n");
    else
        buf_add(out, "the command failed\n");
    expectations(r, out);
    present_events(r, out);
    if (failed(r))
        first_failures(r, out);
    present_also(r, out);
    present_remedy(r, out);
    if (failed(r) && r->rollback) {
        buf_add(out, "rollback: ");
        present_bytes(r->rollback, out);
        buf_add(out, "\n");
    }
    buf_addf(out, "next: cgjob show %" PRId64 " · cgjob ps %" PRId64 "\n", r->id, r->id);
}
