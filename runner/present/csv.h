/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comma-separated values as RFC 4180 has them, for spreadsheets and scripts: raw units, no padding.
 */
#ifndef CGRUN_PRESENT_CSV_H
#define CGRUN_PRESENT_CSV_H

#include <stdint.h>

#include "runner/base/buf.h"

/* Each adds a field, with a comma before all but a line's first. */
void csv_text(struct buf *out, const char *text); /* quoted if need be; NULL: empty */
void csv_integer(struct buf *out, int64_t value);
void csv_real(struct buf *out, double value);
void csv_end_line(struct buf *out);

#endif
