/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_STORE_BUSY_H
#define CGRUN_STORE_BUSY_H

#include <stdbool.h>
#include <stdint.h>

enum busy_patience {
    BUSY_UNTIL_SIGNAL, /* nothing has happened yet: one that ends the caller ends the wait */
    BUSY_WHATEVER,     /* what has happened must be recorded */
    BUSY_NOT,          /* there is something better to do */
};

/* How a handle waits for a database that another process holds. */
struct busy {
    enum busy_patience patience;
    bool ended;      /* by a signal */
    int64_t from_ns; /* CLOCK_MONOTONIC: begin of this wait */
};

/* A busy handler of SQLite's, with a struct busy. Returns whether to try again. */
int busy_wait(void *data, int tries);

#endif
