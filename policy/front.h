/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a compiled filter shorter: what the kernel spends on installing one, which every launch
 * pays, grows with its instructions. libseccomp decides each call by a leaf of its own. Most calls
 * are answered whatever their arguments, and neighbours mostly alike: ranges of numbers decide
 * those, in front of a program of the library's for the calls that need more.
 */
#ifndef CGRUN_POLICY_FRONT_H
#define CGRUN_POLICY_FRONT_H

#include <linux/filter.h>

#include "policy/rules.h"

/*
 * Replaces `program`, which was compiled from `rules`, where that makes it shorter. Every answer
 * stays the same, for each ABI of the rules. 0, or an error.
 */
int front_shorten(const struct rules *rules, struct sock_fprog *program, struct err *err);

#endif
