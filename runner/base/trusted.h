/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths that no other user can change. One rule for every file and directory that cgrun believes or
 * keeps its own things in: root, the caller or the owner of "/" owns each directory on the way and
 * what is at its end; nobody else can write to them, unless a directory on the way is sticky; and
 * no symbolic link is followed that lies in a directory which others can write to.
 *
 * The path is walked with one descriptor per component, so what was checked is what is opened. Once
 * it has been checked, no other user can make the same path lead elsewhere.
 *
 * `what` names the path in messages: "db", "policy". All return a descriptor (close-on-exec) or a
 * negative errno: -EPERM if the rule does not hold, -ENOENT and others from the kernel.
 */
#ifndef CGRUN_BASE_TRUSTED_H
#define CGRUN_BASE_TRUSTED_H

#include "runner/base/err.h"

enum trusted_directory {
    TRUSTED_THERE, /* it must be there */
    TRUSTED_MAKE,  /* it is made, 0700 like those above it that are missing */
};

/* A directory in which nobody else can make entries: one that is sticky will not do. An O_PATH
 * descriptor: for openat() and its kin. */
int trusted_directory(const char *what, const char *path, enum trusted_directory how,
                      struct err *err);

/* What there is of a path so far. Returns 0 also if it ends early, for want of an entry. */
int trusted_so_far(const char *what, const char *path, struct err *err);

/* A regular file to read. It never waits: neither for the other end of a FIFO, nor for a lease. */
int trusted_file(const char *what, const char *path, struct err *err);

/*
 * The path of an open directory without links, as the kernel knows it. Returns 0 or a negative
 * errno.
 */
int trusted_name(int fd, char *buf, size_t size);

#endif
