/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/escape.h"

#include <string.h>

#include "runner/base/utf8.h"

/* Formatting, bidirectional and default-ignorable characters. U+FE0F stays: emoji end with it. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0e},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool escape_is_hidden(uint32_t code)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}

/* The length of the character at `s` if it may stand as it is, else its escape is added. */
static size_t next(const char **s, struct buf *out)
{
    size_t n = utf8_char_len(*s);
    uint32_t code = n ? utf8_code(*s) : 0;

    if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        size_t bytes = n ? n : 1;

        for (size_t i = 0; i < bytes; i++)
            buf_addf(out, "\\x%02x", (unsigned char)(*s)[i]);
        *s += bytes;
        return 0;
    }
    if (!escape_is_hidden(code))
        return n;
    buf_addf(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
    *s += n;
    return 0;
}

/* `special` are the ASCII characters that the form gives another meaning, `replace` writes them. */
static void escape(const char *bytes, const char *special, void (*replace)(char c, struct buf *out),
                   struct buf *out)
{
    while (*bytes) {
        size_t n = next(&bytes, out);

        if (n == 1 && strchr(special, *bytes))
            replace(*bytes, out);
        else
            buf_add_bytes(out, bytes, n);
        bytes += n;
    }
}

void escape_terminal(const char *bytes, struct buf *out)
{
    escape(bytes, "", NULL, out);
}

const char *escape_text(const char *bytes, struct buf *room)
{
    if (!bytes)
        return "";
    room->len = 0;
    escape_terminal(bytes, room);
    return room->len ? buf_text(room) : "";
}

/* Spreadsheets skip blanks before a formula, and know the full-width forms of its signs. */
static bool is_formula(const char *bytes)
{
    static const char *const signs[] = {"=",  "+",      "-",      "@",      "\t",
                                        "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

    bytes += strspn(bytes, " ");
    if (strcmp(bytes, "-") == 0) /* stands for "none" in tables, and calculates nothing */
        return false;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strncmp(bytes, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

void escape_csv(const char *bytes, struct buf *out)
{
    if (is_formula(bytes))
        buf_add(out, "'");
    escape_terminal(bytes, out);
}

static void replace_html(char c, struct buf *out)
{
    buf_addf(out, "&#%d;", c);
}

void escape_html(const char *bytes, struct buf *out)
{
    escape(bytes, "&<>\"'", replace_html, out);
}

/* HTML and entities by entity, for renderers that know no backslash before them. */
static void replace_markdown(char c, struct buf *out)
{
    if (strchr("&<>", c))
        replace_html(c, out);
    else if (c == ':' || c == '.' || c == '@') /* else a bare address becomes a link */
        buf_addf(out, "&#%d;", c);
    else
        buf_addf(out, "\\%c", c);
}

/* A ':', '.' or '@' makes a link only within an address: elsewhere it stays readable. */
static const char *markdown_special(const char *bytes)
{
    bool address = strstr(bytes, "://") || strcasestr(bytes, "www.") || strchr(bytes, '@') ||
                   strcasestr(bytes, "mailto:");

    return address ? "\\`*_{}[]()#+-!|~<>&:.@" : "\\`*_[]#|~<>&!";
}

void escape_markdown(const char *bytes, struct buf *out)
{
    escape(bytes, markdown_special(bytes), replace_markdown, out);
}

static size_t longest_run(const char *text)
{
    size_t longest = 0;

    while (*text) {
        size_t n = strspn(text, "`");

        longest = n > longest ? n : longest;
        text += n ? n : strcspn(text, "`");
    }
    return longest;
}

void escape_markdown_code(const char *bytes, struct buf *out)
{
    size_t fence = longest_run(bytes) + 1;
    const char *blank = fence > 1 || !*bytes ? " " : "";

    for (size_t i = 0; i < fence; i++)
        buf_add(out, "`");
    buf_add(out, blank);
    escape_terminal(bytes, out);
    buf_add(out, blank);
    for (size_t i = 0; i < fence; i++)
        buf_add(out, "`");
}
