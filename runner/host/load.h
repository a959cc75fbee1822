/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How busy the whole host has been since its boot: read twice, the difference is what was between.
 */
#ifndef CGRUN_HOST_LOAD_H
#define CGRUN_HOST_LOAD_H

#include <stdbool.h>

enum { LOAD_CPU, LOAD_MEMORY, LOAD_IO, LOAD_PRESSURES };

struct host_load {
    bool has_cpu;
    double busy_seconds;  /* of all processors, /proc/stat; its ticks are 10 ms on most kernels */
    double steal_seconds; /* of them, taken by the hypervisor */
    bool has_pressure[LOAD_PRESSURES];
    double pressure_seconds[LOAD_PRESSURES]; /* some task stalled: /proc/pressure */
    bool has_frequency;
    double frequency_hertz; /* the mean of the processors' now: cpufreq */
};

void host_load_read(struct host_load *load);

#endif
