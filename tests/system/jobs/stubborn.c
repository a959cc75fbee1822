/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stubborn COUNT: COUNT processes, itself among them, that ignore what asks them to end. */
#include <signal.h>

#include "tests/system/jobs/work.h"

int main(int argc, char **argv)
{
    int count = atoi(work_arg(argc, argv, 1, "1"));

    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (int i = 1; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 9;
        if (pid == 0) {
            setsid();
            for (;;)
                pause();
        }
    }
    work_say("ready");
    for (;;)
        pause();
}
