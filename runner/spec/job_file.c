/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Job files: INI, over inih: the one module that includes its header. */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/trusted.h"
#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"

#define FILE_MAX (256 * 1024)

struct reading {
    struct job_spec *spec;
    struct err_list *errors;
    const char *path;
    const char *at; /* the rest of the text */
    int line;       /* of the line that the library was given last, from 1 */
};

static void fail(struct reading *r, const char *expected, const char *what)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%.100s:%d: %s", r->path, r->line, what);
    err_list_add(r->errors, &err);
}

static void parse_command(struct reading *r, const char *value)
{
    _cleanup_strv_ struct strv words = {0};
    char what[200];
    int code = strv_add_words(&words, value);

    if (code == -EINVAL) {
        snprintf(what, sizeof(what), "Command '%.150s'", value);
        fail(r, "words with closed quotes", what);
    }
    if (code < 0)
        return;
    free(r->spec->command_text);
    r->spec->command_text = strdup(value);
    strv_free(&r->spec->argv);
    r->spec->argv = words;
    words = (struct strv){0};
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    const struct setting *row = setting_by_key(key);
    const char *nearest;
    struct err err, placed;
    char what[200], nearest_key[100];

    if (strcmp(section, "Job") == 0 && strcmp(key, "Command") == 0) {
        parse_command(r, value);
        return 1;
    }
    if (!row) {
        nearest = setting_nearest(key, true);
        snprintf(what, sizeof(what), "unknown key '%.100s'", key);
        snprintf(nearest_key, sizeof(nearest_key), "a key of docs/SETTINGS.md%s%s%s",
                 nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
        fail(r, nearest_key, what);
        return 1;
    }
    if (strcmp(section, setting_section(row)) != 0) {
        char expected[64];

        snprintf(expected, sizeof(expected), "it in [%s]", setting_section(row));
        snprintf(what, sizeof(what), "%.100s in [%.60s]", key, section);
        fail(r, expected, what);
        return 1;
    }
    if (setting_apply(row, r->spec, value, &err) < 0) {
        placed = err;
        snprintf(placed.what, sizeof(placed.what), "%.100s:%d: %s %.250s", r->path, r->line, key,
                 err.what + (strncmp(err.what, row->option, strlen(row->option)) == 0
                                 ? strlen(row->option) + 1
                                 : 0));
        err_list_add(r->errors, &placed);
    }
    return 1;
}

/* The library's line buffer is short and would cut: a longer line is refused before it gets there.
 */
static char *next_line(char *to, int size, void *stream)
{
    struct reading *r = stream;
    size_t n = strcspn(r->at, "\n");

    if (!*r->at)
        return NULL;
    r->line++;
    if (n + 2 > (size_t)size) {
        char expected[64];

        snprintf(expected, sizeof(expected), "lines of at most %d bytes", size - 2);
        fail(r, expected, "line too long");
        snprintf(to, (size_t)size, "\n");
    } else {
        memcpy(to, r->at, n);
        to[n] = '\n';
        to[n + 1] = '\0';
    }
    r->at += n + (r->at[n] != '\0');
    return to;
}

int job_text_parse(struct job_spec *spec, const char *text, const char *path,
                   struct err_list *errors)
{
    struct reading r = {.spec = spec, .errors = errors, .path = path, .at = text};
    size_t before = errors->count;
    int line = ini_parse_stream(next_line, &r, on_value, &r);

    if (line > 0) {
        r.line = line;
        fail(&r, "[Section], Key=Value, or a comment after '#' or ';'", "not an INI line");
    }
    return errors->count > before ? -EINVAL : 0;
}

int job_file_parse(struct job_spec *spec, const char *path, struct err_list *errors)
{
    struct err err;
    _cleanup_close_ int fd = trusted_file("job", path, &err);
    _cleanup_free_ char *text = NULL;
    ssize_t n, used = 0;

    if (fd < 0) {
        err_list_add(errors, &err);
        return -err.code;
    }
    text = malloc(FILE_MAX + 1);
    while (text && used < FILE_MAX && (n = read(fd, text + used, (size_t)(FILE_MAX - used))) > 0)
        used += n;
    if (!text || used == FILE_MAX || memchr(text, '\0', (size_t)used)) {
        err_set(&err, EFBIG, "text of less than 256 KiB", ERR_CORRECT_AND_RETRY, "job '%s'", path);
        err_list_add(errors, &err);
        return -EFBIG;
    }
    text[used] = '\0';
    return job_text_parse(spec, text, path, errors);
}
