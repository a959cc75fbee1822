/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* How shells report a child that a signal ended. */
#define SHELL_SIGNALED(sig) (128 + (sig))

static const struct ledger_row *row_of(const struct ledger *l, pid_t pid)
{
    const struct ledger_row *found = NULL;

    for (size_t i = 0; i < l->rows_kept; i++)
        if (l->rows[i].pid == (uint32_t)pid)
            found = &l->rows[i];
    return found;
}

static const struct ledger_row *last_oom(const struct ledger *l)
{
    const struct ledger_row *found = NULL;

    for (size_t i = 0; i < l->rows_kept; i++)
        if (l->rows[i].oom && (!found || l->rows[i].ended_ns > found->ended_ns))
            found = &l->rows[i];
    return found;
}

static const struct ledger_row *last_denied_kill(const struct ledger *l)
{
    const struct ledger_row *found = NULL;

    for (size_t i = 0; i < l->rows_kept; i++)
        if (l->rows[i].signal == SIGSYS && l->rows[i].denied_syscall >= 0 &&
            (!found || l->rows[i].ended_ns > found->ended_ns))
            found = &l->rows[i];
    return found;
}

/* The largest of those that lived when the victim died. */
static const struct ledger_row *next_largest(const struct ledger *l, const struct ledger_row *v)
{
    const struct ledger_row *found = NULL;

    for (size_t i = 0; i < l->rows_kept; i++) {
        const struct ledger_row *row = &l->rows[i];

        if (row != v && row->started_ns <= v->ended_ns && row->ended_ns >= v->ended_ns &&
            !row->oom && (!found || row->peak_rss_bytes > found->peak_rss_bytes))
            found = row;
    }
    return found;
}

/* The command died of the signal, or it is a shell that passed on the status of one that did. */
static bool ended_by(const struct ending *e, int signal)
{
    if (WIFSIGNALED(e->wait_status))
        return WTERMSIG(e->wait_status) == signal;
    return WIFEXITED(e->wait_status) && WEXITSTATUS(e->wait_status) == SHELL_SIGNALED(signal);
}

static int oom_evidence(struct record *r, const struct ending *e)
{
    struct pairs *ev = &r->verdict.evidence;
    const struct ledger_row *v = last_oom(&r->ledger), *next = v ? next_largest(&r->ledger, v) : 0;
    int failed = 0;

    if (v) {
        failed |= pairs_setf(ev, "victim_pid", "%u", v->pid);
        failed |= pairs_set(ev, "victim_comm", v->comm);
        failed |= pairs_setf(ev, "victim_peak_rss_bytes", "%" PRIu64, v->peak_rss_bytes);
    }
    if (next) {
        failed |= pairs_set(ev, "next_comm", next->comm);
        failed |= pairs_setf(ev, "next_peak_rss_bytes", "%" PRIu64, next->peak_rss_bytes);
    }
    if (e->cgroup)
        failed |= pairs_set(ev, "cgroup", e->cgroup);
    if (e->above) {
        failed |= pairs_set(ev, "group", e->above);
        failed |= pairs_setf(ev, "group_limit_bytes", "%" PRIu64, e->above_limit);
        failed |= pairs_setf(ev, "group_used_bytes", "%" PRIu64, e->above_used);
    }
    if (e->memory_limit != UINT64_MAX)
        failed |= pairs_setf(ev, "limit_bytes", "%" PRIu64, e->memory_limit);
    if (e->memory_peak)
        failed |= pairs_setf(ev, "peak_bytes", "%" PRIu64, e->memory_peak);
    return failed;
}

static int seccomp_evidence(struct record *r, const struct ending *e, const struct ledger_row *row)
{
    struct pairs *ev = &r->verdict.evidence;
    char buf[64];
    const char *name = NULL;
    int failed = 0;

    if (e->policy)
        failed |= pairs_set(ev, "policy", e->policy);
    if (!row)
        return failed | pairs_set(ev, "syscall", "unknown: no trace of the process");
    if (e->syscall_name)
        name = e->syscall_name(row->denied_syscall, buf, sizeof(buf));
    failed |= pairs_set(ev, "syscall", name ? name : "unknown");
    failed |= pairs_setf(ev, "syscall_number", "%d", row->denied_syscall);
    failed |= pairs_setf(ev, "pid", "%u", row->pid);
    failed |= pairs_set(ev, "comm", row->comm);
    if (row->denied_args_known)
        failed |= pairs_setf(ev, "syscall_args",
                             "0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
                             " 0x%" PRIx64,
                             row->denied_args[0], row->denied_args[1], row->denied_args[2],
                             row->denied_args[3], row->denied_args[4], row->denied_args[5]);
    return failed;
}

