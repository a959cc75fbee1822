/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's signals are blocked, so one that ends it is seen as pending; it stays so, for
 * who reads it.
 */
#include "runner/store/busy.h"

#include <stddef.h>
#include <time.h>

#include "runner/base/clock.h"
#include "runner/base/opening.h"

/* Most hold it for less than a millisecond. */
#define QUICK_TRIES    20
#define QUICK_DELAY_NS (1 * NS_PER_MS)
#define DELAY_NS       (25 * NS_PER_MS)

int busy_wait(void *data, int tries)
{
    struct busy *b = data;
    struct timespec delay = {.tv_nsec = tries < QUICK_TRIES ? QUICK_DELAY_NS : DELAY_NS};

    if (tries == 0 && b->each_ns)
        b->until_ns = monotonic_ns() + b->each_ns;
    b->ended = b->heed_signals && ending_is_pending();
    if (b->ended || monotonic_ns() > b->until_ns)
        return 0;
    nanosleep(&delay, NULL);
    return 1;
}
