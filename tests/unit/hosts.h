/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts of each layout, as their kernels describe them in mountinfo and /proc/self/cgroup. */
#ifndef CGRUN_TESTS_HOSTS_H
#define CGRUN_TESTS_HOSTS_H

#include "runner/host/facts.h"

struct host_text {
    const char *mountinfo, *own;
    const char *v2_controllers; /* usable in the caller's cgroup2 directory */
    const char *release;
};

extern const struct host_text host_v2, host_hybrid, host_legacy, host_container,
    host_closed_container, host_half_container;

/* As facts_read() would, of a root caller. */
void host_facts_from(struct host_facts *facts, const struct host_text *host);

#endif
