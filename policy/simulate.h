/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs seccomp filters on calls that nobody makes: what a filter answers can then be checked
 * without loading it, for every architecture and number.
 */
#ifndef CGRUN_POLICY_SIMULATE_H
#define CGRUN_POLICY_SIMULATE_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "policy/policy.h"
#include "policy/rules.h"

/*
 * The filter's answer (SECCOMP_RET_*) into `ret`. -EINVAL for a program that the kernel would not
 * load, or with instructions that a policy has no use for. `steps` (may be NULL) counts what ran.
 */
int simulate_filter(const struct sock_fprog *program, const struct seccomp_data *call,
                    uint32_t *ret, unsigned *steps);

/* Whether the answer to this call depends on its arguments: such a path looks at them. */
bool simulate_reads_arguments(const struct sock_fprog *program, const struct seccomp_data *call);

/*
 * What the kernel makes of both programs' answers: the strictest. SIMULATE_BAD if the kernel would
 * not load one of them.
 */
#define SIMULATE_BAD UINT32_MAX
uint32_t simulate_policy(const struct policy_program *policy, const struct seccomp_data *call);

/* A filter's answer (SECCOMP_RET_*) as rules have it; what they have none for kills. */
struct answer simulate_answer(uint32_t ret);

#endif
