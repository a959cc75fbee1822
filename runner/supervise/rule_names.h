/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rule refuses a call. The policy is read once more for it, when the first is asked for: what
 * was installed may have come from the cache, which keeps no rules.
 */
#ifndef CGRUN_SUPERVISE_RULE_NAMES_H
#define CGRUN_SUPERVISE_RULE_NAMES_H

#include "policy/floor.h"
#include "policy/rules.h"
#include "runner/base/buf.h"

struct rule_names {
    struct policy_request request;
    const struct policy_floor *floor;
    struct rules rules;
    bool read;
};

/* Borrows what the request and the floor refer to. */
void rule_names_init(struct rule_names *names, const struct policy_request *request,
                     const struct policy_floor *floor);
/* The policy as it stands, not as it is tried. Empty if it can no longer be read. */
const struct rules *rule_names_rules(struct rule_names *names);
/*
 * "batch:41 (syscalls[2])"; of the floor where the policy itself lets the call pass. `args` NULL:
 * not known, so all the rules that may have decided.
 */
void rule_name(struct rule_names *names, const char *call, const uint64_t *args, struct buf *out);
void rule_names_free(struct rule_names *names);

#endif
