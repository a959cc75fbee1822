/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/processors.h"

#include <stdlib.h>

/* Takes one range off the list; false at its end. */
static bool next_range(const char **list, unsigned long *from, unsigned long *to)
{
    char *end;

    if (**list < '0' || **list > '9')
        return false;
    *from = *to = strtoul(*list, &end, 10);
    if (*end == '-')
        *to = strtoul(end + 1, &end, 10);
    *list = end + (*end == ',');
    return true;
}

/* The first processor from `at` on that the list does not hold. */
static unsigned long first_gap(const char *list, unsigned long at)
{
    unsigned long from, to;

    while (next_range(&list, &from, &to)) /* in ascending order */
        if (from <= at && at <= to)
            at = to + 1;
    return at;
}

bool processors_within(const char *list, const char *of, unsigned long *missing)
{
    unsigned long from, to;

    while (next_range(&list, &from, &to)) {
        *missing = first_gap(of, from);
        if (*missing <= to)
            return false;
    }
    return true;
}
