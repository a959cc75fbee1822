/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/processors.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

#define INTERRUPTS_MAX (8UL << 20)

static bool is_allowed(const cpu_set_t *allowed, unsigned cpu)
{
    return cpu < CPU_SETSIZE && CPU_ISSET(cpu, allowed);
}

static bool isolated(const cpu_set_t *allowed, unsigned *cpu)
{
    char text[256];

    return file_read_at(AT_FDCWD, "/sys/devices/system/cpu/isolated", text, sizeof(text)) > 0 &&
           sscanf(text, "%u", cpu) == 1 && is_allowed(allowed, *cpu);
}

/* /proc/interrupts: a heading "CPU0 CPU1 ...", then a line per source with a count for each. */
static bool fewest_interrupts(const cpu_set_t *allowed, unsigned *ret)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_free_ uint64_t *sum = calloc(CPU_SETSIZE, sizeof(*sum));
    unsigned cpu[CPU_SETSIZE], count = 0;
    char *save = NULL, *line, *at;
    bool found = false;
    int n;

    if (!sum || file_read_all("/proc/interrupts", INTERRUPTS_MAX, &text) < 0)
        return false;
    line = strtok_r(text, "\n", &save);
    for (at = line; at && count < CPU_SETSIZE && sscanf(at, " CPU%u%n", &cpu[count], &n) == 1;
         at += n)
        count++;
    while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
        at = strchr(line, ':');
        for (unsigned i = 0; at && i < count; i++) {
            char *end;
            uint64_t value = strtoull(at + 1, &end, 10);

            if (end == at + 1)
                break;
            sum[i] += value;
            at = end - 1;
        }
    }
    for (unsigned i = 0; i < count; i++)
        if (is_allowed(allowed, cpu[i]) && cpu[i] != 0 && (!found || sum[i] < sum[*ret])) {
            *ret = i;
            found = true;
        }
    if (found)
        *ret = cpu[*ret];
    return found;
}

int processor_choose(char *buf, size_t size, struct err *err)
{
    cpu_set_t allowed;
    unsigned cpu = 0;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE,
                       "allowed-cpus 'isolated': cannot tell which "
                       "processors may be used");
    if (!isolated(&allowed, &cpu) && !fewest_interrupts(&allowed, &cpu))
        while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(cpu, &allowed))
            cpu++;
    snprintf(buf, size, "%u", cpu);
    return 0;
}
