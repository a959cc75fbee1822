/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child between clone and exec: a fixed list of named steps over a finished plan. Nothing here
 * allocates, uses stdio or takes a lock, because the parent has threads. A step that fails is
 * reported as {step, errno} over a pipe that exec closes.
 */
#ifndef CGRUN_APPLY_CHILD_H
#define CGRUN_APPLY_CHILD_H

#include <signal.h>

#include "runner/plan/plan.h"

enum child_step {
    CHILD_JOIN_CGROUPS,
    CHILD_PRIORITIES,
    CHILD_MOUNTS,
    CHILD_RLIMITS,
    CHILD_CAPABILITIES,
    CHILD_USER,
    CHILD_REDIRECT,
    CHILD_DESCRIPTORS,
    CHILD_WAIT_FOR_GO,
    CHILD_NO_NEW_PRIVILEGES,
    CHILD_LANDLOCK,
    CHILD_SECCOMP,
    CHILD_SIGNALS,
    CHILD_EXEC,
    CHILD_STEPS,
};

const char *child_step_name(enum child_step step);

/* What is written to the status pipe by a step that failed. */
struct child_report {
    int step;
    int error;  /* errno */
    int detail; /* which of several: an index into the plan's list, or the stream number */
};

/* All that the child needs, finished before the clone. Borrowed throughout. */
struct child {
    const struct plan *plan;
    char *const *argv;
    char *const *envp;
    char *const *exec_paths; /* tried in order, NULL-terminated */
    char *const *join_files; /* "0" is written to each: v1's tasks, NULL-terminated */
    sigset_t signal_mask;    /* the caller's */
    int status_fd;           /* written by a failing step */
    int go_fd;               /* one byte: go on; end of file: give up */
};

/* Runs the steps; ends in exec or in _exit. */
void child_run(const struct child *child) __attribute__((noreturn));

#endif
