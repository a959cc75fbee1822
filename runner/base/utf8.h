/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it UTF-8, and what to show where it is not. */
#ifndef CGRUN_BASE_UTF8_H
#define CGRUN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The length of the well-formed character at `s`, NUL-terminated: 1 to 4, or 0 where there is none
 * (end of the text, stray or missing continuation, overlong form, surrogate, beyond U+10FFFF).
 */
size_t utf8_char_len(const char *s);

/* The code point of a character that utf8_char_len() found well-formed. */
uint32_t utf8_code(const char *s);

bool utf8_is_valid(const char *s);

/* A malloc'd copy with U+FFFD for each byte that is not part of a character. NULL without memory.
 */
char *utf8_repair(const char *s);

#endif
