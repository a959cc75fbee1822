/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_BPF_TRACER_INTERNAL_H
#define CGRUN_BPF_TRACER_INTERNAL_H

#include "bpf/load.h"
#include "bpf/tracer.h"

struct tracer {
    int dir;              /* the pins, O_PATH */
    char path[512];       /* of the pins */
    int map[TRACER_MAPS]; /* opened when first used */
};

/* A handle on pins that may or may not be there; NULL without memory. */
struct tracer *tracer_new(const char *pins);

/* The descriptor of a map, opened if need be; negative errno. */
int tracer_map_fd(struct tracer *t, int map);

/*
 * Removes what other versions of cgrun have attached and no job uses any more. How many are left.
 * The lock is held, or it does not matter: an idle one is removed by whoever sees it.
 */
unsigned tracer_remove_idle(const char *pin_dir);

/* Bytes of kernel memory of all maps. */
uint64_t tracer_memory(struct tracer *t);

/* Loads, attaches and pins into `pins`, unless somebody else just has. 1: attached, 0: found. */
int tracer_attach(const char *pin_dir, const char *pins, struct err *err);

/* Waits for the lock beside the pin directory; its descriptor, or a negative errno. */
int tracer_lock(const char *pin_dir, struct err *err);

/* "<pin_dir>/v<layout>" */
void tracer_pins_path(char *buf, size_t size, const char *pin_dir);

#endif
