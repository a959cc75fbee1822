/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that fit where they are shown: columns get narrower, then the least wanted go. */
#ifndef CGRUN_PRESENT_COLUMNS_H
#define CGRUN_PRESENT_COLUMNS_H

#include "runner/base/buf.h"

#define COLUMNS_MAX 16

/* How a table is shown. */
struct table_style {
    unsigned width; /* columns of the terminal; 0: as wide as it gets */
    bool colour;    /* failures stand out */
};

struct column {
    const char *title;
    int width;  /* in characters; negative: figures, to the right */
    int narrow; /* characters it can do with, 0: the width */
    int leaves; /* the order in which columns go where there is no room: 1 first; 0: it stays */
};

struct columns {
    const struct column *column;
    size_t count;
    int width[COLUMNS_MAX]; /* 0: left out. The last one is as long as its text. */
    unsigned room;          /* for the last one; 0: any */
};

/* The last column is not padded; its width is what it should at least have. */
void columns_fit(struct columns *c, const struct column *column, size_t count, unsigned width);

/* The text of column `at`, made safe, cut to its width with an ellipsis, with the gap behind it. */
void columns_cell(const struct columns *c, size_t at, const char *text, struct buf *out);

#endif
