/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling a process from a later one of the same number. */
#ifndef CGRUN_HOST_PROCESS_H
#define CGRUN_HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* When it started, in clock ticks after boot (field 22 of /proc/PID/stat); 0: no such process. */
uint64_t process_start_time(pid_t pid);

/* Whether the machine is still in the boot of that id: numbers mean nothing in another. */
bool process_is_boot(const char *boot_id);

#endif
