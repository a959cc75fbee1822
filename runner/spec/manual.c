/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the manual page and the shells' completion have of the table of settings. */
#include <string.h>

#include "runner/spec/settings.h"

/* Backslashes and hyphens mean something to roff, and so do dots and quotes that begin a line. */
static void add_roff(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\\')
            buf_add(out, "\\e");
        else if (*text == '-')
            buf_add(out, "\\-");
        else
            buf_addf(out, "%c", *text);
}

/* The term of a definition: every letter of the option bold, of its argument in italics. */
static void roff_row(const struct setting *row, struct buf *out)
{
    bool optional = setting_argument_optional(row);

    buf_add(out, ".TP\n");
    if (row->short_option)
        buf_addf(out, "\\fB\\-%c\\fR, ", row->short_option);
    buf_add(out, "\\fB\\-\\-");
    add_roff(out, row->option);
    buf_add(out, optional ? "\\fR" : "\\fR ");
    buf_add(out, "\\fI");
    add_roff(out, row->argument);
    buf_addf(out, "\\fR\n(\\fB%s\\fR) ", row->key);
    add_roff(out, row->help);
    buf_add(out, ".\nExpected: ");
    add_roff(out, row->range);
    buf_add(out, ".\n");
}

void settings_roff(struct buf *out)
{
    int group = -1;

    for (size_t i = 0; i < settings_count; i++) {
        if (settings[i].group != (unsigned)group) {
            group = (int)settings[i].group;
            buf_addf(out, ".SS %s\n", setting_group_title(settings[i].group));
        }
        roff_row(&settings[i], out);
    }
}

void settings_words(struct buf *out)
{
    for (size_t i = 0; i < settings_count; i++)
        buf_addf(out, "--%s\t%s\t%s\n", settings[i].option,
                 setting_argument_optional(&settings[i]) ? "optional" : "value", settings[i].help);
}
