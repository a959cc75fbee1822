/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/load.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/files.h"

#define FREQUENCY_CPUS 64 /* looked at, of machines with more */

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice": guests are in user. */
static void read_cpu(struct host_load *load)
{
    unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    char text[256];

    if (file_read_at(AT_FDCWD, "/proc/stat", text, sizeof(text)) <= 0 ||
        sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
               &iowait, &irq, &softirq, &steal) != 8)
        return;
    load->has_cpu = true;
    load->busy_seconds = (double)(user + nice + system + irq + softirq) * tick;
    load->steal_seconds = (double)steal * tick;
}

static void read_pressure(struct host_load *load)
{
    static const char *const files[LOAD_PRESSURES] = {"/proc/pressure/cpu", "/proc/pressure/memory",
                                                      "/proc/pressure/io"};
    char text[256];
    uint64_t usec;

    for (int i = 0; i < LOAD_PRESSURES; i++) {
        if (file_read_at(AT_FDCWD, files[i], text, sizeof(text)) <= 0)
            continue;
        text[strcspn(text, "\n")] = '\0'; /* the first line is "some" */
        load->has_pressure[i] = text_value(text, "total", &usec) == 0;
        if (load->has_pressure[i])
            load->pressure_seconds[i] = (double)usec / 1e6;
    }
}

static void read_frequency(struct host_load *load)
{
    unsigned long long khz, sum = 0;
    unsigned count = 0;
    char path[80], text[32];

    for (; count < FREQUENCY_CPUS; count++) {
        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq",
                 count);
        if (file_read_at(AT_FDCWD, path, text, sizeof(text)) <= 0 ||
            sscanf(text, "%llu", &khz) != 1)
            break;
        sum += khz;
    }
    load->has_frequency = count > 0;
    if (count)
        load->frequency_hertz = (double)sum * 1000 / count;
}

void host_load_read(struct host_load *load)
{
    *load = (struct host_load){0};
    read_cpu(load);
    read_pressure(load);
    read_frequency(load);
}
