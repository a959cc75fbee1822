/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON written straight into a buffer, for what is made once and only written out: a record on its
 * way to the database is two thousand values, which as a tree (json.h) cost a launch a third of all
 * its instructions. The text is what json_dump(tree, 0) would give.
 *
 * The buffer holds the whole state: call by call, a comma comes before each value that is not the
 * first. `key` is the member's name, UTF-8; NULL within an array. The buffer's failure is sticky.
 */
#ifndef CGRUN_BASE_JSON_TEXT_H
#define CGRUN_BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/buf.h"
#include "runner/base/strv.h"

/*
 * Adds a JSON text with \u escapes for the characters that escape.h calls hidden, DEL and U+0080 to
 * U+009F, wherever it has them: outside of strings there are none.
 */
void json_text_escape(struct buf *b, const char *dumped);

void json_open_object(struct buf *b, const char *key);
void json_close_object(struct buf *b);
void json_open_array(struct buf *b, const char *key);
void json_close_array(struct buf *b);

/* As json_bytes() makes it: a string if it is UTF-8, else the object of both forms; NULL: null. */
void json_add_bytes(struct buf *b, const char *key, const char *bytes);
void json_add_int(struct buf *b, const char *key, int64_t value);
void json_add_real(struct buf *b, const char *key, double value); /* as json_real() */
void json_add_bool(struct buf *b, const char *key, bool value);
void json_add_null(struct buf *b, const char *key);
void json_add_strv(struct buf *b, const char *key, const struct strv *v);

#endif
