/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/caller_limits.h"

#include <errno.h>
#include <stddef.h>

/* What the supervisor wants at least. */
static const struct {
    int resource;
    rlim_t wanted;
} rows[CALLER_LIMITS] = {
    {RLIMIT_FSIZE, RLIM_INFINITY}, /* the database may be larger than the command's files */
    {RLIMIT_CPU, RLIM_INFINITY},   /* it may run for months */
    {RLIMIT_NOFILE, 1024},
};

void caller_limits_lift(struct caller_limits *ret)
{
    for (size_t i = 0; i < CALLER_LIMITS; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)rows[i].resource;
        rlim_t wanted = rows[i].wanted;
        struct rlimit *old = &ret->old[i], raised;

        ret->lifted[i] = false;
        if (getrlimit(resource, old) < 0 || old->rlim_cur >= wanted) /* infinity is the largest */
            continue;
        raised.rlim_cur = wanted;
        raised.rlim_max = old->rlim_max > wanted ? old->rlim_max : wanted;
        ret->lifted[i] = setrlimit(resource, &raised) == 0;
        if (ret->lifted[i])
            continue;
        raised.rlim_cur = raised.rlim_max = old->rlim_max;
        ret->lifted[i] = setrlimit(resource, &raised) == 0;
    }
}

int caller_limits_restore(const struct caller_limits *limits)
{
    for (size_t i = 0; i < CALLER_LIMITS; i++)
        if (limits->lifted[i] &&
            setrlimit((__rlimit_resource_t)rows[i].resource, &limits->old[i]) < 0)
            return errno;
    return 0;
}
