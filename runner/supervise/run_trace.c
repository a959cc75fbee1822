/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's dealings with the tracer: attaching, features on request, the figures at the end. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/explain.h"
#include "runner/base/cleanup.h"
#include "runner/host/process.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/recover.h"
#include "runner/supervise/run_internal.h"
#include "runner/supervise/trace_feed.h"

/* After the last process has left the cgroup its thread is off the processor within microseconds.
 */
#define FINISH_TIMEOUT_US 500000
/* Lost jobs of others that a run looks after. */
#define RECOVERED_AT_ONCE 8
/* The run's own job is not watched meanwhile; what does not go so soon is left to `cgjob recover`.
 */
#define RECOVERY_PATIENCE_MS 100

/* The record says so, and the caller is told; an error to those who insist on being traced. */
static int do_without_tracer(struct run *run, struct err *err)
{
    if (run->spec->trace == SPEC_TRACE_EXITS)
        return run_report(run, err);
    snprintf(run->record->ledger.why, sizeof(run->record->ledger.why), "no tracing: %.100s",
             err->what);
    return strv_addf(&run->result->notes,
                     "processes are not counted one by one: %s; %s (--trace none to not be told)",
                     err->what, err->retry);
}

int run_open_tracer(struct run *run)
{
    char pins[512];
    struct err err;
    int r;

    if (run->spec->trace == SPEC_TRACE_NONE) {
        snprintf(run->record->ledger.why, sizeof(run->record->ledger.why),
                 "tracing was switched off (--trace none)");
        return 0;
    }
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    r = tracer_open(&run->tracer, pins, NULL, &err);
    if (r == 0)
        return 0;
    return do_without_tracer(run, &err);
}

int run_trace_job(struct run *run)
{
    const struct tracer_owner owner = {run->record->supervisor_pid, run->record->supervisor_start};
    uint64_t around[16];
    size_t count = cgroup_ancestors(&run->groups, around, sizeof(around) / sizeof(around[0]));
    struct err err;

    run->traced = (struct tracer_job){.cgroup_id = run->groups.id, .ring_fd = -1};
    if (!run->tracer ||
        tracer_job_add(run->tracer, run->groups.id, around, count, &owner, &err) == 0)
        return 0;
    tracer_close(run->tracer);
    run->tracer = NULL;
    return do_without_tracer(run, &err);
}

/* What was asked for and cannot be had is an error, as with a limit. */
int run_attach_features(struct run *run)
{
    /* What a policy on trial would refuse shows in the calls that were made. */
    unsigned wanted = run->spec->trace_features | (run->spec->audit ? 1u << TRACE_SYSCALLS : 0);
    struct err err;

    if (!wanted)
        return 0;
    trace_feed_init(&run->on_feature, run->record);
    if (features_attach(&run->features, wanted, run->groups.dir[0], run->groups.id, &err) < 0)
        return run_report(run, &err);
    for (int i = 0; i < TRACE_FEATURES; i++)
        run->record->traces.has[i] = wanted >> i & 1;
    return 0;
}

static bool lives(const struct tracer_owner *owner)
{
    return owner->pid == getpid() || process_start_time(owner->pid) == owner->start;
}

/* Jobs whose cgrun was killed are closed by the next one, some at a time. */
void run_recover_others(struct run *run)
{
    const struct recover_request request = {.run_dir = prepare_run_dir(),
                                            .limit = RECOVERED_AT_ONCE,
                                            .patience_ms = RECOVERY_PATIENCE_MS,
                                            .if_free = true};

    if (run->tracer && tracer_has_orphan(run->tracer, lives))
        recover_all(run->store, &request, NULL);
}

void run_finish_trace(struct run *run)
{
    struct job_totals totals;
    struct err err;

    if (!run->tracer)
        return;
    if (tracer_job_finish(run->tracer, &run->traced, FINISH_TIMEOUT_US, feed_process, &run->feed,
                          &totals, &err) < 0) {
        snprintf(run->record->ledger.why, sizeof(run->record->ledger.why), "%.110s", err.what);
        return;
    }
    if (totals.denied)
        tracer_job_denied(run->tracer, run->groups.id, feed_denied, &run->feed, NULL);
    feed_totals(run->record, &totals, tracer_sees_denied(run->tracer));
    if (run->traced.pool_used_up)
        record_add_event(run->record, realtime_ns(), "note",
                         "all rings were taken: the shared table served this job");
}

/*
 * Where the kernel refuses the program that sees refusals, traced calls still tell them: a call
 * that a filter answers returns without having been entered. What answers ENOSYS is probed for, and
 * is not counted on other kernels either.
 */
void run_tell_refused(struct run *run)
{
    const struct traces *t = &run->record->traces;
    double refused = 0;

    if (!t->has[TRACE_SYSCALLS] || run->record->metric[METRIC_DENIED_SYSCALLS].available)
        return;
    for (size_t i = 0; i < t->calls_count; i++) {
        const struct traced_call *call = &t->calls[i];

        for (size_t k = 0; call->calls == 0 && k < call->errors_count; k++) {
            const char *name = strerrorname_np(call->errors[k].error);

            if (call->errors[k].error == ENOSYS)
                continue;
            refused += (double)call->errors[k].count;
            record_add_event(run->record, realtime_ns(), "denied",
                             "%s refused with %s, %" PRIu64 " time%s", call->name,
                             name ? name : "an error", call->errors[k].count,
                             call->errors[k].count == 1 ? "" : "s");
        }
    }
    metric_set(run->record, METRIC_DENIED_SYSCALLS, refused, "bpf:sys_exit");
}

/* Of a policy on trial: each call that was made and would not have been allowed. */
void run_tell_audit(struct run *run)
{
    struct policy_request request = prepare_policy(run->spec, &run->facts, &run->plan.user);
    struct rules rules __attribute__((cleanup(rules_free))) = {0};
    const struct traces *t = &run->record->traces;
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};

    request.audit = false;
    if (!run->spec->audit || policy_rules(&request, &rules, &notes, &problems, NULL) < 0)
        return;
    for (size_t i = 0; i < t->calls_count; i++) {
        const struct traced_call *call = &t->calls[i];
        _cleanup_buf_ struct buf words = {0};
        struct answer answer;
        bool sure = rules_answer(&rules, call->name, &answer);

        if (call->calls == 0 || (sure && answer.kind <= ANSWER_LOG))
            continue;
        explain_call(&rules, call->name, &words);
        record_add_event(run->record, realtime_ns(), "audit", "%s: made %" PRIu64 " time%s, %s%s",
                         call->name, call->calls, call->calls == 1 ? "" : "s",
                         sure ? "would be " : "", buf_text(&words));
    }
}

/* What the policy says of the call that it killed for; read anew, because it may come from a cache.
 */
void run_name_rule(struct run *run)
{
    const struct policy_request request = prepare_policy(run->spec, &run->facts, &run->plan.user);
    const char *call = pairs_get(&run->record->verdict.evidence, "syscall");
    struct rules rules __attribute__((cleanup(rules_free))) = {0};
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_strv_ struct strv notes = {0};
    _cleanup_buf_ struct buf words = {0};

    if (run->record->verdict.kind != VERDICT_SECCOMP || !call ||
        policy_rules(&request, &rules, &notes, &problems, NULL) < 0)
        return;
    explain_call(&rules, call, &words);
    pairs_set(&run->record->verdict.evidence, "rule", buf_text(&words));
}
