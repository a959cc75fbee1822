/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold MIB [exec|spawn COMMAND ARG...]: has MIB MiB resident and exits; with `exec`, then becomes
 * the command; with `spawn`, first runs the command as a child, forked from the large process.
 */
#include <sys/wait.h>

#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    const char *then = work_arg(argc, argv, 2, "");

    work_hold(strtoul(work_arg(argc, argv, 1, "1"), NULL, 10));
    if (argc < 4)
        return 0;
    if (strcmp(then, "spawn") == 0 && fork() != 0)
        return wait(NULL) > 0 ? 0 : 9;
    execv(argv[3], argv + 3);
    _exit(9);
}
