/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SystemCallFilter, systemd's syntax: "@system-service ~@mount ptrace:EPERM". The first word
 * decides: without '~' only what is listed is allowed, with it all but what is listed. A '~' holds
 * to the end of its item; in a list of the other kind it takes away again. What a filter refuses
 * without naming an errno kills the process.
 */
#ifndef CGRUN_POLICY_FILTER_H
#define CGRUN_POLICY_FILTER_H

#include "policy/rules.h"

/*
 * Narrows `rules` by the filter: a call passes if both let it pass, and where both refuse, the
 * stricter answers. `known` is every call of the native ABI; others are unknown to an allow-list
 * and get ENOSYS. -EINVAL names the word. An empty filter changes nothing.
 */
int filter_apply(const struct strv *items, const struct strv *known, struct rules *rules,
                 struct err *err);

#endif
