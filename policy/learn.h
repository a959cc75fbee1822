/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the calls that jobs made to the smallest policy that lets them make these. Pure. */
#ifndef CGRUN_POLICY_LEARN_H
#define CGRUN_POLICY_LEARN_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/buf.h"
#include "runner/base/err.h"
#include "runner/base/json.h"
#include "runner/base/strv.h"

struct learned {
    struct strv calls;     /* made, and let through at least once */
    struct strv absent;    /* which this system answered that it has none of: programs fall back */
    struct strv sources;   /* "job 12 (make)" */
    struct strv take_caps; /* capabilities that stay taken */
};

/*
 * One call of a job: how often it was made, and how many of these ended with ENOSYS. Merges what
 * several jobs did: a call that one of them could make stays. 0 or -ENOMEM.
 */
int learn_call(struct learned *l, const char *call, uint64_t made, uint64_t absent);
int learn_source(struct learned *l, const char *source);

/* The policy as an OCI profile, calls by their groups. */
struct json *learned_profile(const struct learned *l);

/* As words of a filter: groups of which most calls are used in place of these calls. */
void learned_filter(const struct learned *l, struct buf *out);

void learned_free(struct learned *l);
#define _cleanup_learned_ __attribute__((cleanup(learned_free)))

#endif
