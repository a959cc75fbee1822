/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the jobs of the system tests have in common: work whose amount is known in advance. */
#ifndef CGRUN_TESTS_SYSTEM_JOBS_WORK_H
#define CGRUN_TESTS_SYSTEM_JOBS_WORK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024UL * 1024)

static inline double work_clock(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Uses that much processor time in the calling thread. */
static inline void work_burn(double seconds)
{
    double end = work_clock(CLOCK_THREAD_CPUTIME_ID) + seconds;

    while (work_clock(CLOCK_THREAD_CPUTIME_ID) < end)
        for (volatile int i = 0; i < 2000; i++)
            ;
}

static inline void work_sleep(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds};

    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

/* Has that many MiB resident until the process ends. Dies if it can't. */
static inline void work_hold(unsigned long mib)
{
    char *p = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        perror("mmap");
        exit(9);
    }
    memset(p, 1, mib * MIB);
}

/* A line that is out at once, however the job ends afterwards. */
static inline void work_say(const char *line)
{
    char text[256];
    int n = snprintf(text, sizeof(text), "%s\n", line);

    if (write(STDOUT_FILENO, text, (size_t)n) != n)
        exit(9);
}

static inline const char *work_arg(int argc, char **argv, int index, const char *otherwise)
{
    return argc > index ? argv[index] : otherwise;
}

#endif
