/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a job of 400 processes that ignore SIGTERM lives beyond its time limit and grace: from
 * the kill to cgrun's end, record included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

#define PROCESSES     400
#define TIMES         9
#define LIMIT_SECONDS 1.0

int main(void)
{
    char script[256];
    double late[TIMES], median;
    const char *argv[] = {
        NULL, "--timeout=1s", "--kill-after=0", "--summary=never", "--", "/bin/sh", "-c", script,
        NULL};
    int status;

    bench_begin();
    argv[0] = bench_cgrun();
    snprintf(script, sizeof(script),
             "trap '' TERM; i=1; while [ $i -lt %d ]; do sleep 1000 & i=$((i+1)); done; sleep 1000",
             PROCESSES);
    for (int i = 0; i < TIMES; i++) {
        late[i] = bench_spawn(argv, -1, &status) - LIMIT_SECONDS;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 124)
            printf("  run %d: wait status %d, expected exit 124\n", i, status);
    }
    median = bench_median(late, TIMES);
    printf("%d processes that ignore SIGTERM: cgrun's end %.0f ms after the limit (median of %d, "
           "largest %.0f ms; launch and record included)\n",
           PROCESSES, median * 1e3, TIMES, late[TIMES - 1] * 1e3);
    bench_end();
    return 0;
}
