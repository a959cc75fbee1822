/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of what the job sees of the host: paths, environment, capabilities it is given. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/address.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/spec/parse.h"

#define PATH_MOST 4095

static void *field(const struct setting *row, struct job_spec *spec)
{
    return (char *)spec + row->offset;
}

PARSER(ambient)
{
    _cleanup_free_ char *words = strdup(value);
    uint64_t bits = 0;
    char *save = NULL;

    if (!words)
        return err_oom(err);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        int cap = capability_by_name(w);

        if (cap < 0)
            return parse_refuse(row, value, err);
        bits |= UINT64_C(1) << cap;
    }
    *(uint64_t *)field(row, spec) = *value ? *(uint64_t *)field(row, spec) | bits : 0;
    return 0;
}

/* ".." could lead out of what is meant, and mount tables hold no such path. */
static bool is_plain_path(const char *path)
{
    if (path[0] != '/' || strlen(path) > PATH_MOST)
        return false;
    for (const char *at = path; (at = strstr(at, "/..")) != NULL; at += 3)
        if (at[3] == '/' || at[3] == '\0')
            return false;
    for (const char *c = path; *c; c++)
        if (iscntrl((unsigned char)*c))
            return false;
    return true;
}

PARSER(paths)
{
    if (*value && !is_plain_path(value + (*value == '-')))
        return parse_refuse(row, value, err);
    return parse_list(row, spec, value, err);
}

PARSER(mode)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);

    if (!*value || *end || mode > 0777 || !isdigit((unsigned char)*value))
        return parse_refuse(row, value, err);
    *(int *)field(row, spec) = (int)mode;
    return 0;
}

PARSER(addresses)
{
    _cleanup_free_ char *words = strdup(value);
    struct address_range range[ADDRESS_RANGES];
    char *save = NULL;

    if (!words)
        return err_oom(err);
    if (!*value)
        return parse_list(row, spec, value, err);
    for (char *w = strtok_r(words, " ,", &save); w; w = strtok_r(NULL, " ,", &save)) {
        if (address_parse(w, range) < 0)
            return parse_refuse(row, value, err);
        if (parse_list(row, spec, w, err) < 0)
            return -err->code;
    }
    return 0;
}

PARSER(device)
{
    const char *blank = strrchr(value, ' ');
    _cleanup_free_ char *path = strndup(value, blank ? (size_t)(blank - value) : strlen(value));

    if (!path)
        return err_oom(err);
    if (*value && (!is_plain_path(path) ||
                   (blank && (!blank[1] || blank[1 + strspn(blank + 1, "rwm")] != '\0'))))
        return parse_refuse(row, value, err);
    return parse_list(row, spec, value, err);
}

static size_t name_length(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    return isdigit((unsigned char)*text) ? 0 : n;
}

/* Each word of the value is an item, if it is as it should be. */
static int add_words(const struct setting *row, struct job_spec *spec, const char *value,
                     bool (*is_right)(const char *), struct err *err)
{
    _cleanup_free_ char *words = strdup(value);
    char *save = NULL;

    if (!words)
        return err_oom(err);
    if (!*value)
        return parse_list(row, spec, value, err);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (!is_right(w))
            return parse_refuse(row, value, err);
        if (parse_list(row, spec, w, err) < 0)
            return -err->code;
    }
    return 0;
}

static bool is_variable(const char *word)
{
    return name_length(word) == strlen(word);
}

PARSER(variables)
{
    return add_words(row, spec, value, is_variable, err);
}

static bool is_plain_word(const char *word)
{
    return *word != '-' && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-+./")] == '\0';
}

PARSER(plain_words)
{
    return add_words(row, spec, value, is_plain_word, err);
}

PARSER(assignment)
{
    struct strv *list = field(row, spec);
    size_t n = name_length(value);

    if (!*value)
        return parse_list(row, spec, value, err);
    if (n == 0 || value[n] != '=')
        return parse_refuse(row, value, err);
    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->item[i], value, n + 1) == 0) {
            char *copy = strdup(value);

            if (!copy)
                return err_oom(err);
            free(list->item[i]);
            list->item[i] = copy;
            return 0;
        }
    return parse_list(row, spec, value, err);
}
