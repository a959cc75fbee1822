/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two filters as one. A filter costs a launch nearly half a millisecond to load and to free again,
 * and each call some nanoseconds to enter; what its rules add is little beside that.
 */
#ifndef CGRUN_POLICY_JOIN_H
#define CGRUN_POLICY_JOIN_H

#include <linux/filter.h>

/*
 * Where `first` would allow, `second` decides. That is what the kernel makes of both if at most one
 * of them refuses, as with the programs of a policy. The filter is malloc'd; -E2BIG: more than the
 * kernel takes, -ENOMEM.
 */
int join_programs(const struct sock_fprog *first, const struct sock_fprog *second,
                  struct sock_fprog *ret);

#endif
