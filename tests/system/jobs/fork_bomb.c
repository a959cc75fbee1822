/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fork_bomb: every process of it makes more, for ever. To be run under a tasks limit only. */
#include <signal.h>

#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--yes-under-a-limit") != 0)
        return 9;
    signal(SIGTERM, SIG_IGN);
    for (;;)
        if (fork() < 0)
            work_sleep(0.005);
}
