/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One job from its spec to its stored record: prepare, apply, watch, measure, decide, store. The
 * order of things on the way to exec is chosen for time; docs/ARCHITECTURE.md says what runs beside
 * what.
 */
#ifndef CGRUN_SUPERVISE_RUN_H
#define CGRUN_SUPERVISE_RUN_H

#include "runner/base/err.h"
#include "runner/base/strv.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"

struct run_result {
    int status;    /* what cgrun exits with */
    bool recorded; /* the record below is filled */
    struct record record;
    struct err_list errors; /* why nothing was started, or what went wrong afterwards */
    struct strv notes;      /* said once on stderr: what had to be done without */
};

/* What the caller is told while the job runs; each may be NULL. */
struct run_hook {
    void (*started)(void *data, int64_t id); /* the command runs: the job's number */
    void (*refused)(void *data, const char *words);
    void (*warned)(void *data, const struct err *warning); /* before it starts, too */
    void *data;
};

/* Runs the job to its end. `hook` may be NULL. `started_ns` is CLOCK_MONOTONIC at the program's
 * start. */
void run_job(const struct job_spec *spec, int64_t started_ns, const struct run_hook *hook,
             struct run_result *ret);
void run_result_free(struct run_result *ret);

#endif
