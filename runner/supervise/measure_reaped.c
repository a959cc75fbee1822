/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "runner/record/metrics.h"
#include "runner/supervise/measure.h"

#define SOURCE     "rusage:children"
#define USEC       1e6
#define BLOCK_SIZE 512 /* the kernel's unit in ru_inblock and ru_oublock */
#define KIBIBYTE   1024

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / USEC;
}

/* The kernel's peak of a process includes that of what it was before exec, which is cgrun. */
static void measure_peak(struct record *r, const struct rusage *reaped)
{
    struct rusage own = {0};

    getrusage(RUSAGE_SELF, &own);
    if (reaped->ru_maxrss > own.ru_maxrss)
        metric_set(r, METRIC_PROCESS_PEAK_RSS_BYTES, (double)reaped->ru_maxrss * KIBIBYTE, SOURCE);
    else
        metric_unavailable(r, METRIC_PROCESS_PEAK_RSS_BYTES,
                           "smaller than cgrun's own, which the kernel counts in");
}

void measure_reaped(struct record *r, const struct rusage *reaped)
{
    const double user = seconds(reaped->ru_utime), system = seconds(reaped->ru_stime);

    for (int id = 0; id < METRIC_COUNT; id++)
        if (!r->metric[id].available)
            metric_unavailable(r, (enum metric_id)id, "the job has no cgroup");
    metric_set(r, METRIC_CPU_SECONDS, user + system, SOURCE);
    metric_set(r, METRIC_CPU_USER_SECONDS, user, SOURCE);
    metric_set(r, METRIC_CPU_SYSTEM_SECONDS, system, SOURCE);
    measure_peak(r, reaped);
    metric_set(r, METRIC_PAGE_FAULTS_MAJOR, (double)reaped->ru_majflt, SOURCE);
    metric_set(r, METRIC_PAGE_FAULTS_MINOR, (double)reaped->ru_minflt, SOURCE);
    metric_set(r, METRIC_IO_READ_BYTES, (double)reaped->ru_inblock * BLOCK_SIZE, SOURCE);
    metric_set(r, METRIC_IO_WRITE_BYTES, (double)reaped->ru_oublock * BLOCK_SIZE, SOURCE);
    metric_set(r, METRIC_CONTEXT_SWITCHES_VOLUNTARY, (double)reaped->ru_nvcsw, SOURCE);
    metric_set(r, METRIC_CONTEXT_SWITCHES_INVOLUNTARY, (double)reaped->ru_nivcsw, SOURCE);
}
