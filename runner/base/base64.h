/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 with padding (RFC 4648), for the few bytes that JSON can't hold as text. */
#ifndef CGRUN_BASE_BASE64_H
#define CGRUN_BASE_BASE64_H

#include <stddef.h>

/* Malloc'd text; NULL without memory. */
char *base64_encode(const void *bytes, size_t n);

/* Malloc'd bytes, with a NUL after the `*n`th; NULL for what is not canonical base64. */
char *base64_decode(const char *text, size_t *n);

#endif
