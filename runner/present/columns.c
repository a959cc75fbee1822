/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/present/columns.h"

#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/escape.h"

#define GAP      2
#define ELLIPSIS "…"

static unsigned needed(const struct columns *c)
{
    unsigned sum = 0;

    for (size_t i = 0; i < c->count; i++)
        sum += c->width[i] ? (unsigned)abs(c->width[i]) + (i + 1 < c->count ? GAP : 0) : 0;
    return sum;
}

static void leave(struct columns *c, int order)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->column[i].leaves == order)
            c->width[i] = 0;
}

void columns_fit(struct columns *c, const struct column *column, size_t count, unsigned width)
{
    *c = (struct columns){.column = column, .count = count < COLUMNS_MAX ? count : COLUMNS_MAX};
    for (size_t i = 0; i < c->count; i++)
        c->width[i] = column[i].width;
    if (width == 0)
        return;
    for (size_t i = 0; i < c->count && needed(c) > width; i++)
        if (column[i].narrow)
            c->width[i] = column[i].width < 0 ? -column[i].narrow : column[i].narrow;
    for (int order = 1; order <= (int)c->count && needed(c) > width; order++)
        leave(c, order);
    /* What is left over is the last one's. */
    c->room = (unsigned)abs(c->width[c->count - 1]) + (width > needed(c) ? width - needed(c) : 0);
}

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

/* The first characters of a text and an ellipsis, so many in all. */
static void add_cut(struct buf *out, const char *text, size_t room)
{
    size_t n = 0;

    for (size_t seen = 0; text[n]; n++)
        if ((text[n] & 0xc0) != 0x80 && ++seen == room)
            break;
    buf_add_bytes(out, text, n);
    buf_add(out, ELLIPSIS);
}

static void add_within(struct buf *out, const char *text, size_t room)
{
    if (room && length(text) > room)
        add_cut(out, text, room);
    else
        buf_add(out, text);
}

void columns_cell(const struct columns *c, size_t at, const char *text, struct buf *out)
{
    _cleanup_buf_ struct buf safe = {0}, cut = {0};
    bool last = at + 1 == c->count;

    if (!c->width[at])
        return;
    escape_terminal(text, &safe);
    add_within(&cut, buf_text(&safe), last ? c->room : (size_t)abs(c->width[at]));
    if (last) {
        buf_add(out, buf_text(&cut));
        return;
    }
    buf_pad(out, buf_text(&cut), c->width[at]);
    buf_add(out, "  ");
}
