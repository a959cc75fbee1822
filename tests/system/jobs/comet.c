/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * comet SECONDS: for that long each process of it makes another and ends at once, so that nobody
 * meets the same one twice. The first waits.
 */
#include <signal.h>
#include <time.h>

#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    double seconds = strtod(work_arg(argc, argv, 1, "1"), NULL);
    struct timespec t;
    double until;

    signal(SIGTERM, SIG_IGN);
    clock_gettime(CLOCK_MONOTONIC, &t);
    until = (double)t.tv_sec + seconds;
    if (fork() != 0)
        for (;;)
            pause();
    do {
        if (fork() != 0)
            _exit(0);
        clock_gettime(CLOCK_MONOTONIC, &t);
    } while ((double)t.tv_sec < until);
    return 0;
}
