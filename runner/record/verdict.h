/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deciding how a job ended, from what its supervisor saw: pure, so that every case can be tested
 * from a table. Exit numbers are lossy; the verdict is the truth.
 */
#ifndef CGRUN_RECORD_VERDICT_H
#define CGRUN_RECORD_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/record/record.h"

/* What made the supervisor end the job. */
enum stop_cause { STOP_NONE, STOP_TIMEOUT, STOP_CPU_TIMEOUT, STOP_REQUESTED };

/* What the supervisor saw. Seconds as in the catalogue. */
struct ending {
    pid_t main_pid;
    int wait_status; /* of the command itself, as wait(2) gives it */
    bool unended;    /* the command could not be ended: it has no status */
    enum stop_cause cause;
    int stop_signal; /* what was sent, or what cgrun itself was sent */
    bool killed;     /* the grace ran out, SIGKILL followed, and the cgroup was seen empty */
    int requested_by_pid, requested_by_uid;
    double limit_seconds, used_seconds, grace_seconds;
    bool terminal_signal;  /* cgrun got stop_signal from the terminal, as the job did */
    uint64_t oom_kills;    /* as the cgroup counted them */
    uint64_t memory_limit; /* bytes, UINT64_MAX: none */
    uint64_t memory_peak;  /* bytes, 0: unknown */
    const char *cgroup;    /* path that held the limit */
    const char *above;     /* the group above the job whose memory limit it was; NULL: none */
    uint64_t above_limit, above_used; /* its limit and the most it held, in bytes */
    const char *policy;               /* name */
    const char *(*syscall_name)(int number, char *buf, size_t size);
    const char *cgroup_mount; /* of the hierarchy that senders' cgroups are in */
    bool (*cgroup_path)(const char *mount, uint64_t id, char *buf, size_t size);
};

#define CGRUN_STATUS_EXPECT  123
#define CGRUN_STATUS_TIMEOUT 124
#define CGRUN_STATUS_FAILED  125
#define CGRUN_STATUS_CANNOT  126
#define CGRUN_STATUS_MISSING 127

/* Fills r->verdict from the ending and r's ledger. Returns 0 or -ENOMEM. */
int verdict_decide(struct record *r, const struct ending *e);

/* The verdict of a job whose command could not be executed; `error` is an errno. */
int verdict_start_failed(struct record *r, const char *step, bool exec_step, int error,
                         const char *text);

#endif
