/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/timestamp.h"

#include <errno.h>
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

int timestamp_parse(const char *text, int64_t *ret)
{
    struct tm tm = {0};
    const char *at = strptime(text, "%Y-%m-%d", &tm);
    int64_t fraction = 0;

    if (!at)
        return -EINVAL;
    if (*at == 'T' || *at == ' ') {
        at = strptime(at + 1, "%H:%M:%S", &tm);
        if (!at)
            return -EINVAL;
        at = parse_fraction(at, &fraction);
    }
    if (*at == 'Z')
        at++;
    if (*at)
        return -EINVAL;
    if (__builtin_mul_overflow((int64_t)timegm(&tm), NS_PER_S, ret) ||
        __builtin_add_overflow(*ret, fraction, ret))
        return -EINVAL; /* beyond 1677 and 2262 */
    return 0;
}
