/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/base/units.h"

static const char *const operators[] = {"<=", ">=", "==", "!=", "<", ">", "="};

struct expectation {
    bool exit_code; /* instead of a metric */
    enum metric_id metric;
    const char *op;
    double value;
};

static int parse_value(const char *unit, const char *text, double *ret)
{
    uint64_t value;
    int r;

    if (strcmp(unit, "seconds") == 0) {
        r = units_parse_duration(text, &value);
        *ret = (double)value / 1e9;
    } else if (strcmp(unit, "bytes") == 0) {
        r = units_parse_size(text, &value);
        *ret = (double)value;
    } else if (strcmp(unit, "ratio") == 0) {
        /* A ratio is written as a plain decimal, which the grammar of sizes includes. */
        char *end;

        *ret = strtod(text, &end);
        return *text >= '0' && *text <= '9' && *end == '\0' ? 0 : -EINVAL;
    } else {
        r = units_parse_number(text, &value);
        *ret = (double)value;
    }
    return r < 0 || value == UNITS_INFINITY ? -EINVAL : 0;
}

static int parse(const char *text, struct expectation *ret, struct err *err)
{
    static const char form[] = "METRIC OP VALUE such as wall_seconds<=90, exit=0, exists:PATH "
                               "or nonempty:PATH";
    size_t n = strcspn(text, "<>=! "), at = n + strspn(text + n, " ");
    const char *unit;
    char name[64];
    int metric;

    snprintf(name, sizeof(name), "%.*s", (int)n, text);
    metric = metric_by_name(name);
    ret->exit_code = strcmp(name, "exit") == 0;
    if (metric < 0 && !ret->exit_code)
        return err_set(err, EINVAL, form, ERR_CORRECT_AND_RETRY, "'%.60s' is no metric", name);
    ret->metric = ret->exit_code ? METRIC_COUNT : (enum metric_id)metric;
    ret->op = NULL;
    for (size_t i = 0; !ret->op && i < sizeof(operators) / sizeof(operators[0]); i++)
        if (strncmp(text + at, operators[i], strlen(operators[i])) == 0)
            ret->op = operators[i];
    if (!ret->op)
        return err_set(err, EINVAL, form, ERR_CORRECT_AND_RETRY, "no comparison in it");
    at += strlen(ret->op);
    at += strspn(text + at, " ");
    unit = ret->exit_code ? "count" : metrics[metric].unit;
    if (parse_value(unit, text + at, &ret->value) < 0)
        return err_set(err, EINVAL, form, ERR_CORRECT_AND_RETRY, "'%.60s' is no value in %s",
                       text + at, unit);
    return 0;
}

/* The path of "exists:PATH" or "nonempty:PATH", NULL for neither. */
static const char *path_of(const char *text, bool *nonempty)
{
    *nonempty = strncmp(text, "nonempty:", 9) == 0;
    if (*nonempty)
        return text + 9;
    return strncmp(text, "exists:", 7) == 0 ? text + 7 : NULL;
}

int expect_parse(const char *text, struct err *err)
{
    struct expectation e;
    bool nonempty;
    const char *path = path_of(text, &nonempty);

    if (!path)
        return parse(text, &e, err);
    if (!*path)
        return err_set(err, EINVAL, "a path after the colon", ERR_CORRECT_AND_RETRY, "no path");
    return 0;
}

static bool holds(double actual, const char *op, double value)
{
    if (strcmp(op, "<") == 0)
        return actual < value;
    if (strcmp(op, "<=") == 0)
        return actual <= value;
    if (strcmp(op, ">") == 0)
        return actual > value;
    if (strcmp(op, ">=") == 0)
        return actual >= value;
    return (actual == value) == (op[0] == '=');
}

static bool check_path(const char *path, bool nonempty, char *actual, size_t size)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        snprintf(actual, size, "%s", strerror(errno));
        return false;
    }
    snprintf(actual, size, "%lld bytes", (long long)st.st_size);
    return !nonempty || (S_ISREG(st.st_mode) && st.st_size > 0);
}

int expect_evaluate(struct record *r, const char *text, struct err *err)
{
    struct expectation e = {.op = "=="};
    bool nonempty, held = false;
    const char *path = path_of(text, &nonempty);
    char actual[160];

    if (path) {
        held = check_path(path, nonempty, actual, sizeof(actual));
    } else {
        int code = parse(text, &e, err);
        const struct metric_value *m;
        struct metric_value exit_code;

        if (code < 0)
            return code;
        exit_code = (struct metric_value){.available = r->verdict.exit_code >= 0,
                                          .value = r->verdict.exit_code,
                                          .why = "it did not exit by itself"};
        m = e.exit_code ? &exit_code : &r->metric[e.metric];
        held = m->available && holds(m->value, e.op, e.value);
        if (m->available)
            snprintf(actual, sizeof(actual), "%.15g", m->value);
        else
            snprintf(actual, sizeof(actual), "unavailable: %s", m->why);
    }
    if (record_add_expect(r, text, held, actual) < 0)
        return err_oom(err);
    return held;
}
