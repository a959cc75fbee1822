/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job that waits is better than one that is refused, as long as somebody may still be alive who
 * wants it. The supervisor's signals are blocked, so one that says otherwise is seen as pending; it
 * stays so, for who reads it.
 */
#include "runner/store/busy.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "runner/base/clock.h"
#include "runner/base/files.h"

#define PATIENCE_NS (15000 * NS_PER_MS)
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

    if (tries == 0)
        b->from_ns = monotonic_ns();
    b->ended = b->patience == BUSY_UNTIL_SIGNAL && told_to_end();
    if (b->ended || b->patience == BUSY_NOT || monotonic_ns() - b->from_ns > PATIENCE_NS)
        return 0;
    nanosleep(&delay, NULL);
    return 1;
}
