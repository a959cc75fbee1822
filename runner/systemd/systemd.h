/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgrun-systemd: what cgrun asks of systemd and the journal, in a program of its own because few
 * runs need libsystemd. Both functions return an exit status and have told what failed.
 */
#ifndef CGRUN_SYSTEMD_SYSTEMD_H
#define CGRUN_SYSTEMD_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

/* A transient scope in cgrun.slice, delegated, with one process in it. */
struct scope {
    const char *unit, *description;
    const char *service; /* stopping this one stops it; NULL: none */
    uint32_t pid;
    uint64_t stop_usec; /* between SIGTERM and SIGKILL at its stop */
    bool user;          /* of the caller's own systemd */
};

/* Prints "invocation ID" or "error TEXT". */
int scope_make(const struct scope *s);

/* Whose messages they are. */
struct journal_job {
    const char *id, *name, *owner;
};

/*
 * Says that the job begins, prints "ready", and sends each line of standard input until its end.
 * Signals do not end it: the job's last lines come after them.
 */
int journal_follow(const struct journal_job *job);

/* Says how the job ended. */
int journal_end(const struct journal_job *job, const char *verdict, const char *status);

/* Prints "error TEXT". */
int fail(const char *text);

#endif
