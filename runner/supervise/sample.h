/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a running job uses at this moment, read from the cgroups that its record names, or of a job
 * without a cgroup from /proc.
 */
#ifndef CGRUN_SUPERVISE_SAMPLE_H
#define CGRUN_SUPERVISE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/record/record.h"

#define SAMPLE_NO_LIMIT UINT64_MAX

enum sample_pressure { SAMPLE_CPU, SAMPLE_MEMORY, SAMPLE_IO, SAMPLE_PRESSURES };

struct sample {
    int64_t time_ns;                    /* CLOCK_MONOTONIC */
    uint64_t cpu_usec;                  /* cgroup2 cpu.stat, all processes so far */
    uint64_t memory, memory_limit;      /* bytes: memory.current or memory.usage_in_bytes */
    uint64_t tasks, tasks_limit;        /* pids.current, pids.max */
    uint64_t io_bytes;                  /* io.stat, blkio, or /proc/PID/io of what lives */
    double pressure[SAMPLE_PRESSURES];  /* "some avg10", percent; -1: not known */
    bool has_memory, has_tasks, has_io; /* a controller is there */
    bool frozen;
};

/* Of a running job. Returns 0, or -ENOENT when its cgroup is gone. */
int sample_read(const struct record *r, struct sample *ret);

#endif
