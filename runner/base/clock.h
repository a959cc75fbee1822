/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's clocks in nanoseconds. */
#ifndef CGRUN_BASE_CLOCK_H
#define CGRUN_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

static inline int64_t timespec_ns(const struct timespec *t)
{
    return t->tv_sec * NS_PER_S + t->tv_nsec;
}

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return timespec_ns(&t);
}

static inline int64_t monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static inline int64_t realtime_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

#endif
