/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run holds, for the files that it is made of: run.c, the flow, and run_trace.c. */
#ifndef CGRUN_SUPERVISE_RUN_INTERNAL_H
#define CGRUN_SUPERVISE_RUN_INTERNAL_H

#include "bpf/features.h"
#include "bpf/tracer.h"
#include "runner/apply/cgroup.h"
#include "runner/apply/launch.h"
#include "runner/apply/place.h"
#include "runner/host/environment.h"
#include "runner/host/git.h"
#include "runner/host/load.h"
#include "runner/store/rowfile.h"
#include "runner/store/spool.h"
#include "runner/store/store.h"
#include "runner/supervise/ancestors.h"
#include "runner/supervise/capture.h"
#include "runner/supervise/feed.h"
#include "runner/supervise/guard.h"
#include "runner/supervise/keeper.h"
#include "runner/supervise/outputs.h"
#include "runner/supervise/refusals.h"
#include "runner/supervise/run.h"
#include "runner/supervise/streams.h"
#include "runner/supervise/watch.h"

struct run {
    const struct job_spec *spec;
    struct run_result *result;
    const struct run_hook *hook; /* or NULL */
    struct record *record;       /* result's */
    int64_t program_start_ns;

    struct host_facts *facts;
    struct plan plan;
    struct place place;
    struct job_cgroups groups;
    struct launch launch;
    struct capture capture;
    int lock_fd;
    struct watch watch;
    struct keeper keeper;
    struct output outputs;
    struct streams streams;
    struct store *store; /* NULL: not to be had */
    struct err no_store; /* why */
    int64_t spool_key;   /* of the file that keeps the record meanwhile; 0: none */
    struct tracer *tracer;
    struct tracer_job traced;
    bool denied_calls; /* the tracer counts them */
    struct feed feed;
    struct rule_names names;
    struct refusals refusals;
    struct rowfile rows;
    struct features *features;
    struct guards *guards;
    struct feature_callbacks on_feature;
    struct git_query git;
    struct ancestors ancestors; /* of the job, as they were when it began */
    struct host_load load;      /* of the host when the job began */
    int signal_fd;
    sigset_t caller_mask;
    struct caller_limits caller_limits;
};

/* Adds the error to what the caller is told; returns -code. */
int run_report(struct run *run, const struct err *err);

/*
 * The record's way into the database, or the spool where that is not to be had. Before the start;
 * negative if nothing may be started.
 */
int run_store_open(struct run *run);
int run_store_start(struct run *run);
/* Whatever happens, the end is kept somewhere or the caller is told. */
void run_store_end(struct run *run, bool sync);

/* Before the start; negative if nothing may be started. */
int run_open_tracer(struct run *run);
int run_trace_job(struct run *run);
int run_attach_features(struct run *run);

/* While it runs: jobs whose cgrun was killed are closed by the next one, some at a time. */
void run_recover_others(struct run *run);

/* Once it has started: whoever is told of refused calls. `hook` may be NULL, and stays. */
void run_listen(struct run *run, const struct run_hook *hook);

/* When it has ended: processes, totals and calls into the record; the rule of a policy's kill. */
void run_finish_trace(struct run *run);
void run_name_rule(struct run *run);
void run_tell_audit(struct run *run);
void run_tell_refused(struct run *run);

#endif
