/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/digest.h"

#include <sha2.h>
#include <stdio.h>
#include <sys/types.h>

void digest_of(const struct digest_part *parts, size_t count, uint8_t ret[DIGEST_SIZE])
{
    SHA2_CTX sha;

    SHA256Init(&sha);
    for (size_t i = 0; i < count; i++)
        SHA256Update(&sha, parts[i].bytes, parts[i].size);
    SHA256Final(ret, &sha);
}

void digest_hex(const uint8_t digest[DIGEST_SIZE], char ret[2 * DIGEST_SIZE + 1])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
