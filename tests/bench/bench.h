/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What benchmarks share: a scratch place, timed spawns, medians. They print ratios and never judge.
 */
#ifndef CGRUN_TESTS_BENCH_H
#define CGRUN_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_WORDS  40
#define BENCH_ROUNDS 1000

/* One way to run a command. */
struct bench_runner {
    const char *name;
    const char *argv[BENCH_WORDS];
    char why_not[200]; /* why it was not run; empty: it was */
    double sample[BENCH_ROUNDS];
    size_t samples;
};

/*
 * Makes a scratch directory, which becomes the working directory, so that no repository is above
 * it, and a database and run directory of its own for cgrun, which bench_end() takes down.
 */
void bench_begin(void);
void bench_end(void);

/* Of the programs that were just built. Static storage. */
const char *bench_cgrun(void);
const char *bench_cgjob(void);
const char *bench_scratch(void);

/*
 * Spawns argv with standard streams on /dev/null, waits, and returns the seconds that took.
 * `status` is wait(2)'s. With `errors`, standard error goes to that descriptor.
 */
double bench_spawn(const char *const *argv, int errors, int *status);

/* Runs it once; where that fails, why_not is the first line it printed. */
void bench_try(struct bench_runner *r);

double bench_now(void);

/* Sorts the samples. */
double bench_median(double *sample, size_t count);

#endif
