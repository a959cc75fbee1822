/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource limits (setrlimit) that a caller set are meant for the command. They must not end who
 * looks after it and writes its record: that goes on without them, and the child takes them back.
 */
#ifndef CGRUN_APPLY_CALLER_LIMITS_H
#define CGRUN_APPLY_CALLER_LIMITS_H

#include <stdbool.h>
#include <sys/resource.h>

enum { CALLER_LIMITS = 3 };

struct caller_limits {
    bool lifted[CALLER_LIMITS];
    struct rlimit old[CALLER_LIMITS];
};

/* Raises this process's own; without the privilege, as far as it goes. */
void caller_limits_lift(struct caller_limits *ret);

/* In the child. Returns 0 or a positive errno. */
int caller_limits_restore(const struct caller_limits *limits);

#endif
