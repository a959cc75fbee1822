/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's floor: policies in a directory that hold for every job, whatever its own. The
 * kernel answers a call by the strictest of all filters, so a job's policy can tighten them and
 * never loosen.
 */
#ifndef CGRUN_POLICY_FLOOR_H
#define CGRUN_POLICY_FLOOR_H

#include "policy/policy.h"

#define POLICY_FLOOR_DIR "/etc/cgrun/policy.d"
#define POLICY_FLOOR_MAX 8 /* the kernel walks all filters at each call */

struct policy_floor {
    struct policy_program item[POLICY_FLOOR_MAX];
    size_t count;
};

/*
 * Compiles each *.json of the directory, by name; none where there is no directory. `like` gives
 * capabilities and cache. A file that cannot be read, trusted or compiled is an error: without it
 * the floor would be a lower one.
 */
int policy_floor_read(const char *dir, const struct policy_request *like, struct policy_floor *ret,
                      struct err *err);
void policy_floor_free(struct policy_floor *floor);

#endif
