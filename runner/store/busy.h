/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_STORE_BUSY_H
#define CGRUN_STORE_BUSY_H

#include <stdbool.h>
#include <stdint.h>

/* How a handle waits for a database that another process holds. */
struct busy {
    int64_t each_ns;   /* every wait anew; 0: all together until */
    int64_t until_ns;  /* CLOCK_MONOTONIC; 0: not at all */
    bool heed_signals; /* one that ends the caller ends the wait */
    bool ended;        /* by such a signal */
};

/* A busy handler of SQLite's, with a struct busy. Returns whether to try again. */
int busy_wait(void *data, int tries);

#endif
