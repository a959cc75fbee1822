/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of single values: text, numbers, choices. */
#include "runner/spec/parse.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "runner/base/cleanup.h"
#include "runner/base/units.h"

#define TEXT_MAX       4096
#define NAME_MAX_BYTES 128

static void *field(const struct setting *row, struct job_spec *spec)
{
    return (char *)spec + row->offset;
}

int parse_refuse(const struct setting *row, const char *value, struct err *err)
{
    return err_set(err, EINVAL, row->range, ERR_CORRECT_AND_RETRY, "%s '%.200s'", row->option,
                   value);
}

static bool printable(const char *s)
{
    for (; *s; s++)
        if (iscntrl((unsigned char)*s))
            return false;
    return true;
}

static int replace(char **to, const char *value, struct err *err)
{
    char *copy = strdup(value);

    if (!copy)
        return err_oom(err);
    free(*to);
    *to = copy;
    return 0;
}

PARSER(string)
{
    if (!*value || strlen(value) > TEXT_MAX || !printable(value))
        return parse_refuse(row, value, err);
    return replace(field(row, spec), value, err);
}

PARSER(name)
{
    if (!*value || strlen(value) > NAME_MAX_BYTES || !printable(value) || strpbrk(value, "/~:") ||
        strspn(value, "0123456789") == strlen(value))
        return parse_refuse(row, value, err);
    return replace(field(row, spec), value, err);
}

