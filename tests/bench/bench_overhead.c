/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What being a job costs while it runs: 2,000 processes, counted, uncounted, and without cgrun. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

#define ROUNDS 15

static const char storm[] = "i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i+1)); done";

static struct bench_runner runners[] = {
    {.name = "without cgrun", .argv = {"/bin/sh", "-c", storm}},
    {.name = "uncounted, no policy",
     .argv = {NULL, "--trace=none", "--policy=none", "--summary=never", "--", "/bin/sh", "-c",
              storm}},
    {.name = "counted, no policy",
     .argv = {NULL, "--trace=exits", "--policy=none", "--summary=never", "--", "/bin/sh", "-c",
              storm}},
    {.name = "counted, policy batch",
     .argv = {NULL, "--trace=exits", "--summary=never", "--", "/bin/sh", "-c", storm}},
};

#define RUNNERS (sizeof(runners) / sizeof(runners[0]))

int main(void)
{
    double plain;
    int status;

    bench_begin();
    for (size_t i = 1; i < RUNNERS; i++) {
        runners[i].argv[0] = bench_cgrun();
        bench_try(&runners[i]);
    }
    for (size_t k = 0; k < ROUNDS * RUNNERS; k++) {
        struct bench_runner *r = &runners[(k + k / RUNNERS) % RUNNERS];
        double seconds;

        if (r->why_not[0])
            continue;
        seconds = bench_spawn(r->argv, -1, &status);
        if (status == 0)
            r->sample[r->samples++] = seconds;
    }
    plain = bench_median(runners[0].sample, runners[0].samples);
    printf("2,000 short processes: %.2f s without cgrun\n", plain);
    for (size_t i = 1; i < RUNNERS; i++)
        if (runners[i].why_not[0])
            printf("  %-24s not run: %s\n", runners[i].name, runners[i].why_not);
        else
            printf("  %-24s %.3f times that\n", runners[i].name,
                   bench_median(runners[i].sample, runners[i].samples) / plain);
    bench_end();
    return 0;
}
