/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that ought to be text: is it UTF-8, and how it travels where only UTF-8 may. */
#ifndef CGRUN_BASE_BYTES_H
#define CGRUN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the valid UTF-8 sequence at `s` (1 to 4), or 0. No surrogates, no overlong forms. */
size_t bytes_utf8_length(const char *s);
bool bytes_are_utf8(const char *s);

/* Malloc'd; NULL on failure. The first writes U+FFFD for each byte that is not UTF-8. */
char *bytes_to_utf8(const char *s);
char *bytes_to_base64(const char *s);
char *bytes_from_base64(const char *text); /* NULL also for what is not base64 */

#endif
