/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process beside cgrun that outlives it and ends the job at its limit when cgrun is gone, stopped
 * or stuck. It is outside of the job's cgroup, in a session of its own, and holds nothing but what
 * it needs for that. Made only for jobs with a time limit, with --if-lost end, or with a PID
 * namespace of their own: there it is process 1, which reaps orphans and cannot be signalled.
 */
#ifndef CGRUN_SUPERVISE_KEEPER_H
#define CGRUN_SUPERVISE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/apply/child.h"
#include "runner/base/err.h"
#include "runner/spec/job_spec.h"

struct keeper {
    struct beside beside;
    int fd; /* what it is told through; its end tells that cgrun is gone */
};

#define KEEPER_NONE                                                                                \
    {                                                                                              \
        .beside = {.pids_fd = -1, .own_pids_fd = -1}, .fd = -1                                     \
    }

/* `group_fd` is the directory of the job's cgroup2 group. */
int keeper_start(struct keeper *k, const struct job_spec *spec, int group_fd, struct err *err);

/* The command runs since then (CLOCK_MONOTONIC): its time counts from there. */
void keeper_begin(const struct keeper *k, int64_t started_ns);

/* The job has ended: the keeper is ended and reaped. */
void keeper_end(struct keeper *k);

/*
 * Why a keeper ended the job whose group this is, "time limit" for example, and whether it sent
 * SIGKILL. False: none did.
 */
bool keeper_ended(int group_fd, char *why, size_t size, bool *killed);

#endif
