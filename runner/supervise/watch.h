/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching over a running job until it has ended: time limits, signals, reaping, and fetching what
 * the tracer has to say. Fills a struct ending; decides nothing about what it means.
 */
#ifndef CGRUN_SUPERVISE_WATCH_H
#define CGRUN_SUPERVISE_WATCH_H

#include <stdint.h>
#include <sys/resource.h>

#include "bpf/features.h"
#include "bpf/tracer.h"
#include "runner/apply/cgroup.h"
#include "runner/host/command.h"
#include "runner/plan/plan.h"
#include "runner/record/verdict.h"

struct capture;
struct keeper;
struct refusals;

struct watch {
    const struct plan *plan;
    const struct job_cgroups *groups;
    int signal_fd;
    pid_t main_pid;
    struct keeper *keeper; /* forgotten if it ends before the job */
    int64_t started_ns;    /* CLOCK_MONOTONIC, when the command was let go */

    struct tracer *tracer; /* NULL: none */
    struct tracer_job *job;
    tracer_report_fn on_record;
    void *on_record_data;

    struct features *features; /* NULL: none */
    const struct feature_callbacks *on_feature;

    struct record *record; /* gets events */
    struct capture *capture;
    struct refusals *refusals;
    struct command *helper[2]; /* children that are not of the job, NULL: none */

    struct ending ending; /* the result */
    struct rusage reaped; /* of the job's processes that came to cgrun or their parents */
    int64_t ended_ns;     /* CLOCK_MONOTONIC, when the job had ended */
};

/*
 * Returns when the command has ended (with --wait=all: when nothing of the job runs any more) and
 * whatever was left of the job has been killed. Returns 0 or a negative errno with `err` when some
 * process could not be ended.
 */
int watch_job(struct watch *w, struct err *err);

/* Queued with SIGTERM: the grace is skipped. */
#define WATCH_STOP_NOW 9

#endif
