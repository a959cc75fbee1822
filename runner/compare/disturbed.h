/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a run was disturbed: by others on the machine, by its host, or by its own limits. Pure.
 */
#ifndef CGRUN_COMPARE_DISTURBED_H
#define CGRUN_COMPARE_DISTURBED_H

#include <stdbool.h>

#include "runner/base/buf.h"
#include "runner/record/record.h"

/* From these shares on a run is flagged; of what, docs/COMPARING.md says. */
#define DISTURBED_OTHERS    0.10 /* processors' time that others used */
#define DISTURBED_STEAL     0.02 /* ... that the hypervisor took */
#define DISTURBED_THROTTLED 0.02 /* of the wall time */
#define DISTURBED_WAIT      0.10 /* of the time it wanted a processor, while others used one */
#define DISTURBED_WAIT_FROM 0.03 /* ... from this share of others on */
#define DISTURBED_STALLED   0.10 /* of the wall time, others waited for what they needed */

/* Adds the reasons, as a clause, to `why` (may be NULL). What was not measured flags nothing. */
bool disturbed(const struct record *r, struct buf *why);

#endif
