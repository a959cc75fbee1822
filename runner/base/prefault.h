/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that lives for some milliseconds spends a good part of them on the first touch of each
 * page of its memory. What a launch is known to need is asked for in two calls instead.
 */
#ifndef CGRUN_BASE_PREFAULT_H
#define CGRUN_BASE_PREFAULT_H

/* For the beginning of main(): heap and stack. Where the kernel can't (before 5.14), nothing. */
void prefault_memory(void);

#endif
