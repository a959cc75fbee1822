/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: a walk over the settings table that stops at the command. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/command_text.h"
#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"

struct walk {
    struct job_spec *spec;
    struct err_list *errors;
    enum cmdline_action *action;
    int argc, at;
    char *const *argv;
};

static void fail(struct walk *w, const char *expected, const char *what, const char *word)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%s '%.100s'", what, word);
    err_list_add(w->errors, &err);
}

static void unknown(struct walk *w, const char *word)
{
    char name[64], expected[128];
    const char *nearest;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + strspn(word, "-"), "="),
             word + strspn(word, "-"));
    nearest = setting_nearest(name, false);
    if (nearest)
        snprintf(expected, sizeof(expected), "an option of `cgrun --help`; did you mean --%s?",
                 nearest);
    else
        snprintf(expected, sizeof(expected), "an option of `cgrun --help`");
    fail(w, expected, "unknown option", word);
}

/* The value of an option: after '=', or the next word. NULL, reported, if there is none. */
static const char *value_of(struct walk *w, const char *option, const char *inline_value,
                            bool optional)
{
    if (inline_value)
        return inline_value;
    if (optional)
        return "";
    if (w->at + 1 < w->argc)
        return w->argv[++w->at];
    fail(w, "a value after it", "option", option);
    return NULL;
}

static void apply(struct walk *w, const struct setting *row, const char *value)
{
    struct err err;

    if (setting_apply(row, w->spec, value, &err) < 0)
        err_list_add(w->errors, &err);
}

static void apply_property(struct walk *w, const char *value)
{
    property_parse(w->spec, value, w->errors);
}

static void apply_job_file(struct walk *w, const char *value)
{
    job_file_parse(w->spec, value, w->errors);
}

/* What is not a setting of a job. */
static const struct front_option {
    const char *option;
    char letter;
    void (*apply)(struct walk *w, const char *value);
} front_options[] = {
    {"property", 'p', apply_property},
    {"job", 0, apply_job_file},
};

static void long_option(struct walk *w, const char *word)
{
    const char *equals = strchr(word, '=');
    char name[64];
    const struct setting *row;
    const char *value;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    if (strcmp(word, "--help") == 0 || strcmp(word, "--version") == 0) {
        *w->action = word[2] == 'h' ? CMDLINE_HELP : CMDLINE_VERSION;
        return;
    }
    for (size_t i = 0; i < sizeof(front_options) / sizeof(front_options[0]); i++)
        if (strcmp(name, front_options[i].option) == 0) {
            value = value_of(w, word, equals ? equals + 1 : NULL, false);
            if (value)
                front_options[i].apply(w, value);
            return;
        }
    row = setting_by_option(name);
    if (!row) {
        unknown(w, word);
        return;
    }
    value = value_of(w, word, equals ? equals + 1 : NULL, setting_argument_optional(row));
    if (value)
        apply(w, row, value);
}

/* "-m 1G" or "-m1G". */
static void short_option(struct walk *w, const char *word)
{
    const char *inline_value = word[2] ? word + 2 : NULL, *value;

    if (strcmp(word, "-h") == 0) {
        *w->action = CMDLINE_HELP_SHORT;
        return;
    }
    for (size_t i = 0; i < settings_count; i++)
        if (settings[i].short_option && settings[i].short_option == word[1]) {
            value = value_of(w, word, inline_value, setting_argument_optional(&settings[i]));
            if (value)
                apply(w, &settings[i], value);
            return;
        }
    for (size_t i = 0; i < sizeof(front_options) / sizeof(front_options[0]); i++)
        if (front_options[i].letter && front_options[i].letter == word[1]) {
            value = value_of(w, word, inline_value, false);
            if (value)
                front_options[i].apply(w, value);
            return;
        }
    unknown(w, word);
}

static void options(struct walk *w)
{
    for (; w->at < w->argc; w->at++) {
        const char *word = w->argv[w->at];

        if (strcmp(word, "--") == 0) {
            w->at++;
            return;
        }
        if (word[0] != '-' || !word[1])
            return;
        if (word[1] == '-')
            long_option(w, word);
        else
            short_option(w, word);
    }
}

