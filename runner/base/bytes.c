/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t bytes_utf8_length(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    uint32_t code;

    if (n == 1)
        return 1;
    if (u[0] < 0xc2 || u[0] > 0xf4)
        return 0;
    code = u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (u[i] & 0x3f);
    }
    if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
        (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return n;
}

bool bytes_are_utf8(const char *s)
{
    while (*s) {
        size_t n = bytes_utf8_length(s);

        if (n == 0)
            return false;
        s += n;
    }
    return true;
}

char *bytes_to_utf8(const char *s)
{
    _cleanup_buf_ struct buf b = {0};

    buf_add(&b, "");
    while (*s) {
        size_t n = bytes_utf8_length(s);

        if (n)
            buf_add_bytes(&b, s, n);
        else
            buf_add(&b, "\xef\xbf\xbd");
        s += n ? n : 1;
    }
    return b.failed ? NULL : steal(&b.data);
}

char *bytes_to_base64(const char *s)
{
    size_t len = strlen(s), used = 0;
    char *to = malloc((len + 2) / 3 * 4 + 1);

    for (size_t i = 0; to && i < len; i += 3) {
        uint32_t v = (uint32_t)(unsigned char)s[i] << 16;

        v |= i + 1 < len ? (uint32_t)(unsigned char)s[i + 1] << 8 : 0;
        v |= i + 2 < len ? (uint32_t)(unsigned char)s[i + 2] : 0;
        to[used++] = digits[v >> 18];
        to[used++] = digits[v >> 12 & 63];
        to[used++] = digits[v >> 6 & 63];
        to[used++] = digits[v & 63];
    }
    if (!to)
        return NULL;
    for (size_t missing = (3 - len % 3) % 3; missing > 0; missing--)
        to[used - missing] = '=';
    to[used] = '\0';
    return to;
}

char *bytes_from_base64(const char *text)
{
    size_t len = strlen(text), used = 0;
    _cleanup_free_ char *to = malloc(len / 4 * 3 + 1);

    if (!to || len % 4)
        return NULL;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t v = 0;
        size_t pad = 0;

        for (size_t k = 0; k < 4; k++) {
            const char *at = strchr(digits, text[i + k]);

            if (text[i + k] == '=' && i + 4 == len && k >= 2)
                pad++;
            else if (!at || !*at || pad)
                return NULL;
            v = v << 6 | (text[i + k] == '=' ? 0u : (uint32_t)(at - digits));
        }
        to[used++] = (char)(v >> 16);
        if (pad < 2)
            to[used++] = (char)(v >> 8);
        if (pad < 1)
            to[used++] = (char)v;
    }
    to[used] = '\0';
    return steal(&to);
}
