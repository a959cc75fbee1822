/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256, by libmd: what names a compiled policy, and what finds a damaged file of the cache. */
#ifndef CGRUN_POLICY_DIGEST_H
#define CGRUN_POLICY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

/* A part of what is hashed. */
struct digest_part {
    const void *bytes;
    size_t size;
};

void digest_of(const struct digest_part *parts, size_t count, uint8_t ret[DIGEST_SIZE]);

/* As 64 hexadecimal digits, NUL-terminated. */
void digest_hex(const uint8_t digest[DIGEST_SIZE], char ret[2 * DIGEST_SIZE + 1]);

#endif
