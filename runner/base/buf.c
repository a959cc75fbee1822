/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buf *b, size_t more)
{
    size_t want = b->len + more + 1, size = b->size ? b->size : 256;
    char *grown;

    if (b->failed)
        return false;
    if (want <= b->size)
        return true;
    while (size < want)
        size *= 2;
    grown = realloc(b->data, size);
    if (!grown) {
        b->failed = true;
        return false;
    }
    b->data = grown;
    b->size = size;
    return true;
}

char *buf_take(struct buf *b, size_t n)
{
    char *room;

    if (!reserve(b, n))
        return NULL;
    room = b->data + b->len;
    room[n] = '\0';
    b->len += n;
    return room;
}

void buf_add_bytes(struct buf *b, const void *bytes, size_t n)
{
    char *room = buf_take(b, n);

    if (room)
        memcpy(room, bytes, n);
}

void buf_add(struct buf *b, const char *s)
{
    buf_add_bytes(b, s, strlen(s));
}

/* Nearly always there is room already, and it is formatted once. */
void buf_addf(struct buf *b, const char *fmt, ...)
{
    size_t room = b->failed ? 0 : b->size - b->len;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t)n)) {
        if (room)
            b->data[b->len] = '\0'; /* nothing was appended */
        return;
    }
    if ((size_t)n >= room) {
        va_start(ap, fmt);
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    b->len += (size_t)n;
}

static int columns(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

void buf_pad(struct buf *b, const char *s, int width)
{
    int fill = abs(width) - columns(s);

    if (width < 0)
        buf_addf(b, "%*s", fill > 0 ? fill : 0, "");
    buf_add(b, s);
    if (width > 0)
        buf_addf(b, "%*s", fill > 0 ? fill : 0, "");
}

void buf_end_line(struct buf *b)
{
    while (b->len && b->data[b->len - 1] == ' ')
        b->len--;
    buf_add(b, "\n");
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}
