/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_HOST_PROCESSORS_H
#define CGRUN_HOST_PROCESSORS_H

#include <stddef.h>

#include "runner/base/err.h"

/*
 * The processor to measure on, its number as text: the first that the kernel was told to isolate,
 * or of those that the caller may use the one with the fewest interrupts since the boot, the first
 * processor only if there is no other: it does the host's own work.
 */
int processor_choose(char *buf, size_t size, struct err *err);

#endif
