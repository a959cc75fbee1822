/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of settings that hold several things: lists, tags, disks, processors, capabilities. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/base/units.h"
#include "runner/record/expect.h"
#include "runner/record/traces.h"
#include "runner/spec/parse.h"

#define CPUS_MAX 8192
#define CAPS_ALL UINT64_MAX

static void *field(const struct setting *row, struct job_spec *spec)
{
    return (char *)spec + row->offset;
}

PARSER(list)
{
    struct strv *list = field(row, spec);

    if (!*value) {
        strv_free(list);
        return 0;
    }
    return strv_add(list, value) < 0 ? err_oom(err) : 0;
}

PARSER(words)
{
    return parse_list(row, spec, value, err);
}

static int add_expectation(const struct setting *row, struct job_spec *spec, const char *value,
                           struct err *err)
{
    struct err why;

    if (*value && expect_parse(value, &why) < 0)
        return err_set(err, EINVAL, why.expected, ERR_CORRECT_AND_RETRY, "%s '%.200s'%s%s",
                       row->option, value, why.what[0] ? ": " : "", why.what);
    return parse_list(row, spec, value, err);
}

/* Several with commas; a path, which may hold some, is the last of them. */
PARSER(expect)
{
    const char *whole = value;

    while (*value) {
        bool path = strncmp(value, "exists:", 7) == 0 || strncmp(value, "nonempty:", 9) == 0;
        size_t n = path ? strlen(value) : strcspn(value, ",");
        _cleanup_free_ char *one = strndup(value, n);

        if (!one)
            return err_oom(err);
        if (add_expectation(row, spec, one, err) < 0)
            return -err->code;
        value += n;
        if (!*value)
            return 0;
        value++;
        value += strspn(value, " ");
        if (!*value)
            return parse_refuse(row, whole, err);
    }
    return parse_list(row, spec, value, err);
}

/* How processes are counted, and what else is traced: "exits,syscalls,files". */
PARSER(trace)
{
    static const char *const when[] = {
        [SPEC_TRACE_AUTO] = "auto", [SPEC_TRACE_EXITS] = "exits", [SPEC_TRACE_NONE] = "none"};
    _cleanup_free_ char *words = strdup(value);
    char *save = NULL;
    unsigned features = 0, named = 0;

    if (!words)
        return err_oom(err);
    spec->trace = SPEC_TRACE_AUTO;
    for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        int feature = trace_feature_by_name(w);
        bool known = feature >= 0;

        features |= known ? 1u << feature : 0;
        for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++)
            if (strcmp(when[i], w) == 0 && named++ == 0) {
                spec->trace = (enum spec_trace)i;
                known = true;
            }
        if (!known)
            return parse_refuse(row, value, err);
    }
    if (!features && !named)
        return parse_refuse(row, value, err);
    spec->trace_features = features;
    return 0;
}

PARSER(tag)
{
    struct strv *tags = field(row, spec);
    size_t n = strcspn(value, "=");

    if (!*value)
        return parse_list(row, spec, value, err);
    if (n == 0 || value[n] != '=' ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") < n)
        return parse_refuse(row, value, err);
    strv_each (tags, tag) {
        if (strncmp(tag, value, n + 1) == 0)
            return err_set(err, EINVAL, "each key once", ERR_CORRECT_AND_RETRY,
                           "%s '%.200s': its key is there already, as '%.100s'", row->option, value,
                           tag);
    }
    return parse_list(row, spec, value, err);
}

static int add_io(struct io_limits *list, const char *path, size_t n, uint64_t value)
{
    struct io_limit *grown = realloc(list->item, (list->count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    list->item = grown;
    grown[list->count] = (struct io_limit){strndup(path, n), value};
    return grown[list->count].path ? (list->count++, 0) : -ENOMEM;
}

static int parse_io(const struct setting *row, struct job_spec *spec, const char *value,
                    int (*number)(const char *, uint64_t *), struct err *err)
{
    const char *blank = strrchr(value, ' ');
    struct io_limits *list = field(row, spec);
    size_t n = blank ? (size_t)(blank - value) : 0;
    uint64_t v;

    if (!*value) {
        for (size_t i = 0; i < list->count; i++)
            free(list->item[i].path);
        free(list->item);
        *list = (struct io_limits){0};
        return 0;
    }
    while (n && value[n - 1] == ' ')
        n--;
    if (n == 0 || value[0] != '/' || number(blank + 1, &v) < 0 || v == 0)
        return parse_refuse(row, value, err);
    return add_io(list, value, n, v) < 0 ? err_oom(err) : 0;
}

PARSER(io_size)
{
    return parse_io(row, spec, value, units_parse_size, err);
}

PARSER(io_count)
{
    return parse_io(row, spec, value, units_parse_number, err);
}

static bool scan_cpu(const char **at, unsigned long *ret)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    *ret = strtoul(*at, &end, 10);
    *at = end;
    return *ret < CPUS_MAX;
}

/* Marks the processors of "0-3,5"; blanks separate as well, as in systemd's lists. */
static bool scan_cpus(const char *at, bool *set)
{
    while (*at) {
        unsigned long from, to;

        if (!scan_cpu(&at, &from))
            return false;
        to = from;
        if (*at == '-' && (at++, !scan_cpu(&at, &to)))
            return false;
        if (to < from)
            return false;
        for (unsigned long i = from; i <= to; i++)
            set[i] = true;
        if (*at && *at != ',' && *at != ' ')
            return false;
        if (*at && !*++at)
            return false;
    }
    return true;
}

PARSER(cpus)
{
    _cleanup_buf_ struct buf list = {0};
    _cleanup_free_ bool *set = calloc(CPUS_MAX + 1, sizeof(*set));
    char **to = field(row, spec);

    if (!set)
        return err_oom(err);
    if (strcmp(value, SPEC_CPUS_ISOLATED) == 0) {
        free(*to);
        *to = strdup(value);
        return *to ? 0 : err_oom(err);
    }
    if (!*value || !scan_cpus(value, set))
        return parse_refuse(row, value, err);
    for (int i = 0; i < CPUS_MAX; i++) {
        int last = i;

        if (!set[i])
            continue;
        while (set[last + 1])
            last++;
        buf_addf(&list, last > i ? "%s%d-%d" : "%s%d", list.len ? "," : "", i, last);
        i = last;
    }
    if (list.failed)
        return err_oom(err);
    free(*to);
    *to = steal(&list.data);
    return 0;
}

PARSER(capabilities)
{
    bool without = *value == '~';
    char words[2048], *save = NULL;
    uint64_t bits = 0;

    if (snprintf(words, sizeof(words), "%s", value + without) >= (int)sizeof(words))
        return parse_refuse(row, value, err);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        int cap = capability_by_name(w);

        if (cap < 0)
            return err_set(err, EINVAL, row->range, ERR_CORRECT_AND_RETRY,
                           "%s '%.150s': '%.60s' is no capability", row->option, value, w);
        bits |= UINT64_C(1) << cap;
    }
    if (without)
        bits = (spec->capability_set_given ? spec->capability_bounding_set : CAPS_ALL) & ~bits;
    else if (*value && spec->capability_set_given)
        bits |= spec->capability_bounding_set;
    spec->capability_set_given = true;
    spec->capability_bounding_set = bits;
    return 0;
}
