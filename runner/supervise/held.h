/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output that is held back until it is known whether anybody shall see it: the newest bytes of it,
 * in a file without a name. Memory is bounded, and nothing is left behind if cgrun is killed.
 */
#ifndef CGRUN_SUPERVISE_HELD_H
#define CGRUN_SUPERVISE_HELD_H

#include <stddef.h>
#include <stdint.h>

#include "runner/base/err.h"

struct held {
    int fd;              /* -1: none */
    uint64_t taken, max; /* bytes: all that came; as many of the newest are kept */
    int error;           /* errno of the first write that failed: then what came is not whole */
};

/* Makes the file, for at most `max` bytes. */
int held_open(struct held *h, uint64_t max, struct err *err);
/* Never fails: the first error is kept in h->error. */
void held_write(struct held *h, const char *data, size_t size);
/* How many bytes came and are not there any more. */
uint64_t held_missing(const struct held *h);
/*
 * Writes what is kept to `to`, and gives up when nobody reads it or when a signal that ends cgrun
 * is there to be read from `signal_fd`.
 */
void held_show(const struct held *h, int to, int signal_fd);
void held_close(struct held *h);

#endif
