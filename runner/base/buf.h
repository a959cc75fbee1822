/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growable text buffer with a sticky failure: append freely, check once. Zero-initialised is
 * empty. After a failed allocation `failed` is set, further appends do nothing.
 */
#ifndef CGRUN_BASE_BUF_H
#define CGRUN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NUL-terminated once anything was appended */
    size_t len, size;
    bool failed;
};

void buf_add(struct buf *b, const char *s);
void buf_add_bytes(struct buf *b, const void *bytes, size_t n);
char *buf_take(struct buf *b, size_t n); /* room for n more, to be filled at once; NULL: failed */
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Columns are counted in UTF-8 characters, so that a padded table stays aligned. */
void buf_pad(struct buf *b, const char *s, int width); /* width < 0: right-aligned */
/* Takes blanks off the end and adds a newline. */
void buf_end_line(struct buf *b);
const char *buf_text(const struct buf *b); /* never NULL */
void buf_free(struct buf *b);

#define _cleanup_buf_ __attribute__((cleanup(buf_free)))

#endif
