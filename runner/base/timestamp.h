/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as RFC 3339 in UTC, to the nanosecond. */
#ifndef CGRUN_BASE_TIMESTAMP_H
#define CGRUN_BASE_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

/* "2026-11-24T03:00:00.123456789Z" from CLOCK_REALTIME nanoseconds. Returns `buf`. */
const char *timestamp_format(int64_t ns, char *buf, size_t size);

/* "2026-11-24 04:00:00 +0100" for people: local, as TZ or the host has it. Returns `buf`. */
const char *timestamp_format_local(int64_t ns, char *buf, size_t size);

/*
 * As people give it: a date or a date and time; local unless "Z" or an offset such as +01:00 or
 * +0100 follows. 0 or -EINVAL.
 */
int timestamp_parse_local(const char *text, int64_t *ret);

/* The form of timestamp_format(), or without the fraction or with fewer digits, or a bare date
 * (midnight). 0 or -EINVAL. */
int timestamp_parse(const char *text, int64_t *ret);

#endif
