/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the settings table says of itself: --help, the manual, and the nearest word to a typo. */
#include <stdio.h>
#include <string.h>

#include "runner/base/array.h"
#include "runner/base/suggest.h"
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
                 " -h                                    the most used options\n"
                 "     --help                            this text\n"
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

/* What other tools call it. */
static const struct {
    const char *word, *option;
} elsewhere[] = {
    {"memory-limit", "memory-max"},
    {"memory", "memory-max"},
    {"mem", "memory-max"},
    {"time-limit", "timeout"},
    {"time", "timeout"},
    {"cpu-limit", "cpu-quota"},
    {"cpus", "allowed-cpus"},
    {"cpuset", "allowed-cpus"},
    {"uid", "user"},
    {"gid", "group"},
    {"background", "detach"},
    {"seccomp", "policy"},
    {"profile", "policy"},
    {"network", "private-network"},
    {"cwd", "chdir"},
    {"directory", "chdir"},
    {"workdir", "chdir"},
    {"pids-limit", "tasks-max"},
    {"pids", "tasks-max"},
    {"description", "reason"},
    {"setenv", "env"},
    {"silent", "quiet"},
};

#define NEAR 4

const char *setting_nearest(const char *word, bool keys)
{
    struct suggestion s = suggest_begin(word, NEAR);

    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        if (!keys && strcmp(elsewhere[i].word, word) == 0 && setting_by_option(elsewhere[i].option))
            return elsewhere[i].option;
    for (size_t i = 0; i < settings_count; i++)
        suggest_consider(&s, keys ? settings[i].key : settings[i].option);
    return s.name;
}

void settings_help_short(struct buf *out)
{
    buf_add(out,
            "Usage: cgrun [OPTION...] [--] COMMAND [ARG...]\n"
            "Runs COMMAND as a job: a cgroup of its own, limits, a policy and a record.\n\n"
            "  --memory-max 2G        memory at most     --cpu-quota 150%   processor time\n"
            "  --tasks-max 100        processes at most  --timeout 1h       ends it\n"
            "  --user NAME            runs as this user  --private-network  no network\n"
            "  --read-only-paths DIR  not to be written  --policy strict    fewer calls\n\n"
            "  --name, --owner, --reason, --rollback     what the record says of it\n"
            "  --expect 'wall_seconds<=90'               what has to hold at its end\n"
            "  -d                                        in the background: cgjob logs, stop\n"
            "  --runs 20 --label before                  measures it: cgjob compare\n"
            "  --job FILE                                settings from a file\n"
            "  --dry-run                                 the plan; changes nothing\n"
            "  -v                                        names refused calls as they happen\n\n"
            "Exit status: the command's own, 128+N signal N, 124 time limit, 125 not started.\n"
            "All options: cgrun --help. Afterwards: cgjob why, cgjob ps, cgjob ls.\n");
}
