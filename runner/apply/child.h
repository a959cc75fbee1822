/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child between clone and exec: a fixed list of named steps over a finished plan. It runs in
 * its parent's memory (spawn.h), so nothing here allocates, uses stdio or changes what the parent
 * will look at, but for the report: {step, errno} of a step that failed.
 */
#ifndef CGRUN_APPLY_CHILD_H
#define CGRUN_APPLY_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/apply/caller_limits.h"
#include "runner/apply/handover.h"
#include "runner/plan/plan.h"

enum child_step {
    CHILD_JOIN_CGROUPS,
    CHILD_PROCESS_GROUP,
    CHILD_PRIORITIES,
    CHILD_NETWORK,
    CHILD_MOUNTS,
    CHILD_REOPEN,
    CHILD_DIRECTORY,
    CHILD_RLIMITS,
    CHILD_PERSONALITY,
    CHILD_CAPABILITIES,
    CHILD_USER,
    CHILD_SIGNALS,
    CHILD_REDIRECT,
    CHILD_CHDIR,
    CHILD_DESCRIPTORS,
    CHILD_NO_NEW_PRIVILEGES,
    CHILD_LANDLOCK,
    CHILD_SECCOMP,
    CHILD_EXEC,
    CHILD_STEPS,
};

const char *child_step_name(enum child_step step);

/* Of a step that failed; error 0 while there is none. */
struct child_report {
    int step;
    int error;  /* errno */
    int detail; /* which of several: an index into the plan's list, or the stream number */
    /*
     * CLOCK_MONOTONIC when all but the policy and exec was done: where the command's own time
     * begins. Not later, for the policy may forbid to ask for the time.
     */
    int64_t ready_ns;
};

/* What cgrun has made beside itself for the job. */
struct beside {
    pid_t keeper; /* a process that must be out of the job's reach; 0: none */
    /* The PID namespace the job is born in, and that of cgrun; -1: it is born in cgrun's. */
    int pids_fd, own_pids_fd;
};

/* The policy of the job as it is installed, in this order. Each may have no instructions. */
struct child_filters {
    struct sock_fprog alone;     /* what protects cgrun, where it fits into no other */
    struct sock_fprog quiet;     /* its refusals are not logged */
    struct sock_fprog listening; /* in place of `last` if a listener is wanted and can be had */
    struct sock_fprog last;
    bool last_logged; /* ... which is logged */
};

/* All that the child needs, finished before the clone. Borrowed throughout. */
struct child {
    const struct plan *plan;
    char *const *argv;
    char *const *envp;
    char *const *exec_paths; /* tried in order, NULL-terminated */
    char *const *join_files; /* "0" is written to each: v1's tasks, NULL-terminated */
    sigset_t signal_mask;    /* the caller's */
    int capture_fds[2];      /* take the output and errors that are not redirected; -1: none */
    const int *stream_fd;    /* of three streams, what is open already; -1, or NULL: nothing */
    const struct child_filters *filters;
    const struct caller_limits *caller_limits;
    const pid_t *pid;          /* its number as its parent knows it */
    struct handover *handover; /* takes the listener of plan->listening; NULL: none is wanted */
    char *listen_pid;          /* room in envp for the child's own number; NULL: it is not told */
    bool rehearsal; /* opens no stream and executes nothing, but looks whether it could */
    struct child_report *report;
};

/* Runs the steps of a struct child, `data`; ends in exec or in _exit. For spawn_sharing(). */
int child_run(void *data) __attribute__((noreturn));

#endif
