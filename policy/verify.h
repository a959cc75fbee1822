/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the compiled programs against the rules they came from. libseccomp 2.5 loses some rules of
 * one call that are about the same arguments; a filter that lets through what the rules refuse must
 * not be used.
 */
#ifndef CGRUN_POLICY_VERIFY_H
#define CGRUN_POLICY_VERIFY_H

#include "policy/policy.h"
#include "policy/rules.h"

/*
 * For each native call, with the values of its arguments at which any of its rules could change
 * its mind: refused exactly if the rules refuse. `rules` are sorted. -ENOTSUP names the call.
 */
int verify_programs(const struct rules *rules, const struct policy_program *program,
                    struct err *err);

#endif
