/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that the caller names. No open waits: not for the other end of a FIFO, not for a lease, a
 * carrier or a tape. The kind of file is looked at before it is opened, because opening a device
 * can have effects of its own.
 */
#ifndef CGRUN_BASE_OPENING_H
#define CGRUN_BASE_OPENING_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/base/err.h"

enum {
    OPENING_FILE = 1,   /* a regular file */
    OPENING_FIFO = 2,   /* a FIFO or a pipe (/dev/fd/63) */
    OPENING_DEVICE = 4, /* a character device: a terminal, /dev/null */
};

/*
 * Opens what is there for reading (O_RDONLY) or writing (O_WRONLY), if it is one of the `kinds`.
 * The descriptor blocks as usual once it is open, and is closed on exec. -ENXIO: nobody reads from
 * the FIFO. `what` names the path in messages.
 */
int opening_open(const char *what, const char *path, int flags, unsigned kinds, struct err *err);

/*
 * A file to write as a whole: a regular file, or one that is not there yet, is written under
 * another name and renamed at the end; a FIFO or a device is written to; "-" is standard output.
 */
struct output {
    int fd;          /* -1: none */
    char *path;      /* NULL: written straight to `fd` */
    char *temporary; /* beside `path` */
};

int output_open(struct output *o, const char *what, const char *path, struct err *err);

/*
 * The error that output_open() would be, as far as can be told without opening anything: a FIFO
 * without a reader is not.
 */
int output_look(const char *what, const char *path, struct err *err);

/*
 * Writes all of it, and renames. A reader that does not read is waited for until a signal is
 * pending that ends this process: -EINTR. The signal stays pending.
 */
int output_write(struct output *o, const char *text, size_t size);
/* Removes what is unfinished. */
void output_close(struct output *o);

/* Whether a blocked signal waits that tells this process to end. */
bool ending_is_pending(void);

#endif
