/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's dealings with the tracer: attaching, features on request, the figures at the end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
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
    if (!run->facts->root) /* there is nothing that an ordinary user could do about it */
        return 0;
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
    if (run->plan.no_cgroup) {
        snprintf(run->record->ledger.why, sizeof(run->record->ledger.why),
                 "a job without a cgroup is not traced");
        return 0;
    }
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    r = tracer_open(&run->tracer, pins, NULL, &err);
    run->denied_calls = r == 0 && tracer_sees_denied(run->tracer);
    if (r == 0)
        return 0;
    return do_without_tracer(run, &err);
}

int run_trace_job(struct run *run)
{
    const struct tracer_owner owner = {run->record->supervisor_pid, run->record->supervisor_start};
    uint64_t around[16];
    size_t count;
    struct err err;

    if (!run->tracer)
        return 0;
    count = cgroup_ancestors(&run->groups, around, sizeof(around) / sizeof(around[0]));
    run->traced = (struct tracer_job){.cgroup_id = run->groups.id, .ring_fd = -1};
    if (tracer_job_add(run->tracer, run->groups.id, around, count, &owner, &err) == 0)
        return 0;
    tracer_close(run->tracer);
    run->tracer = NULL;
    return do_without_tracer(run, &err);
}

/* What was asked for and cannot be had is an error, as with a limit. */
int run_attach_features(struct run *run)
{
    /* What a policy on trial would refuse shows in the calls that were made, if none listens. */
    bool trace_trial = run->spec->audit && run->plan.listening.len == 0;
    unsigned wanted = run->spec->trace_features | (trace_trial ? 1u << TRACE_SYSCALLS : 0);
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
    feed_totals(run->record, &totals, run->denied_calls);
    if (run->traced.pool_used_up)
        record_add_event(run->record, realtime_ns(), "note",
                         "all rings were taken: the shared table served this job");
}
