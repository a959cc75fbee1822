/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounting over many jobs: sums by owner, name, command, user or day. Pure. */
#ifndef CGRUN_RECORD_USAGE_H
#define CGRUN_RECORD_USAGE_H

#include "runner/record/record.h"

enum usage_by {
    USAGE_BY_OWNER,
    USAGE_BY_NAME,
    USAGE_BY_COMMAND, /* of each process, by the ledger */
    USAGE_BY_USER,    /* whose uid cgrun ran with */
    USAGE_BY_DAY,     /* UTC, of the start */
    USAGE_BY_COUNT,
};

/* Figures that a job could not measure add nothing to a sum: `unmeasured` counts such jobs. */
struct usage_row {
    char *key;       /* "-": not given */
    uint64_t jobs;   /* in which it occurs */
    uint64_t failed; /* jobs that did not end with status 0; by command: processes that failed */
    uint64_t processes;
    double wall_seconds; /* by command: 0, the ledger has no such sum */
    double cpu_seconds, runqueue_wait_seconds;
    double memory_peak_bytes; /* of the largest job; by command: of the largest process */
    double io_read_bytes, io_write_bytes;
    uint64_t unmeasured;
};

struct usage {
    enum usage_by by;
    struct usage_row *rows;
    size_t count, size;
    struct usage_row total; /* key NULL */
};

/* "owner"; -1 for a word that is none of them. */
int usage_by_name(const char *word);
const char *usage_name(enum usage_by by);

/* `user` is the name of the record's uid, for USAGE_BY_USER. Returns 0 or -ENOMEM. */
int usage_add(struct usage *u, const struct record *r, const char *user);

/* By "cpu" (also NULL), "wall", "memory", "io", "jobs", "processes", or "key". -EINVAL for others.
 */
int usage_sort(struct usage *u, const char *key);
void usage_free(struct usage *u);

#endif
