/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runner/base/clock.h"

/* What a value may be at most: exactly representable, and far from the two reserved ones. */
#define VALUE_MAX 9.2e18

static bool is_infinity(const char *text)
{
    return strcmp(text, "max") == 0 || strcmp(text, "infinity") == 0;
}

/* A decimal without sign, exponent, hex or leading blank, all of which strtod would take. */
static const char *scan_decimal(const char *text, double *ret)
{
    size_t digits = strspn(text, "0123456789"), n = digits;
    char copy[48];

    if (text[n] == '.') {
        size_t fraction = strspn(text + n + 1, "0123456789");

        if (fraction == 0)
            return NULL;
        n += 1 + fraction;
    }
    if (digits == 0 || n >= sizeof(copy))
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *ret = strtod(copy, NULL);
    return text + n;
}

int units_parse_number(const char *text, uint64_t *ret)
{
    char *end;

    if (is_infinity(text)) {
        *ret = UNITS_INFINITY;
        return 0;
    }
    if (!isdigit((unsigned char)text[0]))
        return -EINVAL;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    if (*end)
        return -EINVAL;
    return errno || *ret >= UNITS_INFINITY ? -ERANGE : 0;
}

int units_parse_signed(const char *text, int64_t *ret)
{
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    char *end;

    if (!isdigit((unsigned char)digits[0]))
        return -EINVAL;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    if (*end)
        return -EINVAL;
    return errno ? -ERANGE : 0;
}

static int store(double value, uint64_t *ret)
{
    if (value > VALUE_MAX)
        return -ERANGE;
    *ret = (uint64_t)llround(value);
    return 0;
}

int units_parse_size(const char *text, uint64_t *ret)
{
    static const char prefixes[] = "KMGTPE";
    double value, factor = 1;
    const char *at, *prefix;

    if (is_infinity(text)) {
        *ret = UNITS_INFINITY;
        return 0;
    }
    at = scan_decimal(text, &value);
    if (!at)
        return -EINVAL;
    prefix = *at ? strchr(prefixes, toupper((unsigned char)*at)) : NULL;
    if (prefix && *prefix) {
        factor = ldexp(1, 10 * (int)(prefix - prefixes + 1));
        at++;
        if (*at == 'i' && (at[1] == 'B' || at[1] == '\0'))
            at++;
    }
    if (*at == 'B')
        at++;
    if (*at)
        return -EINVAL;
    return store(value * factor, ret);
}

static const struct {
    const char *name;
    double seconds;
} time_units[] = {
    {"ns", 1e-9},      {"us", 1e-6},   {"ms", 1e-3},    {"sec", 1},     {"second", 1},
    {"seconds", 1},    {"s", 1},       {"min", 60},     {"minute", 60}, {"minutes", 60},
    {"m", 60},         {"hour", 3600}, {"hours", 3600}, {"hr", 3600},   {"h", 3600},
    {"days", 86400},   {"day", 86400}, {"d", 86400},    {"w", 604800},  {"week", 604800},
    {"weeks", 604800},
};

static const char *scan_time_unit(const char *at, double *factor)
{
    size_t n = 0;

    while (isalpha((unsigned char)at[n]))
        n++;
    *factor = 1;
    if (n == 0)
        return at;
    for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++)
        if (strlen(time_units[i].name) == n && strncmp(at, time_units[i].name, n) == 0) {
            *factor = time_units[i].seconds;
            return at + n;
        }
    return NULL;
}

int units_parse_duration(const char *text, uint64_t *ret)
{
    double total = 0;

    if (is_infinity(text)) {
        *ret = UNITS_INFINITY;
        return 0;
    }
    do {
        double value, factor;

        text = scan_decimal(text, &value);
        if (!text)
            return -EINVAL;
        text += *text == ' ' && isalpha((unsigned char)text[1]);
        text = scan_time_unit(text, &factor);
        if (!text)
            return -EINVAL;
        total += value * factor;
        text += strspn(text, " ");
    } while (*text);
    return store(total * NS_PER_S, ret);
}

int units_parse_percent(const char *text, uint64_t *ret)
{
    const char *end;
    double value;

    if (is_infinity(text)) {
        *ret = UNITS_INFINITY;
        return 0;
    }
    end = scan_decimal(text, &value);
    if (!end || strcmp(end, "%") != 0)
        return -EINVAL;
    return store(value * 100, ret);
}

/* Three significant figures, without a fraction that says nothing. */
static int figures(char *buf, size_t size, double value)
{
    int n = snprintf(buf, size, "%.*f", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value);

    if (n < 0 || (size_t)n >= size || !strchr(buf, '.'))
        return n;
    while (buf[n - 1] == '0')
        n--;
    n -= buf[n - 1] == '.';
    buf[n] = '\0';
    return n;
}

static const char *scaled(double value, double base, const char *const *names, size_t count,
                          char *buf, size_t size)
{
    size_t i = 0;
    int n;

    while (value >= base * 0.99995 && i + 1 < count) {
        value /= base;
        i++;
    }
    n = figures(buf, size, value);
    if (n > 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, "%s", names[i]);
    return buf;
}

const char *units_size(double bytes, char *buf, size_t size)
{
    static const char *const names[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};

    return scaled(bytes, 1024, names, sizeof(names) / sizeof(names[0]), buf, size);
}

const char *units_count(double count, char *buf, size_t size)
{
    static const char *const names[] = {"", "k", "M", "G", "T"};

    if (count < 1e6) {
        snprintf(buf, size, "%.0f", count);
        return buf;
    }
    return scaled(count, 1000, names, sizeof(names) / sizeof(names[0]), buf, size);
}

const char *units_duration(double seconds, char *buf, size_t size)
{
    static const char *const names[] = {"us", "ms"};
    uint64_t whole = (uint64_t)llround(seconds);

    if (seconds <= 0)
        snprintf(buf, size, "0s");
    else if (seconds < 0.9995)
        return scaled(seconds * 1e6, 1000, names, 2, buf, size);
    else if (seconds < 59.95)
        snprintf(buf + figures(buf, size, seconds), 2, "s");
    else if (whole < 3600)
        snprintf(buf, size, "%um%02us", (unsigned)(whole / 60), (unsigned)(whole % 60));
    else
        snprintf(buf, size, "%uh%02um%02us", (unsigned)(whole / 3600), (unsigned)(whole / 60 % 60),
                 (unsigned)(whole % 60));
    return buf;
}
