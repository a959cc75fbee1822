/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_BPF_TRACER_INTERNAL_H
#define CGRUN_BPF_TRACER_INTERNAL_H

#include <sys/resource.h>

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

/* Bytes of kernel memory of all maps, and of the rings that there are so far; how many. */
uint64_t tracer_memory(struct tracer *t, unsigned *rings);

/*
 * The pool of rings: JOB_RINGS places, each for one job at a time, whose ring is made when it is
 * taken for the first time and then stays.
 */

/* Of each, in bytes; 0: unknown. */
uint64_t tracer_ring_bytes(struct tracer *t);

/* The place that the job's records go to, if any. */
bool tracer_ring_of(struct tracer *t, uint64_t cgroup_id, uint32_t *index);

/*
 * Takes a place for this process, for that job's sake: best the one that a killed supervisor of the
 * job has left; another job's such place only when there is no other, since what waits in it is
 * lost then. Its index, -ENOBUFS when all are taken.
 */
int tracer_ring_take(struct tracer *t, uint64_t cgroup_id);
void tracer_ring_give_back(struct tracer *t, uint32_t index);

/* A descriptor of the ring there, the caller's; made if `make`. Negative errno. */
int tracer_ring_open(struct tracer *t, uint32_t index, bool make);

/* Kernels up to 5.10 charge maps against RLIMIT_MEMLOCK, which the job shall find as it was. */
void tracer_lift_memlock(struct rlimit *old);

/* Loads, attaches and pins into `pins`, unless somebody else just has. 1: attached, 0: found. */
int tracer_attach(const char *pin_dir, const char *pins, struct err *err);

/* Waits for the lock beside the pin directory; its descriptor, or a negative errno. */
int tracer_lock(const char *pin_dir, struct err *err);

/* "<pin_dir>/v<layout>" */
void tracer_pins_path(char *buf, size_t size, const char *pin_dir);

#endif
