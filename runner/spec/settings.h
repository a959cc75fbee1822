/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of settings. Every front end (command line, -p, job files, --help, completion, the
 * manual) and the plan's naming of cgroup files reads its rows; nothing else lists the settings.
 */
#ifndef CGRUN_SPEC_SETTINGS_H
#define CGRUN_SPEC_SETTINGS_H

#include <stddef.h>

#include "runner/base/buf.h"
#include "runner/spec/job_spec.h"

enum setting_group {
    SETTING_IDENTITY,
    SETTING_LIMITS,
    SETTING_SANDBOX,
    SETTING_RUN,
    SETTING_SESSION,
    SETTING_GROUPS
};

/*
 * One setting. `parse` checks `value` and stores it into the spec; on failure it fills `err` with
 * the option and the value as given. A repeatable setting adds, any other replaces.
 */
struct setting {
    enum setting_group group;
    const char *key;      /* systemd's name where it has one: "MemoryMax" */
    const char *option;   /* without the dashes: "memory-max" */
    char short_option;    /* or 0 */
    const char *argument; /* what --help shows: "SIZE", "[=yes|no]" where it may be left out */
    const char *unit;     /* "bytes", "seconds", ...; NULL: none */
    const char *range;    /* what is accepted, the second part of an error message */
    const char *v2_file;  /* the cgroup2 file it becomes, or NULL */
    const char *v1_file;  /* the v1 file it becomes, or NULL (controller is its prefix) */
    const char *help;     /* one line */
    int (*parse)(const struct setting *row, struct job_spec *spec, const char *value,
                 struct err *err);
    size_t offset; /* for `parse`: the field of struct job_spec */
    int arg;       /* for `parse`: the RLIMIT_* number, for instance */
};

extern const struct setting settings[];
extern const size_t settings_count;

/* The row with that key (exact case) or option name; NULL if there is none. */
const struct setting *setting_by_key(const char *key);
const struct setting *setting_by_option(const char *option);

/* Parses `value` by `row` into the spec, and notes that the caller gave it. 0, or `err` is filled.
 */
int setting_apply(const struct setting *row, struct job_spec *spec, const char *value,
                  struct err *err);

/* The caller gave it: by an option, -p or a job file. */
bool setting_given(const struct job_spec *spec, const struct setting *row);

/* An argument that may be left out: "[=yes|no]". */
bool setting_argument_optional(const struct setting *row);

/* The option or key that is most like `word`, or NULL if none is close. */
const char *setting_nearest(const char *word, bool keys);

/* What -h prints: one screen. */
void settings_help_short(struct buf *out);

/* The job file section a setting belongs in: "Job", "Limits", "Sandbox", "Trace". */
const char *setting_section(const struct setting *row);

/* The heading of a group in --help, in docs/SETTINGS.md and in the manual page. */
const char *setting_group_title(enum setting_group group);

/* The texts of --help and of docs/SETTINGS.md. */
void settings_help(struct buf *out);
void settings_markdown(struct buf *out);

/* The options section of the manual page; and lines "OPTION<tab>value|optional<tab>HELP". */
void settings_roff(struct buf *out);
void settings_words(struct buf *out);

#endif
