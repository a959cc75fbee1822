/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metric catalogue: the one list of what is measured, under the names that the table, JSON,
 * SQLite, exporters and the manual share. A value is available with its source, or it is not and
 * says why; it is never a 0 that stands for "not measured".
 */
#ifndef CGRUN_RECORD_METRICS_H
#define CGRUN_RECORD_METRICS_H

#include <stdbool.h>

#include "runner/base/buf.h"

enum metric_id {
    METRIC_WALL_SECONDS,
    METRIC_CPU_SECONDS,
    METRIC_CPU_USER_SECONDS,
    METRIC_CPU_SYSTEM_SECONDS,
    METRIC_CPU_THROTTLED_SECONDS,
    METRIC_RUNQUEUE_WAIT_SECONDS,
    METRIC_BLKIO_WAIT_SECONDS,
    METRIC_MEMORY_PEAK_BYTES,
    METRIC_PROCESS_PEAK_RSS_BYTES,
    METRIC_PAGE_FAULTS_MAJOR,
    METRIC_PAGE_FAULTS_MINOR,
    METRIC_IO_READ_BYTES,
    METRIC_IO_WRITE_BYTES,
    METRIC_IO_READ_OPS,
    METRIC_IO_WRITE_OPS,
    METRIC_CONTEXT_SWITCHES_VOLUNTARY,
    METRIC_CONTEXT_SWITCHES_INVOLUNTARY,
    METRIC_PROCESSES_TOTAL,
    METRIC_PROCESSES_FAILED,
    METRIC_TASKS_PEAK,
    METRIC_FORK_FAILURES,
    METRIC_PRESSURE_CPU_SECONDS,
    METRIC_PRESSURE_MEMORY_SECONDS,
    METRIC_PRESSURE_IO_SECONDS,
    METRIC_OOM_KILLS,
    METRIC_SIGNALS_RECEIVED,
    METRIC_DENIED_SYSCALLS,
    METRIC_EVENTS_DROPPED,
    METRIC_LEDGER_CPU_COVERAGE_RATIO,
    METRIC_OVERHEAD_SECONDS,
    METRIC_OTHERS_CPU_SECONDS,
    METRIC_STEAL_SECONDS,
    METRIC_HOST_PRESSURE_CPU_SECONDS,
    METRIC_HOST_PRESSURE_MEMORY_SECONDS,
    METRIC_HOST_PRESSURE_IO_SECONDS,
    METRIC_CPU_FREQUENCY_HERTZ,
    METRIC_COUNT,
};

enum metric_kind { METRIC_TOTAL, METRIC_PEAK, METRIC_RATIO, METRIC_NOW };

struct metric {
    const char *name; /* base unit as suffix: "cpu_seconds" */
    const char *unit; /* "seconds", "bytes", "count", "ratio", "hertz" */
    enum metric_kind kind;
    const char *help;          /* one line */
    const char *v1, *v2, *bpf; /* where it is read in each, NULL: not to be had there */
    bool compared;             /* by `cgjob compare` unless it is asked for others */
    bool neutral;              /* less of it is neither better nor worse */
};

extern const struct metric metrics[METRIC_COUNT];

/* The id of a name, or -1. */
int metric_by_name(const char *name);

/* The catalogue as the table of docs/RECORD.md. */
void metrics_markdown(struct buf *out);

struct metric_value {
    bool available;
    double value;    /* bytes and counts are integral */
    char source[64]; /* "cgroup.v2:cpu.stat", "bpf:exit", "clock" */
    char why[120];   /* why it is unavailable */
};

#endif
