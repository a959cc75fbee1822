/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that lives for some milliseconds spends a good part of them on the first touch of each
 * page of its memory. What a launch is known to need is asked for in a few calls instead.
 */
#ifndef CGRUN_BASE_PREFAULT_H
#define CGRUN_BASE_PREFAULT_H

#include <stddef.h>

/* For what is about to be written. Where the kernel can't (before 5.14), nothing. */
void prefault(void *start, size_t bytes);

/* For the beginning of main(): heap and stack. */
void prefault_heap_and_stack(void);

#endif
