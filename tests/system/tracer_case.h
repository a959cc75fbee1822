/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the tracer share: a tracer with pins of its own, and jobs that are a cgroup, a
 * child born in it, and the records that come back. Without cgrun around it, so that what the
 * kernel side says of a process can be held against what the process did.
 */
#ifndef CGRUN_TESTS_SYSTEM_TRACER_CASE_H
#define CGRUN_TESTS_SYSTEM_TRACER_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "bpf/tracer.h"

#define MIB (1024.0 * 1024.0)

/* Group fixtures. The teardown kills and removes what a failed test has left, and all pins. */
int tracer_case_setup(void **state);
int tracer_case_teardown(void **state);

extern struct tracer *tracer_case_tracer; /* open in between */
extern char tracer_case_pins[64];         /* its pin directory */

#define TRACER_CASES(name, tests)                                                                  \
    cmocka_run_group_tests_name(name, tests, tracer_case_setup, tracer_case_teardown)

/* One traced job. */
struct traced {
    struct tracer_job job;
    char path[256]; /* its cgroup */
    struct job_report *report;
    size_t count, size;
    struct job_totals totals; /* from the finish */
};

/* Makes the cgroup and registers it. `inside`: NULL, or the job that it lies in. */
void traced_begin(struct traced *t, const char *name, const struct traced *inside);

/* A child born in the cgroup, which calls fn and exits with what that returns. */
pid_t traced_spawn(const struct traced *t, int (*fn)(void *data), void *data);

/* Waits for the child; returns its status as wait(2) has it. */
int traced_wait(pid_t pid);

/* Waits until the cgroup is empty, then takes everything that was recorded. */
void traced_finish(struct traced *t);

/* Forgets the job, removes the cgroup. */
void traced_end(struct traced *t);

/* Begin, one child, wait, finish. Returns the child's status. */
int traced_run(struct traced *t, const char *name, int (*fn)(void *data), void *data);

/* Fetches what waits, as a supervisor does now and then. */
void traced_poll(struct traced *t);

/* The n-th report of that command; fails the test if there is none. */
const struct job_report *traced_report(const struct traced *t, const char *comm, unsigned n);
const struct job_report *traced_pid(const struct traced *t, pid_t pid);

/* Seconds in cpu.stat of the job's cgroup. */
double traced_cgroup_cpu(const struct traced *t);

/* Fails the test, with the figures, unless low <= value <= high. */
void expect_within(const char *what, double value, double low, double high);

/* Burns that much CPU time of the calling thread. */
void burn(double seconds);

#endif
