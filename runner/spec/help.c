/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the settings table says of itself: --help, the manual, and the nearest word to a typo. */
#include <stdio.h>
#include <string.h>

#include "runner/base/array.h"
#include "runner/spec/settings.h"

#define OPTION_COLUMN 38

static const struct {
    const char *title, *section;
} groups[] = {
    [SETTING_IDENTITY] = {"Identity", "Job"},         [SETTING_LIMITS] = {"Limits", "Limits"},
    [SETTING_SANDBOX] = {"Sandbox", "Sandbox"},       [SETTING_RUN] = {"Run control", "Job"},
    [SETTING_SESSION] = {"Repeated runs", "Session"},
};
ASSERT_ENTRIES(groups, SETTING_GROUPS);

const char *setting_group_title(enum setting_group group)
{
    return groups[group].title;
}

bool setting_argument_optional(const struct setting *row)
{
    return row->argument[0] == '[' && row->argument[1] == '=';
}

static void help_row(const struct setting *row, struct buf *out)
{
    char left[80], letter[8] = "   ";

    if (row->short_option)
        snprintf(letter, sizeof(letter), "-%c,", row->short_option);
    snprintf(left, sizeof(left), "%s --%s%s%s", letter, row->option,
             setting_argument_optional(row) ? "" : " ", row->argument);
    buf_add(out, " ");
    buf_pad(out, left, OPTION_COLUMN);
    buf_addf(out, "%s%s\n", strlen(left) >= OPTION_COLUMN ? " " : "", row->help);
}

void settings_help(struct buf *out)
{
    buf_add(out, "Usage: cgrun [OPTION...] [--] COMMAND [ARG...]\n"
                 "Runs COMMAND as a job: in a cgroup of its own, under limits and a system call "
                 "policy,\nwith every process counted and a record kept. Options end at the "
                 "command.\n");
    for (int g = 0; g < SETTING_GROUPS; g++) {
        buf_addf(out, "\n%s:\n", groups[g].title);
        for (size_t i = 0; i < settings_count; i++)
            if ((int)settings[i].group == g)
                help_row(&settings[i], out);
    }
    buf_add(out, "\nOther ways to say it:\n"
                 " -p, --property KEY=VALUE              a setting by its key: -p MemoryMax=512M\n"
                 "     --job FILE                        a job file (INI): docs/SETTINGS.md\n"
                 " -h, --help                            this text\n"
                 "     --version                         the version\n"
                 "\nExit status: the command's own, or 128+N for signal N; 123 an expectation did "
                 "not hold;\n124 a time limit ended it; 125 cgrun failed, nothing was started; 126 "
                 "cannot be executed;\n127 not found. The record's verdict is exact: cgjob why\n"
                 "\nExamples:\n"
                 "  cgrun --memory-max 2G --timeout 1h --owner db-team -- ./import.sh\n"
                 "  cgrun --dry-run --memory-max 2G -- make -j8\n"
                 "  cgrun --runs 20 --label before -- make; ...; cgjob compare before after\n");
}

static const char *section_of(const struct setting *row)
{
    if (row->parse && (strcmp(row->key, "Trace") == 0 || strcmp(row->key, "Ledger") == 0))
        return "Trace";
    return groups[row->group].section;
}

const char *setting_section(const struct setting *row)
{
    return section_of(row);
}

/* A cell of a table: the bar separates cells. */
static void cell(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_addf(out, *text == '|' ? "\\%c" : "%c", *text);
}

void settings_markdown(struct buf *out)
{
    for (int g = 0; g < SETTING_GROUPS; g++) {
        buf_addf(out,
                 "\n## %s\n\n| option | key | section | accepts | v2 file | v1 file | |\n"
                 "| --- | --- | --- | --- | --- | --- | --- |\n",
                 groups[g].title);
        for (size_t i = 0; i < settings_count; i++) {
            const struct setting *row = &settings[i];

            if ((int)row->group != g)
                continue;
            buf_addf(out, "| `--%s` | `%s` | %s | ", row->option, row->key, section_of(row));
            cell(out, row->range);
            buf_addf(out, " | %s | %s | ", row->v2_file ? row->v2_file : "",
                     row->v1_file ? row->v1_file : "");
            cell(out, row->help);
            buf_add(out, " |\n");
        }
    }
}

/* Edit distance, bounded to words of a setting's length. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[64];
    size_t n = strlen(b);

    if (n >= sizeof(row) / sizeof(row[0]))
        return 99;
    for (size_t k = 0; k <= n; k++)
        row[k] = (unsigned)k;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i + 1;
        for (size_t k = 0; k < n; k++) {
            unsigned above = row[k + 1], best = diagonal + (a[i] != b[k]);

            best = row[k] + 1 < best ? row[k] + 1 : best;
            row[k + 1] = above + 1 < best ? above + 1 : best;
            diagonal = above;
        }
    }
    return row[n];
}

const char *setting_nearest(const char *word, bool keys)
{
    const char *nearest = NULL;
    unsigned best = 4;

    for (size_t i = 0; i < settings_count; i++) {
        const char *name = keys ? settings[i].key : settings[i].option;
        unsigned d = distance(word, name);
        size_t n = strlen(word);

        if (n >= 4 && strncmp(word, name, n) == 0)
            d = 1; /* an abbreviation */
        if (d < best && d < n) {
            best = d;
            nearest = name;
        }
    }
    return nearest;
}
