/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One set of rules as two, which together answer the same: `quiet` gives the answer ENOSYS,
 * `logged` all other refusals. Where one answers, the other allows.
 */
#ifndef CGRUN_POLICY_SPLIT_H
#define CGRUN_POLICY_SPLIT_H

#include "policy/rules.h"

/*
 * Sorts `rules`; fills the zeroed `quiet` and `logged` so that neither holds, for one call, a rule
 * without arguments beside rules with them: libseccomp would drop the latter. `notes` tells where a
 * refusal had to go to the filter that is not logged. Returns 0, -ENOMEM or -E2BIG.
 */
int rules_split(struct rules *rules, struct rules *quiet, struct rules *logged, struct strv *notes);

/* Whether a filter made from these rules could refuse or log anything. */
bool rules_matter(const struct rules *rules);

#endif
