/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* How many bytes a first byte announces, and the smallest code point that needs so many. */
static size_t announced(unsigned char first, uint32_t *code, uint32_t *least)
{
    static const struct {
        unsigned char mask, value;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 1}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((first & forms[i].mask) == forms[i].value) {
            *code = first & (unsigned char)~forms[i].mask;
            *least = forms[i].least;
            return i + 1;
        }
    }
    return 0;
}

size_t utf8_char_len(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    uint32_t code = 0, least = 0;
    size_t n = announced(u[0], &code, &least);

    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (u[i] & 0x3f);
    }
    if (n == 0 || code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return n;
}

uint32_t utf8_code(const char *s)
{
    uint32_t code = 0, least;
    size_t n = announced((unsigned char)s[0], &code, &least);

    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)s[i] & 0x3f);
    return code;
}

bool utf8_is_valid(const char *s)
{
    for (;;) {
        size_t n;

        while (*s && (unsigned char)*s < 0x80) /* ASCII: nearly always all of it */
            s++;
        n = utf8_char_len(s);
        if (n == 0)
            return *s == '\0';
        s += n;
    }
}

char *utf8_repair(const char *s)
{
    size_t longest = strlen(s) * strlen(REPLACEMENT) + 1;
    char *text = malloc(longest), *at = text;

    if (!text)
        return NULL;
    while (*s) {
        size_t n = utf8_char_len(s);

        if (n > 0) {
            memcpy(at, s, n);
            at += n;
            s += n;
        } else {
            memcpy(at, REPLACEMENT, strlen(REPLACEMENT));
            at += strlen(REPLACEMENT);
            s++;
        }
    }
    *at = '\0';
    return text;
}
