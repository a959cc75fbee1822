/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runner/base/clock.h"

/*
 * The civil date of a day, counted from 1970-01-01. By arithmetic, because gmtime(3) reads the time
 * zone's file first, even for UTC. Years begin in March here, so that the leap day is a year's
 * last.
 */
static void civil_date(int64_t day, int *year, unsigned *month, unsigned *of_month)
{
    int64_t shifted = day + 719468; /* from 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    unsigned of_era = (unsigned)(shifted - era * 146097);
    unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
    unsigned m = (5 * of_year + 2) / 153;

    *of_month = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int)(era * 400 + y + (*month <= 2));
}

const char *timestamp_format(int64_t ns, char *buf, size_t size)
{
    int64_t seconds = ns / NS_PER_S - (ns % NS_PER_S < 0), fraction = ns - seconds * NS_PER_S;
    int64_t day = seconds / 86400 - (seconds % 86400 < 0);
    unsigned of_day = (unsigned)(seconds - day * 86400), month, of_month;
    int year;

    civil_date(day, &year, &month, &of_month);
    snprintf(buf, size, "%04d-%02u-%02uT%02u:%02u:%02u.%09lldZ", year, month, of_month,
             of_day / 3600, of_day / 60 % 60, of_day % 60, (long long)fraction);
    return buf;
}

static const char *parse_fraction(const char *at, int64_t *ns)
{
    int64_t unit = NS_PER_S / 10;

    *ns = 0;
    if (*at != '.')
        return at;
    for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
        *ns += (*at - '0') * unit;
    return at;
}

const char *timestamp_format_local(int64_t ns, char *buf, size_t size)
{
    time_t seconds = (time_t)(ns / NS_PER_S - (ns % NS_PER_S < 0));
    struct tm tm;

    if (!localtime_r(&seconds, &tm) || strftime(buf, size, "%Y-%m-%d %H:%M:%S %z", &tm) == 0)
        return timestamp_format(ns, buf, size);
    return buf;
}

/* The rest of a text from its first character that is no part of the date and time. */
static const char *parse_civil(const char *text, struct tm *tm, int64_t *fraction)
{
    const char *at = strptime(text, "%Y-%m-%d", tm);

    *fraction = 0;
    if (!at || (*at != 'T' && *at != ' '))
        return at;
    at = strptime(at + 1, "%H:%M:%S", tm);
    return at ? parse_fraction(at, fraction) : NULL;
}

static int nanoseconds(int64_t seconds, int64_t fraction, int64_t *ret)
{
    if (__builtin_mul_overflow(seconds, NS_PER_S, ret) ||
        __builtin_add_overflow(*ret, fraction, ret))
        return -EINVAL; /* beyond 1677 and 2262 */
    return 0;
}

int timestamp_parse(const char *text, int64_t *ret)
{
    struct tm tm = {0};
    int64_t fraction;
    const char *at = parse_civil(text, &tm, &fraction);

    if (!at || strcmp(*at == 'Z' ? at + 1 : at, "") != 0)
        return -EINVAL;
    return nanoseconds(timegm(&tm), fraction, ret);
}

static bool is_digits(const char *at, int count)
{
    for (int i = 0; i < count; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return true;
}

/* "+01:00" or "+0100", in seconds. */
static int parse_offset(const char *at, int64_t *ret)
{
    int sign = *at == '-' ? -1 : 1, hours, minutes;
    const char *rest;

    if ((*at != '+' && *at != '-') || !is_digits(at + 1, 2))
        return -EINVAL;
    rest = at[3] == ':' ? at + 4 : at + 3;
    if (!is_digits(rest, 2) || rest[2])
        return -EINVAL;
    hours = (at[1] - '0') * 10 + at[2] - '0';
    minutes = (rest[0] - '0') * 10 + rest[1] - '0';
    *ret = sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60 ? 0 : -EINVAL;
}

int timestamp_parse_local(const char *text, int64_t *ret)
{
    struct tm tm = {.tm_isdst = -1};
    int64_t fraction, offset = 0;
    const char *at = parse_civil(text, &tm, &fraction);

    if (!at)
        return -EINVAL;
    if (!*at)
        return nanoseconds(mktime(&tm), fraction, ret);
    at += *at == ' ';
    if (strcmp(at, "Z") != 0 && parse_offset(at, &offset) < 0)
        return -EINVAL;
    return nanoseconds(timegm(&tm) - offset, fraction, ret);
}
