/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one command, or two that are interleaved, run again and again, each run a job of its
 * own by a process of its own. Stops when all are done, when the median is known well enough, when
 * time is up, when a run fails, or when it is interrupted; runs that were finished stay recorded.
 */
#ifndef CGRUN_SESSION_SESSION_H
#define CGRUN_SESSION_SESSION_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/spec/job_spec.h"

/* How far it is, after each run. */
struct session_progress {
    const char *session;
    const char *label; /* of the run; NULL: none */
    unsigned done, of; /* runs to be compared; with --ab pairs */
    bool warmup;
    double wall_seconds;   /* of the run; NaN: unknown */
    double median_seconds; /* of those so far; NaN: none, or with --ab, where there are two */
    double half_interval;  /* of the median's 95 % interval, relative; NaN: too few runs */
    double left_seconds;   /* how long the rest will take, NaN: unknown */
    int status;            /* of the run */
    const char *disturbed; /* why it is flagged, or NULL */
};

enum session_end {
    SESSION_DONE,
    SESSION_PRECISE,     /* --until is reached */
    SESSION_OUT_OF_RUNS, /* --until is not */
    SESSION_OUT_OF_TIME,
    SESSION_FAILED_RUN,
    SESSION_INTERRUPTED,
    SESSION_NOT_STARTED, /* `error` says why; also when preparing failed between runs */
};

struct session_result {
    enum session_end end;
    struct session_progress last;
    unsigned warmups, disturbed, failed;
    char session[160];
    int status; /* what cgrun exits with */
    struct err error;
};

struct session_hooks {
    /* In a process of its own: runs the job, prints what there is to print, returns the status. */
    int (*run)(void *data, const struct job_spec *spec);
    void (*progress)(void *data, const struct session_progress *p);
    void *data;
};

void session_run(struct job_spec *spec, const struct session_hooks *hooks,
                 struct session_result *ret);

#endif
