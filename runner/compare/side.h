/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side of a comparison: runs of a command, and what they have in common. Pure. */
#ifndef CGRUN_COMPARE_SIDE_H
#define CGRUN_COMPARE_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/record/record.h"

struct side_run {
    int64_t id;
    int64_t started_ns;
    unsigned number;            /* within its session, 0: it has none */
    unsigned pair;              /* of an interleaved session, 0: none */
    char *disturbed;            /* why, NULL: it was not */
    char *revision;             /* of the working directory, NULL: unknown */
    double value[METRIC_COUNT]; /* NaN: unavailable */
};

/* What commands of all runs used together. */
struct side_command {
    char comm[16];
    uint64_t processes;
    double cpu_seconds;
};

struct side {
    char *name;           /* as it was asked for */
    struct side_run *run; /* oldest first, in the order they were added */
    size_t runs, runs_size;
    size_t disturbed;             /* of them, before any were left out */
    size_t failed;                /* runs that ended otherwise than with 0: not among them */
    size_t unfinished;            /* still running, or lost */
    char *session;                /* NULL: none, or not all of the same */
    struct pairs environment;     /* the first run's; values that vary among the runs are joined */
    struct side_command *command; /* most CPU time first, after side_finish() */
    size_t commands;
    char *reason, *owner, *rollback, *expect; /* the last run's */
    struct strv argv;
};

void side_init(struct side *s, const char *name);
/* A run of it. Those for warming up are passed over. 0 or -ENOMEM. */
int side_add(struct side *s, const struct record *r);
/* Once all are added. */
void side_finish(struct side *s);
/* Leaves out the disturbed runs. */
void side_keep_quiet(struct side *s);
/* Its available figures of a metric, into `ret` of s->runs; how many. */
size_t side_values(const struct side *s, enum metric_id id, bool quiet_only, double *ret);
void side_free(struct side *s);
#define _cleanup_side_ __attribute__((cleanup(side_free)))

#endif