static int signal_evidence(struct record *r, const struct ending *e, const struct ledger_row *row)
{
    struct pairs *ev = &r->verdict.evidence;
    int failed = pairs_setf(ev, "signal", "%d", r->verdict.signal);
    char path[512];

    failed |= pairs_setf(ev, "pid", "%d", (int)e->main_pid);
    if (!row || row->signal != r->verdict.signal)
        return failed | pairs_set(ev, "sender", "unknown: the process was not traced");
    failed |= pairs_setf(ev, "sender_pid", "%u", row->sender_pid);
    failed |= pairs_setf(ev, "sender_uid", "%u", row->sender_uid);
    failed |= pairs_set(ev, "sender_comm", row->sender_pid ? row->sender_comm : "kernel");
    if (row->sender_pid && e->cgroup_path)
        failed |= pairs_set(ev, "sender_cgroup",
                            e->cgroup_path(e->cgroup_mount, row->sender_cgroup, path, sizeof(path))
                                ? path
                                : "gone by now");
    return failed | pairs_set(ev, "process", row->comm);
}

static int stop_evidence(struct record *r, const struct ending *e)
{
    struct pairs *ev = &r->verdict.evidence;
    int failed = 0;

    if (e->cause == STOP_REQUESTED) {
        failed |= pairs_setf(ev, "signal", "%d", e->stop_signal);
        if (e->terminal_signal) {
            failed |= pairs_set(ev, "by", "terminal");
        } else {
            failed |= pairs_setf(ev, "by_pid", "%d", e->requested_by_pid);
            failed |= pairs_setf(ev, "by_uid", "%d", e->requested_by_uid);
        }
    } else {
        failed |= pairs_setf(ev, "limit_seconds", "%.9g", e->limit_seconds);
        failed |= pairs_setf(ev, "stop_signal", "%d", e->stop_signal);
        failed |= pairs_setf(ev, "grace_seconds", "%.9g", e->grace_seconds);
    }
    if (e->cause == STOP_CPU_TIMEOUT)
        failed |= pairs_setf(ev, "used_seconds", "%.9g", e->used_seconds);
    if (e->unended)
        failed |= pairs_set(ev, "left", "the command, which could not be ended");
    return failed | pairs_set(ev, "killed", e->killed ? "yes" : "no");
}

static enum verdict_kind decide_kind(const struct record *r, const struct ending *e)
{
    static const enum verdict_kind of_cause[] = {
        [STOP_TIMEOUT] = VERDICT_TIMEOUT,
        [STOP_CPU_TIMEOUT] = VERDICT_CPU_TIMEOUT,
        [STOP_REQUESTED] = VERDICT_STOPPED,
    };

    /* What the terminal sends reaches the job too, which is free to go on. */
    if (e->cause != STOP_NONE && !(e->terminal_signal && !ended_by(e, e->stop_signal)))
        return of_cause[e->cause];
    if (e->oom_kills && ended_by(e, SIGKILL))
        return VERDICT_OOM;
    if (ended_by(e, SIGSYS) && (WIFSIGNALED(e->wait_status) || last_denied_kill(&r->ledger)))
        return VERDICT_SECCOMP;
    return WIFSIGNALED(e->wait_status) ? VERDICT_SIGNALED : VERDICT_EXITED;
}

int verdict_decide(struct record *r, const struct ending *e)
{
    struct verdict *v = &r->verdict;
    const struct ledger_row *main_row = row_of(&r->ledger, e->main_pid);
    int failed = 0;

    v->kind = decide_kind(r, e);
    v->exit_code = WIFEXITED(e->wait_status) && !e->unended ? WEXITSTATUS(e->wait_status) : -1;
    v->signal = WIFSIGNALED(e->wait_status) && !e->unended ? WTERMSIG(e->wait_status) : 0;
    v->status = e->unended ? CGRUN_STATUS_FAILED : v->signal ? 128 + v->signal : v->exit_code;
    switch (v->kind) {
    case VERDICT_TIMEOUT:
    case VERDICT_CPU_TIMEOUT:
        v->status = CGRUN_STATUS_TIMEOUT;
        failed = stop_evidence(r, e);
        break;
    case VERDICT_STOPPED:
        failed = stop_evidence(r, e);
        break;
    case VERDICT_OOM:
        failed = oom_evidence(r, e);
        break;
    case VERDICT_SECCOMP:
        failed = seccomp_evidence(r, e, last_denied_kill(&r->ledger));
        break;
    case VERDICT_SIGNALED:
        failed = signal_evidence(r, e, main_row);
        break;
    default:
        break;
    }
    return failed ? -ENOMEM : 0;
}

int verdict_start_failed(struct record *r, const char *step, bool exec_step, int error,
                         const char *text)
{
    struct verdict *v = &r->verdict;
    int failed = 0;

    v->kind = VERDICT_START_FAILED;
    v->exit_code = -1;
    v->signal = 0;
    v->status = CGRUN_STATUS_FAILED;
    if (exec_step)
        v->status = error == ENOENT ? CGRUN_STATUS_MISSING : CGRUN_STATUS_CANNOT;
    failed |= pairs_set(&v->evidence, "step", step);
    failed |= pairs_setf(&v->evidence, "errno", "%d", error);
    failed |= pairs_set(&v->evidence, "error", text);
    return failed ? -ENOMEM : 0;
}
