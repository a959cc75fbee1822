/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an open descriptor is, and whether a job may have it. */
#ifndef CGRUN_HOST_DESCRIPTORS_H
#define CGRUN_HOST_DESCRIPTORS_H

#include <stdbool.h>

struct descriptor {
    bool open;        /* the caller handed it over: it is open and survives exec */
    bool passable;    /* a pipe, a socket or a regular file of an ordinary file system */
    bool pipe;        /* ... a pipe or a FIFO */
    const char *kind; /* "pipe", "directory", ...: static text, for people */
};

/* Never fails: a number that is not open is told as such. */
struct descriptor descriptor_look(int number);

/* Whether it is on a file system of the kernel's: proc, sysfs, a cgroup hierarchy, ... */
bool descriptor_is_kernels(int number);

#endif
