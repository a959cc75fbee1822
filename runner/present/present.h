/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as people read them. Pure: everything goes into a buffer. */
#ifndef CGRUN_PRESENT_PRESENT_H
#define CGRUN_PRESENT_PRESENT_H

#include <stdbool.h>

#include "runner/base/buf.h"
#include "runner/present/columns.h"
#include "runner/record/record.h"
#include "runner/record/usage.h"

/* The few lines that cgrun prints when a job has ended, each starting as in the design's sketch. */
void present_summary(const struct record *r, struct buf *out);

/* `cgjob show`: the whole record in sections. */
void present_show(const struct record *r, struct buf *out);

/* `cgjob why`: how it ended and the evidence, in sentences, with the next command to type. */
void present_why(const struct record *r, struct buf *out);

/* `cgjob ps`: the ledger, rows and commands in the order that they are in. */
enum ledger_form { LEDGER_BY_COMMAND, LEDGER_BY_PROCESS, LEDGER_AS_TREE };
void present_ledger(const struct record *r, enum ledger_form form, struct buf *out);
void present_ledger_csv(const struct ledger *l, enum ledger_form form, struct buf *out);

/* `cgjob ls`: a heading, then one line per record. */
struct list_line {
    struct table_style style;
    int64_t now_ns; /* CLOCK_REALTIME: a running job's wall time counts up to it */
    bool frozen;    /* it is */
};
void present_list_heading(const struct table_style *style, int64_t now_ns, struct buf *out);
void present_list_line(const struct record *r, const struct list_line *how, struct buf *out);

/* It ended with a status that is not 0, or is lost. */
bool present_failed(const struct record *r);

/* `cgjob top`: what a running job uses now. */
struct top_row {
    int64_t id;
    const char *name, *owner;      /* borrowed; owner may be NULL */
    double seconds;                /* since its start */
    double cpu_percent;            /* of one processor, over the last interval */
    uint64_t memory, memory_limit; /* bytes; no limit: UINT64_MAX */
    uint64_t tasks, tasks_limit;   /* likewise */
    double io_rate;                /* bytes per second, read and written */
    double pressure[3];            /* percent of the last 10 s: cpu, memory, io; -1: unknown */
    bool has_memory, has_tasks, has_io, frozen;
};

void present_top_heading(struct buf *out);
void present_top_line(const struct top_row *row, struct buf *out);
struct json *present_top_json(const struct top_row *row);

/* `cgjob usage`. */
void present_usage(const struct usage *u, struct buf *out);
struct json *present_usage_json(const struct usage *u);
void present_usage_csv(const struct usage *u, struct buf *out);

/* The telling events, a line each. */
void present_events(const struct record *r, struct buf *out);

/* One word or clause for a verdict: "exited 0", "oom", "killed by SIGKILL". */
void present_verdict(const struct verdict *v, struct buf *out);

/* Bytes made safe for a terminal: control characters and invalid UTF-8 become escapes. */
void present_bytes(const char *bytes, struct buf *out);

#endif
