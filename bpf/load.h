/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading and attaching, in two ways: the light skeleton, whose loader runs in the kernel and does
 * without reading the kernel's type information (a fifth of the time), and the full one, for
 * kernels that refuse the light one or lack an optional hook.
 */
#ifndef CGRUN_BPF_LOAD_H
#define CGRUN_BPF_LOAD_H

#include <stdbool.h>

#include "bpf/job_events.h"
#include "runner/base/err.h"

/* What who is refused needs. */
#define TRACER_GRANTS                                                                              \
    "run as root, in a container with CAP_SYS_ADMIN, CAP_BPF and CAP_PERFMON (before Linux 5.11 "  \
    "CAP_SYS_RESOURCE)"

enum tracer_map {
    TRACER_JOBS,
    TRACER_RINGS,
    TRACER_RING_JOBS,
    TRACER_TABLE,
    TRACER_DENIED,
    TRACER_CLAIMS,
    TRACER_MAPS,
};

enum tracer_link {
    TRACER_ON_BIRTH,
    TRACER_ON_EXEC,
    TRACER_ON_EXIT,
    TRACER_ON_SIGNAL,
    TRACER_ON_VICTIM,
    TRACER_ON_DEAD,
    TRACER_ON_REFUSAL, /* this one and the next only where fentry programs are allowed */
    TRACER_ON_LAST,
    TRACER_LINKS,
};

/* Names of the pins. */
extern const char *const tracer_map_name[TRACER_MAPS];
extern const char *const tracer_link_name[TRACER_LINKS];

/* Descriptors, -1 where there is none. */
struct tracer_loaded {
    int map[TRACER_MAPS], link[TRACER_LINKS];
};

/* How births and ends are seen: job_events.bpf.c. */
enum tracer_variant {
    TRACER_FENTRY,
    TRACER_SWITCH,
    TRACER_EARLY_FENTRY, /* this one and the next for kernels before 6.1 */
    TRACER_EARLY_SWITCH,
    TRACER_VARIANTS,
};

int tracer_load_light(struct tracer_loaded *ret, enum tracer_variant variant,
                      const struct job_constants *constants, struct err *err);
int tracer_load_full(struct tracer_loaded *ret, enum tracer_variant variant,
                     const struct job_constants *constants, struct err *err);
void tracer_loaded_close(struct tracer_loaded *loaded);

#endif
