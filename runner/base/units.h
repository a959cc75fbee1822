/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes, times and percentages: from what people type, and to what they read. */
#ifndef CGRUN_BASE_UNITS_H
#define CGRUN_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_INFINITY (UINT64_MAX - 1)

/*
 * All return 0, -EINVAL for what is not in the form, -ERANGE for what is but too large. "max" and
 * "infinity" give UNITS_INFINITY.
 *   size      bytes: 4096, 512K, 512M, 1.5G, 2GiB, 100kB; base 1024 throughout, as systemd has it
 *   duration  nanoseconds: 90, 1.5s, 500ms, 10min, 1h 30min, 2d
 *   number    a plain decimal
 */
int units_parse_size(const char *text, uint64_t *ret);
int units_parse_duration(const char *text, uint64_t *ret);
int units_parse_number(const char *text, uint64_t *ret);
int units_parse_signed(const char *text, int64_t *ret);

/* "150%" or "12.5%" in hundredths of a percent. */
int units_parse_percent(const char *text, uint64_t *ret);

/* Three significant figures at most: "498 MiB", "1.2 GiB", "12 B". Return `buf`. */
const char *units_size(double bytes, char *buf, size_t size);
/* "3m12s", "2.08s", "12.4ms", "340us". */
const char *units_duration(double seconds, char *buf, size_t size);
/* "1,234,567" stays "1234567" up to six digits, then "12.3M". */
const char *units_count(double count, char *buf, size_t size);

#endif
