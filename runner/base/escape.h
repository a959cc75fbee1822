/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that a user, a job or a file name chose, made safe for the form it is written in. One
 * function per form; JSON's is in json_text.h. A form escapes what its reader would act upon, and
 * what would hide text or show it in another order than it has:
 *
 *   bytes that are not UTF-8, control characters up to U+009F   \x1b
 *   bidirectional controls, invisible and zero-width characters,
 *   line and paragraph separators                               \u202e, \U000e0041
 */
#ifndef CGRUN_BASE_ESCAPE_H
#define CGRUN_BASE_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/buf.h"

/* Is it a character of the second line above? */
bool escape_is_hidden(uint32_t code);

/* One line on a terminal, in a log or in an error: newlines are escaped as well. */
void escape_terminal(const char *bytes, struct buf *out);

/* The same for printf: borrowed from `room`. NULL is "". */
const char *escape_text(const char *bytes, struct buf *room);

/*
 * The value of a CSV field, to be quoted. A value that a spreadsheet would take for a formula
 * (=, +, -, @, also full-width) gets an apostrophe before it.
 */
void escape_csv(const char *bytes, struct buf *out);

/* HTML and XML text, or the value of an attribute in quotes. */
void escape_html(const char *bytes, struct buf *out);

/* Plain text within Markdown: no markup, HTML, table cell or link comes of it. */
void escape_markdown(const char *bytes, struct buf *out);

/* Markdown's code span, with as many backticks around it as it takes. */
void escape_markdown_code(const char *bytes, struct buf *out);

#endif
