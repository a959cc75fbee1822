/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads MODE COUNT SECONDS: COUNT threads use SECONDS of CPU time each.
 *   burn    the leader waits for them and exits
 *   leader  the leader ends at once, before its threads
 *   storm   COUNT threads that do nothing, made and joined by two others as fast as they can
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

static void *idle(void *data)
{
    return data;
}

static void *make_many(void *data)
{
    pthread_t thread;

    for (int i = *(int *)data; i > 0; i--)
        if (pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_join(thread, NULL) != 0)
            _exit(9);
    return NULL;
}

static int storm(int count)
{
    pthread_t maker[2];
    int half = (count - 2) / 2;

    for (int i = 0; i < 2; i++)
        if (pthread_create(&maker[i], NULL, make_many, &half) != 0)
            return 9;
    for (int i = 0; i < 2; i++)
        pthread_join(maker[i], NULL);
    return 0;
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
    if (strcmp(mode, "storm") == 0)
        return storm(count);
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
