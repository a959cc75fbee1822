/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of cgrun beside the number of processes that it has counted and kept. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

int main(void)
{
    static const char *const counts[] = {"1000", "10000", "100000", "1000000"};
    const char *jobs = getenv("CGRUN_JOBS");
    char spawn[600];

    if (!jobs)
        return 1;
    snprintf(spawn, sizeof(spawn), "%s/spawn", jobs);
    bench_begin();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const char *const argv[] = {
            bench_cgrun(), "--trace=exits", "--policy=none", "--ledger=full", "--summary=never",
            "--",          spawn,           "fork",          counts[i],       "0",
            NULL};
        struct rusage before, after;
        double seconds;
        int status;
        pid_t pid = fork();

        /* A process between, so that the largest of its children is this one cgrun. */
        if (pid == 0) {
            getrusage(RUSAGE_CHILDREN, &before);
            seconds = bench_spawn(argv, -1, &status);
            getrusage(RUSAGE_CHILDREN, &after);
            printf("%10s processes: %6.1f MiB, %.1f s%s\n", counts[i],
                   (double)after.ru_maxrss / 1024, seconds, status ? ", FAILED" : "");
            fflush(stdout);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    bench_end();
    return 0;
}
