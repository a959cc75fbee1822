/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities by the names that policies use. */
#ifndef CGRUN_POLICY_CAPABILITY_H
#define CGRUN_POLICY_CAPABILITY_H

/* The number of "CAP_SYS_ADMIN", or -1. */
int capability_number(const char *name);

#endif
