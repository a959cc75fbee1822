/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/present/csv.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "runner/base/escape.h"

static void separate(struct buf *out)
{
    const char *text = buf_text(out);

    if (out->len && text[out->len - 1] != '\n')
        buf_add(out, ",");
}

void csv_text(struct buf *out, const char *text)
{
    _cleanup_buf_ struct buf safe = {0};

    separate(out);
    escape_csv(text ? text : "", &safe);
    text = buf_text(&safe);
    /* An empty first field would not be told from no field. */
    if (*text && !strpbrk(text, ",\"")) {
        buf_add(out, text);
        return;
    }
    buf_add(out, "\"");
    for (; *text; text++)
        buf_addf(out, *text == '"' ? "\"%c" : "%c", *text);
    buf_add(out, "\"");
}

void csv_integer(struct buf *out, int64_t value)
{
    separate(out);
    buf_addf(out, "%" PRId64, value);
}

void csv_real(struct buf *out, double value)
{
    separate(out);
    /* Whole numbers in full, as far as a double holds them: bytes, of which there are many. */
    buf_addf(out, value == trunc(value) && fabs(value) < 0x1p53 ? "%.0f" : "%.9g", value);
}

void csv_end_line(struct buf *out)
{
    buf_add(out, "\n");
}
