/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's signals are blocked, so one that ends it is seen as pending; it stays so, for
 * who reads it.
 */
#include "runner/store/busy.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "runner/base/clock.h"

/* Most hold it for less than a millisecond. */
#define QUICK_TRIES    20
#define QUICK_DELAY_NS (1 * NS_PER_MS)
#define DELAY_NS       (25 * NS_PER_MS)

static bool told_to_end(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    sigset_t pending;

    if (sigpending(&pending) < 0)
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (sigismember(&pending, ends[i]) == 1)
            return true;
    return false;
}

int busy_wait(void *data, int tries)
{
    struct busy *b = data;
    struct timespec delay = {.tv_nsec = tries < QUICK_TRIES ? QUICK_DELAY_NS : DELAY_NS};

    if (tries == 0 && b->each_ns)
        b->until_ns = monotonic_ns() + b->each_ns;
    b->ended = b->heed_signals && told_to_end();
    if (b->ended || monotonic_ns() > b->until_ns)
        return 0;
    nanosleep(&delay, NULL);
    return 1;
}
