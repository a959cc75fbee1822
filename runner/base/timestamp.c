/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL

const char *timestamp_format(int64_t ns, char *buf, size_t size)
{
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm tm;
    char date[32];

    gmtime_r(&seconds, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(buf, size, "%s.%09lldZ", date, (long long)(ns % NS_PER_S));
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
    *ret = (int64_t)timegm(&tm) * NS_PER_S + fraction;
    return 0;
}
