/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/tracer.h"
#include "runner/apply/cgroup.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/host/facts.h"
#include "runner/host/process.h"
#include "runner/record/verdict.h"
#include "runner/supervise/feed.h"
#include "runner/supervise/keeper.h"
#include "runner/supervise/measure.h"

#define FINISH_TIMEOUT_US 200000

static bool same_boot(const struct record *r)
{
    const char *boot = pairs_get(&r->environment, "boot_id");

    return boot && process_is_boot(boot);
}

bool recover_is_alive(const struct record *r)
{
    return same_boot(r) && r->supervisor_pid > 0 &&
           process_start_time(r->supervisor_pid) == r->supervisor_start;
}

/* A path of a record is used only if it is one of ours: the record could come from anywhere. */
static bool is_job_group(const char *path)
{
    const char *name = strrchr(path, '/');

    return name && strncmp(name, "/cgrun.job-", 11) == 0 && !strstr(path, "/../");
}

static void read_totals(struct record *r, const char *run_dir)
{
    char pin_dir[512];
    _cleanup_tracer_ struct tracer *t = NULL;
    struct tracer_job job = {.cgroup_id = r->cgroup_id, .ring_fd = -1, .inherited = true};
    struct tracer_status status;
    struct job_totals totals;
    struct feed feed;

    snprintf(pin_dir, sizeof(pin_dir), "%s/bpf", run_dir);
    /* Never attached for this: what is not there now was not there for the job. */
    if (tracer_status(pin_dir, &status, NULL) < 0 || !status.attached ||
        tracer_open(&t, pin_dir, NULL, NULL) < 0)
        return;
    feed_init(&feed, r);
    if (tracer_job_finish(t, &job, FINISH_TIMEOUT_US, feed_process, &feed, &totals, NULL) < 0)
        return;
    if (totals.denied)
        tracer_job_denied(t, r->cgroup_id, feed_denied, &feed, NULL);
    feed_totals(r, &totals, tracer_sees_denied(t));
    tracer_job_remove(t, &job);
}

int recover_open_group(const struct record *r)
{
    const char *path = pairs_get(&r->cgroup, "v2");
    _cleanup_close_ int dir = -1;
    struct stat st;

    if (!path || !is_job_group(path))
        return -1;
    dir = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0 || fstat(dir, &st) < 0 || st.st_ino != r->cgroup_id)
        return -1;
    return steal_fd(&dir);
}

/* Where a supervisor that is gone had moved itself: beside the job's group, and empty by now. */
static void remove_leaf(const struct record *r)
{
    const char *path = pairs_get(&r->cgroup, "v2");
    char leaf[1024];

    if (!path || !is_job_group(path))
        return;
    snprintf(leaf, sizeof(leaf), "%.*s/" HOST_LEAF "-%d", (int)(strrchr(path, '/') - path), path,
             r->supervisor_pid);
    cgroup_remove_path(leaf, NULL); /* a keeper, which ends with its job, may still be in it */
}

int recover_remove_groups(const struct record *r, struct err *err)
{
    int failed = 0;

    remove_leaf(r);

    for (size_t i = 0; i < r->cgroup.count; i++) {
        const char *path = r->cgroup.item[i].value;

        if (is_job_group(path) && access(path, F_OK) == 0) {
            int code = cgroup_remove_path(path, err);

            failed = code < 0 ? code : failed;
        }
    }
    return failed;
}

static void explain_missing(struct record *r, const char *why)
{
    for (int id = 0; id < METRIC_COUNT; id++)
        if (!r->metric[id].available)
            metric_unavailable(r, (enum metric_id)id, why);
}

/* The command is the process that the supervisor itself had started. */
static void tell_commands_end(struct record *r)
{
    const struct ledger_row *row = NULL;

    for (size_t i = 0; i < r->ledger.rows_kept && !row; i++)
        if (r->ledger.rows[i].ppid == (uint32_t)r->supervisor_pid)
            row = &r->ledger.rows[i];
    if (row && row->signal)
        pairs_setf(&r->verdict.evidence, "command_signal", "%d", row->signal);
    else if (row)
        pairs_setf(&r->verdict.evidence, "command_exit_code", "%d", row->exit_code);
}

static void tell_keeper(struct record *r, int dir)
{
    char why[64];
    bool killed;

    if (!keeper_ended(dir, why, sizeof(why), &killed))
        return;
    pairs_set(&r->verdict.evidence, "ended_at", why);
    if (cgroup_populated_dir(dir) == 0)
        pairs_set(&r->verdict.evidence, "killed", killed ? "yes" : "no");
    record_add_event(r, realtime_ns(), "stop", "cgrun was gone: its keeper ended the job for %s",
                     why);
}

int recover_job(struct store *s, struct record *r, const struct recover_request *request,
                struct err *err)
{
    bool this_boot = same_boot(r), alive;
    _cleanup_close_ int dir = this_boot ? recover_open_group(r) : -1;
    int code = 0;

    if (r->keep_if_lost && !request->end_kept && dir >= 0 && cgroup_populated_dir(dir) == 1)
        return 1;
    r->verdict.kind = VERDICT_LOST;
    r->verdict.exit_code = -1;
    r->verdict.status = CGRUN_STATUS_FAILED;
    pairs_set(&r->verdict.evidence, "why",
              !this_boot ? "the machine went down while the job ran"
              : pairs_get(&r->cgroup, "none")
                  ? "cgrun itself was killed while the job ran; without "
                    "a cgroup nobody can tell what is left of it"
                  : "cgrun itself was killed while the job ran");
    if (dir >= 0) {
        alive = cgroup_populated_dir(dir) == 1;
        tell_keeper(r, dir);
        measure_left(r, dir); /* systemd may remove the group once it is empty */
        code = cgroup_kill_dir(dir, request->patience_ms, err);
        if (code < 0)
            return code;
        measure_left(r, dir);
        read_totals(r, request->run_dir);
        if (alive)
            record_add_event(r, realtime_ns(), "kill", "what was left of the job was ended");
        tell_commands_end(r);
    }
    if (this_boot)
        code = recover_remove_groups(r, err);
    if (code < 0)
        return code;
    r->state = RECORD_ENDED;
    r->ended_ns = realtime_ns();
    explain_missing(r, "the supervisor was gone before it could be read");
    ledger_sort(&r->ledger);
    return store_complete(s, r, true, err);
}