int cmdline_parse(struct job_spec *spec, int argc, char *const *argv, enum cmdline_action *action,
                  struct err_list *errors)
{
    struct walk w = {spec, errors, action, argc, 1, argv};

    *action = CMDLINE_RUN;
    spec->call = argv;
    options(&w);
    if (*action != CMDLINE_RUN)
        return 0;
    if (w.at < argc) {
        strv_free(&spec->argv); /* replaces a job file's command */
        free(spec->command_text);
        spec->command_text = NULL;
        if (strv_add_all(&spec->argv, argv + w.at) < 0)
            return -ENOMEM;
    }
    job_spec_check(spec, errors);
    return errors->count ? -EINVAL : 0;
}

int property_parse(struct job_spec *spec, const char *assignment, struct err_list *errors)
{
    const char *equals = strchr(assignment, '='), *nearest;
    const struct setting *row;
    char key[64], expected[160];
    struct err err;

    snprintf(key, sizeof(key), "%.*s", (int)strcspn(assignment, "="), assignment);
    row = setting_by_key(key);
    if (equals && row) {
        if (setting_apply(row, spec, equals + 1, &err) < 0) {
            err_list_add(errors, &err);
            return -EINVAL;
        }
        return 0;
    }
    nearest = setting_nearest(key, true);
    snprintf(expected, sizeof(expected), "Key=Value with a key of docs/SETTINGS.md%s%s%s",
             nearest && !row ? "; did you mean " : "", nearest && !row ? nearest : "",
             nearest && !row ? "?" : "");
    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "property '%.200s'", assignment);
    err_list_add(errors, &err);
    return -EINVAL;
}

static void refuse(struct err_list *errors, const char *expected, const char *what)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%s", what);
    err_list_add(errors, &err);
}

/* From now on the text names the shell itself: what runs, what is recorded and what is shown agree.
 */
static int use_shell_for(char **text)
{
    char *made = *text ? command_text_for_shell(*text) : NULL;

    if (!*text)
        return 0;
    free(*text);
    *text = made;
    return made ? 0 : -ENOMEM;
}

static int use_shell(struct job_spec *spec, struct err_list *errors)
{
    int r = use_shell_for(&spec->prepare);

    r |= use_shell_for(&spec->rollback);
    if (spec->interleave) {
        for (size_t i = 0; i < spec->argv.count; i++)
            r |= use_shell_for(&spec->argv.item[i]);
    } else if (spec->argv.count == 1 || spec->command_text) {
        struct strv argv = {0};

        r |= strv_add(&argv, "/bin/sh");
        r |= strv_add(&argv, "-c");
        r |= strv_add(&argv, spec->command_text ? spec->command_text : spec->argv.item[0]);
        strv_free(&spec->argv);
        spec->argv = argv;
    } else if (spec->argv.count) {
        refuse(errors, "the command quoted as one word: --shell -- 'make && make check'",
               "shell with a command of several words");
    }
    return r;
}

static void check_command(struct job_spec *spec, struct err_list *errors)
{
    _cleanup_strv_ struct strv words = {0};
    struct err err;

    if (spec->argv.count == 0 || !*spec->argv.item[0])
        refuse(errors, "a command after the options", "no command was given");
    if (spec->shell) {
        if (use_shell(spec, errors) < 0) {
            err_oom(&err);
            err_list_add(errors, &err);
        }
        spec->shell = false;
    } else if (spec->command_text &&
               command_text_words(spec->command_text, "Command", &words, &err) < 0) {
        err_list_add(errors, &err);
    }
}

void job_spec_check(struct job_spec *spec, struct err_list *errors)
{
    struct err err;

    harden_expand(spec, errors);
    check_command(spec, errors);
    if (spec->detach && spec->json_path && strcmp(spec->json_path, "-") == 0)
        refuse(errors, "a file",
               "json '-' of a job in the background, which has no standard output");
    if (spec->memory_high < SPEC_INFINITY && spec->memory_max < SPEC_INFINITY &&
        spec->memory_high > spec->memory_max) {
        err_set(&err, EINVAL, "a mark at or below memory-max", ERR_CORRECT_AND_RETRY,
                "memory-high '%llu' above memory-max '%llu'", (unsigned long long)spec->memory_high,
                (unsigned long long)spec->memory_max);
        err_list_add(errors, &err);
    }
}
