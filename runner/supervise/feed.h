/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the tracer tells to what the record keeps. */
#ifndef CGRUN_SUPERVISE_FEED_H
#define CGRUN_SUPERVISE_FEED_H

#include <stdint.h>

#include "bpf/job_events.h"
#include "runner/record/record.h"
#include "runner/store/rowfile.h"
#include "runner/supervise/rule_names.h"

struct feed {
    struct rule_names *names;                    /* of refused calls; may be NULL */
    void (*tell)(void *data, const char *words); /* of kills by the policy; may be NULL */
    void *tell_data;
    unsigned told;
    struct record *record;
    struct rowfile *rows;   /* every row goes there as well; NULL: none does */
    int64_t boot_offset_ns; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
};

void feed_init(struct feed *feed, struct record *record);

/* A tracer_report_fn: folds one process into the ledger, and what befell it into the events. */
int feed_process(void *data, const struct job_report *report);

/* A tracer_denied_fn: one process's refused calls of one kind, as an event. */
int feed_denied(void *data, const struct job_denied_key *key, const struct job_denied *denied);

/* The job's totals as metrics; `coverage` compares them with the cgroup's own clock. */
void feed_totals(struct record *r, const struct job_totals *totals, bool denied_calls_seen);

#endif
