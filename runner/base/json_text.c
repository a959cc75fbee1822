/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/json_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/base64.h"
#include "runner/base/cleanup.h"
#include "runner/base/escape.h"
#include "runner/base/json.h"
#include "runner/base/utf8.h"

/* What has a short form, at the letter that stands for it. */
static const char short_forms[] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
};

/* Where the text ends, or has a character that is, or may be, written in another form. */
static size_t plain_length(const char *utf8)
{
    static const bool other[256] = {
        [0 ... 0x1f] = true, ['"'] = true, ['\\'] = true, [0x7f ... 0xff] = true};
    size_t n = 0;

    while (!other[(unsigned char)utf8[n]])
        n++;
    return n;
}

/* A character that hides text, or turns it round, is written as its number. */
static size_t add_wide(struct buf *b, const char *utf8)
{
    uint32_t code = utf8_code(utf8);
    size_t n = utf8_char_len(utf8);

    if (n == 0) /* not to be had from valid UTF-8 */
        return 1;

    if (code >= 0xa0 && !escape_is_hidden(code))
        buf_add_bytes(b, utf8, n);
    else if (code > 0xffff)
        buf_addf(b, "\\u%04X\\u%04X", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    else
        buf_addf(b, "\\u%04X", code);
    return n;
}

void json_text_escape(struct buf *b, const char *dumped)
{
    while (*dumped) {
        size_t n = 0;

        while ((signed char)dumped[n] > 0 && dumped[n] != 0x7f)
            n++;
        buf_add_bytes(b, dumped, n);
        dumped += n;
        if (*dumped)
            dumped += add_wide(b, dumped);
    }
}

static void add_escaped(struct buf *b, const char *utf8)
{
    buf_add_bytes(b, "\"", 1);
    for (;;) {
        size_t n = plain_length(utf8);
        unsigned char c = (unsigned char)utf8[n];

        buf_add_bytes(b, utf8, n);
        utf8 += n;
        if (!c)
            break;
        if (c >= 0x7f) {
            utf8 += add_wide(b, utf8);
            continue;
        }
        if (c < sizeof(short_forms) && short_forms[c])
            buf_add_bytes(b, (char[]){'\\', short_forms[c]}, 2);
        else
            buf_addf(b, "\\u%04X", c);
        utf8++;
    }
    buf_add_bytes(b, "\"", 1);
}

static void add_string(struct buf *b, const char *utf8)
{
    size_t n = plain_length(utf8);
    char *to;

    if (utf8[n]) {
        add_escaped(b, utf8);
        return;
    }
    to = buf_take(b, n + 2);
    if (!to)
        return;
    to[0] = to[n + 1] = '"';
    memcpy(to + 1, utf8, n);
}

static void begin(struct buf *b, const char *key)
{
    char last = b->len ? b->data[b->len - 1] : '{';

    if (last != '{' && last != '[')
        buf_add_bytes(b, ",", 1);
    if (!key)
        return;
    add_string(b, key);
    buf_add_bytes(b, ":", 1);
}

void json_open_object(struct buf *b, const char *key)
{
    begin(b, key);
    buf_add_bytes(b, "{", 1);
}

void json_close_object(struct buf *b)
{
    buf_add_bytes(b, "}", 1);
}

void json_open_array(struct buf *b, const char *key)
{
    begin(b, key);
    buf_add_bytes(b, "[", 1);
}

void json_close_array(struct buf *b)
{
    buf_add_bytes(b, "]", 1);
}

/* The tree's writer knows the two forms; such bytes are rare. */
static void add_both_forms(struct buf *b, const char *bytes)
{
    _cleanup_json_ struct json *both = json_bytes(bytes);
    _cleanup_free_ char *text = json_dump(both, 0);

    if (text)
        buf_add(b, text);
    else
        b->failed = true;
}

void json_add_bytes(struct buf *b, const char *key, const char *bytes)
{
    if (!bytes) {
        json_add_null(b, key);
        return;
    }
    begin(b, key);
    if (utf8_is_valid(bytes))
        add_string(b, bytes);
    else
        add_both_forms(b, bytes);
}

void json_add_int(struct buf *b, const char *key, int64_t value)
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[24];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    begin(b, key);
    buf_add_bytes(b, digits + at, sizeof(digits) - at);
}

void json_add_real(struct buf *b, const char *key, double value)
{
    if (!isfinite(value)) {
        json_add_null(b, key);
    } else if (value == floor(value) && fabs(value) <= JSON_EXACT_MAX) {
        json_add_int(b, key, (int64_t)value);
    } else {
        begin(b, key);
        buf_addf(b, "%.15g", value);
    }
}

void json_add_bool(struct buf *b, const char *key, bool value)
{
    begin(b, key);
    buf_add(b, value ? "true" : "false");
}

void json_add_null(struct buf *b, const char *key)
{
    begin(b, key);
    buf_add(b, "null");
}

void json_add_strv(struct buf *b, const char *key, const struct strv *v)
{
    json_open_array(b, key);
    strv_each (v, s)
        json_add_bytes(b, NULL, s);
    json_close_array(b);
}
