/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daemon_burn SECONDS: becomes a daemon by a double fork; the daemon uses that much CPU time. */
#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    if (fork() != 0)
        return 0;
    setsid();
    if (fork() != 0)
        return 0;
    work_sleep(0.05); /* its ancestors have ended by now */
    work_burn(strtod(work_arg(argc, argv, 1, "0.5"), NULL));
    return 0;
}
