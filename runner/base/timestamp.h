/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as RFC 3339 in UTC, to the nanosecond. */
#ifndef CGRUN_BASE_TIMESTAMP_H
#define CGRUN_BASE_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

/* "2026-11-24T03:00:00.123456789Z" from CLOCK_REALTIME nanoseconds. Returns `buf`. */
const char *timestamp_format(int64_t ns, char *buf, size_t size);

/* That, or without the fraction or with fewer digits, or a bare date (midnight). 0 or -EINVAL. */
int timestamp_parse(const char *text, int64_t *ret);

#endif
