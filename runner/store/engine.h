/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_STORE_ENGINE_H
#define CGRUN_STORE_ENGINE_H

#include <stdint.h>

/* The name of SQLite's way to files that keeps to the deadline. */
#define ENGINE_VFS "cgrun"

/*
 * Sets SQLite up for processes that open a database once and do little with it. For all databases
 * that are opened from then on; the first call counts.
 */
void engine_set_up(void);

/* From this moment of CLOCK_MONOTONIC on (0: never) SQLite no longer sleeps between its tries. */
void engine_deadline(int64_t monotonic);

#endif
