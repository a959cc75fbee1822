/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/run_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/host/cgroup_path.h"
#include "runner/record/expect.h"
#include "runner/record/verdict.h"
#include "runner/supervise/identity.h"
#include "runner/supervise/inherit.h"
#include "runner/supervise/lock.h"
#include "runner/supervise/measure.h"
#include "runner/supervise/own_places.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/signals.h"

/* Jobs that ran longer are on the disk before cgrun exits: the wait is then small beside the run.
 */
#define SYNC_SECONDS 1.0
/* Of a launch that others' mounts come in the way of. */
#define MOUNT_TRIES 8

int run_report(struct run *run, const struct err *err)
{
    err_list_add(&run->result->errors, err);
    return -err->code;
}

static int insert_row(struct run *run)
{
    struct record *r = run->record;
    struct err err;

    if (identity_fill(r, &run->plan, run->groups.id) < 0) {
        err_oom(&err);
        return run_report(run, &err);
    }
    r->state = RECORD_RUNNING;
    r->started_ns = realtime_ns();
    if (run_store_start(run) < 0)
        return -1;
    run->result->recorded = true;
    lock_tell(run->lock_fd, r->id, r->name);
    return 0;
}

/* Everything up to the moment when the command could be let go. What fails here leaves nothing. */
static int set_up(struct run *run)
{
    struct err err;
    int r;

    caller_limits_lift(&run->caller_limits);
    if (signals_take(&run->signal_fd, &run->caller_mask, &err) < 0 ||
        (run->spec->lock && lock_take(&run->lock_fd, prepare_run_dir(), run->spec->lock,
                                      run->spec->lock_wait_ns, run->signal_fd, &err) < 0) ||
        capture_open(&run->capture, run->spec, &err) < 0)
        return run_report(run, &err);
    r = prepare_plan(&run->plan, run->facts, run->spec, &run->result->errors);
    if (r == 0 && place_enter(&run->place, &run->plan, &err) < 0)
        r = run_report(run, &err);
    if (r == 0)
        git_query_start(&run->git, run->spec->chdir, run->spec->label || run->spec->session,
                        run->spec->run.git_dirty);
    if (r == 0 && outputs_open(&run->outputs, run->spec, &err) < 0)
        r = run_report(run, &err);
    if (r == 0 && streams_open(&run->streams, &run->plan, &run->caller_mask, &err) < 0)
        r = run_report(run, &err);
    if (r == 0)
        r = prepare_tell_places(run->spec, &run->result->notes);
    if (r == 0)
        r = run_store_open(run);
    if (r == 0)
        r = run_open_tracer(run);
    if (r < 0)
        return r;
    own_places_make(&run->plan);
    if (cgroup_create(&run->groups, &run->plan, &err) < 0)
        return run_report(run, &err);
    if (!run->plan.no_cgroup && guard_attach(&run->guards, run->spec, run->groups.dir[0], &err) < 0)
        return run_report(run, &err);
    identity_supervisor(run->record);
    r = run_trace_job(run);
    if (r < 0)
        return r;
    if (run_attach_features(run) < 0)
        return -1;
    /* Orphans of the job come to cgrun, which reaps them. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return insert_row(run);
}

/* Of the host's mounts, not of the paths that were asked for. */
static bool mount_is_gone(const struct run *run)
{
    const struct child_report *r = &run->launch.report;

    if (r->step != CHILD_MOUNTS || (r->error != EINVAL && r->error != ENOENT) || r->detail < 0 ||
        (size_t)r->detail >= run->plan.mounts)
        return false;
    return run->plan.mount[r->detail].kind == PLAN_MOUNT_READONLY ||
           run->plan.mount[r->detail].kind == PLAN_MOUNT_READONLY_TREE;
}

static int start_keeper(struct run *run, struct err *err)
{
    if (!run->plan.keeper || run->keeper.beside.keeper)
        return 0;
    return keeper_start(&run->keeper, run->spec, run->groups.dir[0], err);
}

/* Unless a Landlock domain keeps the job from cgrun, which then need not wait for it. */
static bool keeper_comes_first(const struct plan *plan)
{
    return plan->signals != PLAN_SIGNALS_LANDLOCK;
}

/*
 * Where others mount and unmount, a mount of the plan may be gone by now. Nothing of the command
 * has happened yet when that shows.
 */
static int launch_command(struct run *run, struct err *err)
{
    int streams[CAPTURE_STREAMS];
    int r = run->plan.no_cgroup ? descendants_begin(&run->groups.descendants) : 0;

    capture_streams(&run->capture, streams);
    if (r < 0)
        return err_sys(err, -r, ERR_RETRY_SAFE, "cannot read /proc");
    if (keeper_comes_first(&run->plan) && start_keeper(run, err) < 0)
        return -err->code;
    for (int tries = 0; tries < MOUNT_TRIES; tries++) {
        r = launch(&run->launch, &run->plan, &run->groups, &run->caller_mask, &run->caller_limits,
                   run->denied_calls, &run->keeper.beside, streams, run->streams.fd, err);
        if (r != -ECHILD || !mount_is_gone(run) || prepare_mounts_again(&run->plan) < 0)
            break;
        record_add_event(run->record, realtime_ns(), "note",
                         "a mount of the host's went while the job was started: started anew; the "
                         "process that failed at it is counted");
    }
    return r;
}

static int let_go(struct run *run)
{
    struct err err;
    int r;

    if (run->record->ledger.all_kept &&
        rowfile_create(&run->rows, run->spec->db, record_file_id(run->record), &err) < 0) {
        verdict_start_failed(run->record, "open the ledger", false, err.code, err.what);
        return run_report(run, &err);
    }
    if (capture_begin(&run->capture, run->spec, run->record, &err) < 0) {
        verdict_start_failed(run->record, "capture the output", false, err.code, err.what);
        return run_report(run, &err);
    }
    run->watch.started_ns = monotonic_ns();
    run->record->started_ns = realtime_ns();
    feed_init(&run->feed, run->record);
    run->feed.rows = run->rows.f ? &run->rows : NULL;
    r = launch_command(run, &err);
    capture_started(&run->capture);
    streams_close(&run->streams);
    inherit_release(run->spec);
    if (r == 0) {
        /* What the child had to do first is cgrun's time, not the command's. */
        run->watch.started_ns = run->launch.report.ready_ns;
        return 0;
    }
    run_report(run, &err);
    verdict_start_failed(run->record, child_step_name((enum child_step)run->launch.report.step),
                         run->launch.report.step == CHILD_EXEC, run->launch.report.error, err.what);
    return r;
}

/* What the record wants to know anyway and costs the job nothing, because it runs meanwhile. */
static void work_in_its_shadow(struct run *run)
{
    struct err err;

    if (start_keeper(run, &err) < 0)
        run_report(run, &err);
    keeper_begin(&run->keeper, run->watch.started_ns);
    host_load_read(&run->load);
    identity_environment(run->record, run->facts, &run->plan, &run->place);
    measure_limits(run->record, &run->groups);
    ancestors_read(&run->ancestors, &run->plan);
    if (!run->store)
        return;
    store_tidy(run->store);
    store_patience(run->store, STORE_NOT_AT_ALL); /* this job has to be looked after */
    spool_take_in(run->store, prepare_run_dir(), NULL);
    run_recover_others(run);
}

static void watch(struct run *run)
{
    struct watch *w = &run->watch;
    struct err err;

    w->plan = &run->plan;
    w->groups = &run->groups;
    w->signal_fd = run->signal_fd;
    w->main_pid = run->launch.pid;
    w->keeper = &run->keeper;
    w->tracer = run->tracer;
    w->job = &run->traced;
    w->on_record = feed_process;
    w->on_record_data = &run->feed;
    w->features = run->features;
    w->on_feature = &run->on_feature;
    w->record = run->record;
    w->refusals = &run->refusals;
    w->capture = &run->capture;
    w->helper[0] = run->git.asked ? &run->git.command : NULL;
    w->helper[1] = run->capture.helper.fd >= 0 ? &run->capture.helper : NULL;
    if (watch_job(w, &err) < 0)
        run_report(run, &err);
    metric_set(run->record, METRIC_WALL_SECONDS, (double)(w->ended_ns - w->started_ns) / NS_PER_S,
               "clock");
}

static void explain_missing(struct record *r)
{
    for (int id = 0; id < METRIC_COUNT; id++)
        if (!r->metric[id].available && !r->metric[id].why[0])
            metric_unavailable(r, (enum metric_id)id,
                               r->ledger.available ? "not measured" : r->ledger.why);
}

static void check_expectations(struct run *run)
{
    struct record *r = run->record;
    bool all = true;

    strv_each (&run->spec->expect, text)
        all &= expect_evaluate(r, text, NULL) == 1;
    if (!all && r->verdict.kind == VERDICT_EXITED && r->verdict.exit_code == 0)
        r->verdict.status = CGRUN_STATUS_EXPECT;
}

static void close_rows(struct run *run)
{
    rowfile_close(&run->rows);
    if (run->rows.lost)
        record_add_event(run->record, realtime_ns(), "note",
                         "%" PRIu64 " processes could not be written to the ledger's file: %s",
                         run->rows.lost, strerror(run->rows.error));
}

/* The job has ended: every figure is read before the groups that hold them go. */
static void conclude(struct run *run)
{
    struct record *r = run->record;
    struct ending *e = &run->watch.ending;

    keeper_end(&run->keeper);
    r->ended_ns = realtime_ns();
    if (run->plan.no_cgroup)
        measure_reaped(r, &run->watch.reaped);
    else
        measure_cgroups(r, &run->groups);
    measure_host(r, &run->load);
    run_finish_trace(run);
    if (run->features)
        features_read(run->features, &run->on_feature);
    guard_tell(run->guards, run->spec, r);
    traces_sort(&r->traces);
    measure_memory_end(e, &run->groups, r);
    ancestors_blame(&run->ancestors, &run->plan, e);
    close_rows(run);
    ledger_sort(&r->ledger);
    e->policy = run->plan.policy.name;
    e->syscall_name = policy_syscall_name;
    e->cgroup_path = cgroup_path_of;
    e->cgroup_mount = run->plan.no_cgroup ? NULL : plan_v2(&run->plan)->mount;
    verdict_decide(r, e);
    run_name_rule(run);
    refusals_record(&run->refusals, r);
    run_tell_audit(run);
    run_tell_refused(run);
    identity_git(r, &run->git);
}

static void store_record(struct run *run)
{
    struct record *r = run->record;
    double wall = r->metric[METRIC_WALL_SECONDS].value;
    int64_t before = run->watch.started_ns - run->program_start_ns;
    int64_t after = run->watch.ended_ns ? monotonic_ns() - run->watch.ended_ns : 0;
    struct err err;

    r->state = RECORD_ENDED;
    capture_end(&run->capture, r);
    metric_set(r, METRIC_OVERHEAD_SECONDS, (double)(before + after) / NS_PER_S, "clock");
    explain_missing(r);
    if (r->verdict.kind != VERDICT_START_FAILED)
        check_expectations(run);
    run_store_end(run, wall > SYNC_SECONDS);
    if (outputs_write(&run->outputs, r, &err) < 0)
        run_report(run, &err);
}

static void remove_groups(struct run *run)
{
    struct err err;

    if (cgroup_remove(&run->groups, &err) < 0)
        run_report(run, &err);
}

/*
 * What others could see, or wait for. Memory, descriptors and the database are this process's
 * alone, which is about to end: the kernel takes them back at once, and quicker than one by one.
 */
static void tear_down(struct run *run)
{
    keeper_end(&run->keeper);
    output_close(&run->outputs);
    rowfile_close(&run->rows);
    capture_close(&run->capture);
    git_query_drop(&run->git);
    refusals_close(&run->refusals);
    if (run->tracer && run->groups.id)
        tracer_job_remove(run->tracer, &run->traced);
    place_leave(&run->place);
    features_close(run->features);
    guards_close(run->guards);
    if (run->lock_fd >= 0)
        close(run->lock_fd);
}

void run_job(const struct job_spec *spec, int64_t started_ns, const struct run_hook *hook,
             struct run_result *ret)
{
    static struct run run; /* large both, and there is one job per process */
    static struct host_facts facts;
    bool started;

    *ret = (struct run_result){.status = CGRUN_STATUS_FAILED};
    record_init(&ret->record);
    run = (struct run){.spec = spec,
                       .result = ret,
                       .hook = hook,
                       .record = &ret->record,
                       .facts = &facts,
                       .signal_fd = -1,
                       .lock_fd = -1,
                       .program_start_ns = started_ns};
    run.launch.pid = -1;
    run.refusals.fd = -1;
    run.outputs.fd = -1;
    streams_init(&run.streams);
    capture_init(&run.capture);
    run.groups.birth_fd = -1;
    run.keeper = (struct keeper)KEEPER_NONE;
    run.groups.handles = (struct cgroup_handles)CGROUP_HANDLES_NONE;
    for (size_t i = 0; i < CGROUP_GROUPS; i++)
        run.groups.dir[i] = -1;
    if (set_up(&run) < 0) {
        cgroup_remove(&run.groups, NULL);
        tear_down(&run);
        return;
    }
    started = let_go(&run) == 0;
    if (started) {
        run_listen(&run, hook);
        if (hook && hook->started)
            hook->started(hook->data, ret->record.id);
        work_in_its_shadow(&run);
        watch(&run);
        conclude(&run);
    }
    remove_groups(&run);
    store_record(&run);
    ret->status = ret->record.verdict.status;
    if (ret->status)
        capture_show(&run.capture, run.signal_fd);
    tear_down(&run);
}

void run_result_free(struct run_result *ret)
{
    record_free(&ret->record);
    err_list_free(&ret->errors);
    strv_free(&ret->notes);
}
