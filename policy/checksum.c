/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/checksum.h"

#include <string.h>

uint64_t checksum_bytes(const void *bytes, size_t n)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (const char *at = bytes; n > 0;) {
        uint64_t word = 0;
        size_t part = n < sizeof(word) ? n : sizeof(word);

        memcpy(&word, at, part);
        sum = (sum ^ word) * UINT64_C(0x100000001b3);
        sum ^= sum >> 32;
        at += part;
        n -= part;
    }
    return sum;
}
