/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn HOW COUNT MS: makes COUNT children, each of which uses MS milliseconds of CPU time and
 * exits. fork      two at a time, each waited for vfork     one at a time unwaited  all at once,
 * none waited for; it ends when they have ended ignored   one after the other, SIGCHLD ignored: the
 * kernel reaps them failing   as fork, and each exits 3
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/system/jobs/work.h"

static double seconds;

static pid_t child(int status)
{
    pid_t pid = fork();

    if (pid < 0)
        exit(9);
    if (pid == 0) {
        work_burn(seconds);
        _exit(status);
    }
    return pid;
}

static void in_pairs(int count, int status)
{
    int running = 0;

    for (int i = 0; i < count; i++) {
        child(status);
        if (++running == 2) {
            wait(NULL);
            running--;
        }
    }
    while (wait(NULL) > 0)
        ;
}

/* The child borrows its parent's memory and stack: it may call, never return. */
static void one_by_vfork(void)
{
    pid_t pid = vfork();

    if (pid == 0) {
        work_burn(seconds);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) < 0)
        exit(9);
}

static void by_vfork(int count)
{
    for (int i = 0; i < count; i++)
        one_by_vfork();
}

/* Every child holds the pipe's other end, so its end of file tells that the last has ended. */
static void unwaited(int count)
{
    int ends[2];
    char byte;

    if (pipe(ends) < 0)
        exit(9);
    for (int i = 0; i < count; i++)
        child(0);
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 0)
        exit(9);
}

static void ignored(int count)
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < count; i++) {
        child(0);
        if (i % 2)
            while (wait(NULL) > 0)
                ;
    }
    while (wait(NULL) > 0)
        ;
}

int main(int argc, char **argv)
{
    const char *how = work_arg(argc, argv, 1, "fork");
    int count = atoi(work_arg(argc, argv, 2, "1"));

    seconds = strtod(work_arg(argc, argv, 3, "1"), NULL) / 1000;
    if (strcmp(how, "fork") == 0)
        in_pairs(count, 0);
    else if (strcmp(how, "failing") == 0)
        in_pairs(count, 3);
    else if (strcmp(how, "vfork") == 0)
        by_vfork(count);
    else if (strcmp(how, "unwaited") == 0)
        unwaited(count);
    else if (strcmp(how, "ignored") == 0)
        ignored(count);
    else
        return 9;
    return 0;
}
