/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capability names, over libcap: the one module that includes its header. */
#ifndef CGRUN_BASE_CAPABILITIES_H
#define CGRUN_BASE_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bit of "CAP_SYS_ADMIN" or "sys_admin", any case; -1 for a name the library does not know. */
int capability_by_name(const char *name);

/* "cap_sys_admin". False for a number without a name. */
bool capability_name(int number, char *buf, size_t size);

/* The calling thread's effective set, a bit per number; 0 if it cannot be read. */
uint64_t capabilities_effective(void);

#endif
