/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    char *text = malloc((n + 2) / 3 * 4 + 1), *at = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)in[i] << 16 | (uint32_t)(left > 1 ? in[i + 1] : 0) << 8 |
                         (uint32_t)(left > 2 ? in[i + 2] : 0);

        *at++ = digits[three >> 18];
        *at++ = digits[three >> 12 & 63];
        *at++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[three & 63] : '=';
    }
    *at = '\0';
    return text;
}

/* Four digits into up to three bytes; how many, or 0 if they are not base64. */
static size_t decode_four(const char *four, char *out)
{
    size_t count = four[2] == '=' ? 1 : four[3] == '=' ? 2 : 3;
    uint32_t three = 0;

    for (size_t i = 0; i < 4; i++) {
        const char *digit = i <= count ? strchr(digits, four[i]) : digits;

        if (!digit || (i > count && four[i] != '='))
            return 0;
        three = three << 6 | (uint32_t)(digit - digits);
    }
    if (three & (0xffffffu >> (8 * count)))
        return 0; /* bits that no byte holds: not what an encoder writes */
    for (size_t i = 0; i < count; i++)
        out[i] = (char)(three >> (16 - 8 * i));
    return count;
}

char *base64_decode(const char *text, size_t *n)
{
    size_t len = strlen(text), used = 0;
    char *bytes;

    if (len % 4 != 0)
        return NULL;
    bytes = malloc(len / 4 * 3 + 1);
    if (!bytes)
        return NULL;
    for (size_t i = 0; i < len; i += 4) {
        size_t got = decode_four(text + i, bytes + used);

        used += got;
        if (got == 0 || (got < 3 && i + 4 < len)) {
            free(bytes);
            return NULL;
        }
    }
    bytes[used] = '\0';
    *n = used;
    return bytes;
}