PARSER(size)
{
    uint64_t v;

    if (units_parse_size(value, &v) < 0)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

#define LOG_SIZE_MIN 4096

PARSER(log_size)
{
    uint64_t v;

    if (units_parse_size(value, &v) < 0 || v < LOG_SIZE_MIN || v == UNITS_INFINITY)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

PARSER(count)
{
    uint64_t v;

    if (units_parse_number(value, &v) < 0 || v == 0)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

#define RUNS_MOST 100000

PARSER(runs)
{
    uint64_t v;

    if (units_parse_number(value, &v) < 0 || v < (uint64_t)row->arg || v > RUNS_MOST)
        return parse_refuse(row, value, err);
    *(unsigned *)field(row, spec) = (unsigned)v;
    return 0;
}

PARSER(until)
{
    uint64_t v; /* hundredths of a percent */

    if (units_parse_percent(value, &v) < 0 || v < 1 || v > 10000)
        return parse_refuse(row, value, err);
    *(double *)field(row, spec) = (double)v / 10000;
    return 0;
}

PARSER(weight)
{
    uint64_t v;

    if (units_parse_number(value, &v) < 0 || v < 1 || v > 10000)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

/* Hundredths of a percent of a second are as many hundreds of microseconds. */
PARSER(percent)
{
    uint64_t v;

    if (units_parse_percent(value, &v) < 0 || (v != UNITS_INFINITY && (v < 100 || v > 100000000)))
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v == UNITS_INFINITY ? SPEC_INFINITY : v * 100;
    return 0;
}

PARSER(duration)
{
    uint64_t v;

    if (units_parse_duration(value, &v) < 0 || v == 0)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

PARSER(grace)
{
    uint64_t v;

    if (units_parse_duration(value, &v) < 0 || v > (uint64_t)INT64_MAX / 2)
        return parse_refuse(row, value, err);
    *(uint64_t *)field(row, spec) = v;
    return 0;
}

/* row->arg is the bound: nice is -20 to 19, the OOM adjustment -1000 to 1000. */
PARSER(integer)
{
    int64_t v;

    if (units_parse_signed(value, &v) < 0 || v < -row->arg || v > row->arg - (row->arg == 20))
        return parse_refuse(row, value, err);
    *(int *)field(row, spec) = (int)v;
    return 0;
}

static int truth(const char *value)
{
    static const char *const yes[] = {"", "yes", "true", "1", "on"}, *const no[] = {"no", "false",
                                                                                    "0", "off"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (strcasecmp(value, yes[i]) == 0)
            return 1;
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (strcasecmp(value, no[i]) == 0)
            return 0;
    return -1;
}

PARSER(boolean)
{
    int v = truth(value);

    if (v < 0)
        return parse_refuse(row, value, err);
    *(bool *)field(row, spec) = v;
    return 0;
}

PARSER(signal)
{
    const char *name = strncasecmp(value, "SIG", 3) == 0 ? value + 3 : value;
    uint64_t number;

    if (units_parse_number(value, &number) == 0 && number > 0 && number < NSIG) {
        *(int *)field(row, spec) = (int)number;
        return 0;
    }
    for (int i = 1; i < NSIG; i++)
        if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), name) == 0) {
            *(int *)field(row, spec) = i;
            return 0;
        }
    return parse_refuse(row, value, err);
}

/* The words of the range, in the order of the enum: "auto, always or never". */
PARSER(choice)
{
    char words[128], *save = NULL;
    int index = 0;

    snprintf(words, sizeof(words), "%s", row->range);
    for (char *w = strtok_r(words, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
        if (strcmp(w, "or") == 0)
            continue;
        if (strcmp(w, *value ? value : "text") == 0) { /* only dry-run may leave it out */
            *(unsigned *)field(row, spec) = (unsigned)index;
            return 0;
        }
        index++;
    }
    return parse_refuse(row, value, err);
}

static int rlimit_value(const struct setting *row, const char *text, uint64_t *ret)
{
    uint64_t ns;
    int r;

    if (row->arg == RLIMIT_CPU || row->arg == RLIMIT_RTTIME) {
        r = units_parse_duration(text, &ns);
        if (r == 0 && ns != UNITS_INFINITY)
            ns = row->arg == RLIMIT_CPU ? (ns + 999999999) / 1000000000 : ns / 1000;
        *ret = ns;
        return r;
    }
    return units_parse_size(text, ret);
}

PARSER(rlimit)
{
    struct rlimit_spec v = {.given = true};
    _cleanup_free_ char *copy = strdup(value);
    char *colon;

    if (!copy)
        return err_oom(err);
    colon = strchr(copy, ':');
    if (colon)
        *colon++ = '\0';
    if (rlimit_value(row, copy, &v.soft) < 0 ||
        rlimit_value(row, colon ? colon : copy, &v.hard) < 0 || v.soft > v.hard)
        return parse_refuse(row, value, err);
    spec->rlimit[row->arg] = v;
    return 0;
}

PARSER(stream)
{
    static const struct {
        const char *word;
        enum spec_stream_kind kind;
        bool path;
    } forms[] = {
        {"inherit", SPEC_STREAM_INHERIT, false}, {"null", SPEC_STREAM_NULL, false},
        {"stdout", SPEC_STREAM_STDOUT, false},   {"file:", SPEC_STREAM_FILE, true},
        {"append:", SPEC_STREAM_APPEND, true},   {"truncate:", SPEC_STREAM_TRUNCATE, true},
    };
    struct spec_stream *stream = field(row, spec);
    enum spec_stream_kind kind = SPEC_STREAM_FILE;
    const char *path = value;
    bool input = row->offset == offsetof(struct job_spec, input);
    bool error = row->offset == offsetof(struct job_spec, error);

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t n = strlen(forms[i].word);

        if ((forms[i].path ? strncmp(value, forms[i].word, n) : strcmp(value, forms[i].word)) != 0)
            continue;
        kind = forms[i].kind;
        path = forms[i].path ? value + n : NULL;
    }
    if ((path && !*path) || (input && kind >= SPEC_STREAM_APPEND) ||
        (kind == SPEC_STREAM_STDOUT && !error))
        return parse_refuse(row, value, err);
    free(stream->path);
    *stream = (struct spec_stream){.kind = kind, .path = path ? strdup(path) : NULL};
    return path && !stream->path ? err_oom(err) : 0;
}

/* "3,5-7" */
static bool scan_descriptors(const char *at, struct spec_fds *list)
{
    do {
        char *end;
        unsigned long from, to;

        if (*at < '0' || *at > '9')
            return false;
        from = to = strtoul(at, &end, 10);
        if (*end == '-') {
            at = end + 1;
            if (*at < '0' || *at > '9')
                return false;
            to = strtoul(at, &end, 10);
        }
        if (from < 3 || to < from || to > SPEC_FD_MAX || to - from >= SPEC_FDS_MAX - list->count)
            return false;
        for (; from <= to; from++)
            list->item[list->count++] = (int)from;
        at = end;
    } while (*at == ',' && at++);
    return !*at;
}

PARSER(descriptors)
{
    struct spec_fds list = {.count = 0};
    bool automatic = strcmp(value, "auto") == 0, none = strcmp(value, "none") == 0;

    if (!automatic && !none && !scan_descriptors(value, &list))
        return parse_refuse(row, value, err);
    spec->pass_fds = automatic ? SPEC_FDS_AUTO : none ? SPEC_FDS_NONE : SPEC_FDS_LIST;
    spec->fds = list;
    return 0;
}
