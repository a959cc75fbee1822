/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/shell.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || (unsigned char)c >= 0x7f;
}

/* $'...' of bash, ksh and zsh: POSIX shells of 2024 know it too. */
static void escaped(const char *word, struct buf *out)
{
    buf_add(out, "$'");
    for (; *word; word++) {
        if (is_control(*word))
            buf_addf(out, "\\%03o", (unsigned)(unsigned char)*word);
        else
            buf_addf(out, *word == '\'' || *word == '\\' ? "\\%c" : "%c", *word);
    }
    buf_add(out, "'");
}

void shell_word(const char *word, struct buf *out)
{
    size_t n = strlen(word);

    if (n && strspn(word, PLAIN) == n) {
        buf_add(out, word);
        return;
    }
    for (const char *c = word; *c; c++)
        if (is_control(*c)) {
            escaped(word, out);
            return;
        }
    buf_add(out, "'");
    for (; *word; word++)
        buf_add_bytes(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    buf_add(out, "'");
}
