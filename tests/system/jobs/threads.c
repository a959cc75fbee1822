/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads MODE COUNT SECONDS: COUNT threads use SECONDS of CPU time each.
 *   burn    the leader waits for them and exits
 *   leader  the leader ends at once, before its threads
 *   exec    the first thread turns the whole process into `burn SECONDS`, named by the 4th argument
 */
#include <pthread.h>

#include "tests/system/jobs/work.h"

static double seconds;
static char *burn_argv[3];

static void *work(void *data)
{
    (void)data;
    work_burn(seconds);
    return NULL;
}

static void *become_burn(void *data)
{
    (void)data;
    work_burn(seconds);
    execv(burn_argv[0], burn_argv);
    _exit(9);
}

int main(int argc, char **argv)
{
    const char *mode = work_arg(argc, argv, 1, "burn");
    int count = atoi(work_arg(argc, argv, 2, "2"));
    pthread_t thread[64];

    seconds = strtod(work_arg(argc, argv, 3, "0.1"), NULL);
    if (argc > 4) {
        burn_argv[0] = argv[4];
        burn_argv[1] = argv[3];
    }
    if (count < 1 || count > 64)
        return 9;
    for (int i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL,
                           i == 0 && strcmp(mode, "exec") == 0 ? become_burn : work, NULL) != 0)
            return 9;
    if (strcmp(mode, "leader") == 0)
        pthread_exit(NULL);
    for (int i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
