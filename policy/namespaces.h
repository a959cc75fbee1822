/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_POLICY_NAMESPACES_H
#define CGRUN_POLICY_NAMESPACES_H

#include "policy/rules.h"

/* Adds rules that refuse to make or enter a namespace of any kind. Returns 0 or a negative errno.
 */
int namespaces_refuse(struct rules *rules);

#endif
