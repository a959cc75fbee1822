/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the system tests share: each test program has a database, a run directory and a cache of its
 * own in a temporary directory, runs build/cgrun and build/cgjob as a user would, and reads back
 * the records. A helper that finds something wrong fails the running test and says what the program
 * that was run had printed.
 *
 * $CGRUN, $CGJOB and $CGRUN_JOBS name the programs and the directory of the jobs.
 */
#ifndef CGRUN_TESTS_SYSTEM_HARNESS_H
#define CGRUN_TESTS_SYSTEM_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "runner/base/json.h"

/* --- the test program ------------------------------------------------------------------------ */

/* Group fixtures: make the temporary directory; detach tracing, unmount and remove it. */
int harness_setup(void **state);
int harness_teardown(void **state);

/* The last test of every program: its jobs left no cgroup, no process and no mount. */
void nothing_is_left(void **state);

#define HARNESS_RUN(name, tests)                                                                   \
    cmocka_run_group_tests_name(name, tests, harness_setup, harness_teardown)

/* The path of a job program, and of a file in the temporary directory. Valid for some calls. */
const char *job(const char *name);
const char *scratch(const char *name);

/* Stops the running test with a message, after the messages of what led to it. */
void fail_test(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* --- running programs ------------------------------------------------------------------------ */

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct run {
    /* May be set before the start. */
    const char *input;         /* a path for standard input; NULL: /dev/null */
    void (*before_exec)(void); /* in the child, after its streams are set up */
    bool no_json;              /* cgrun_start() adds no --json */

    /* From the start. */
    char command[2048]; /* as a person would type it, for messages */
    pid_t pid;
    char out_path[256], err_path[256], json_path[256];
    double started; /* seconds, CLOCK_MONOTONIC */

    /* From the end. */
    int status; /* as a shell has it in $? */
    double seconds;
    char *out, *err;     /* what it printed, NUL-terminated */
    struct json *record; /* what cgrun wrote, NULL if nothing */
};

/* Zero `run`, set what is to be set, start, wait; run_free() at the end. */
void run_start(struct run *run, const char *const *argv);
/* cgrun with these arguments, its record to be read. */
void cgrun_start(struct run *run, const char *const *args);
/* Until it has ended; fails the test after a minute. */
void run_wait(struct run *run);
/* The same, for a whole second at most: true if it ended. */
bool run_ended_within(struct run *run, double seconds);
void run_free(struct run *run);
#define _cleanup_run_ __attribute__((cleanup(run_free)))

/* Start and wait. */
void cgrun(struct run *run, const char *const *args);
void cgjob(struct run *run, const char *const *args);
/* What a verb prints with --json, parsed; fails the test if it is not JSON. To be freed. */
struct json *cgjob_json(const char *const *args);

/* Waits until the running program's standard output holds the text, ten seconds at most. */
void await_output(const struct run *run, const char *text);
/* How often the text stands in what was printed. */
unsigned count_text(const char *printed, const char *text);
/* Living processes that were started by this run, itself not counted; their pids. */
unsigned run_processes(const struct run *run);
unsigned run_pids(const struct run *run, pid_t *pids, unsigned size);
/* What takes these seconds on the machine the tests were written on, with room: longer on slow
 * ones. */
double slack(double seconds);
/*
 * The same for processor time that is measured: of a guest, whose clock goes on while its host does
 * something else, as much more as $CGRUN_TEST_UNEVEN says; that is unevenness(), else 1.
 */
double cpu_slack(double seconds);
double unevenness(void);
double now_seconds(void); /* CLOCK_MONOTONIC */
void sleep_seconds(double seconds);

/* --- what it should have been ---------------------------------------------------------------- */

void expect_status(const struct run *run, int status);
void expect_verdict(const struct run *run, const char *kind);
void expect_out(const struct run *run, const char *text);
void expect_no_out(const struct run *run, const char *text);
void expect_err(const struct run *run, const char *text);
/* |value - truth| <= tolerance, all in the unit of `what`. */
void expect_near(const struct run *run, const char *what, double value, double truth,
                 double tolerance);
void expect_between(const struct run *run, const char *what, double value, double low, double high);
/* An event of that kind whose detail holds the text; "" for any. */
void expect_event(const struct run *run, const char *kind, const char *text);

/* --- reading records ------------------------------------------------------------------------- */

/* A member, by path: "verdict.kind". Fails the test when it is not there. Borrowed. */
const struct json *member(const struct run *run, const char *path);
const char *text_of(const struct run *run, const char *path);
double number_of(const struct run *run, const char *path);
/* Evidence as text, whether it was written as text or as a number. NULL: absent. */
const char *evidence(const struct run *run, const char *key);
/* A metric that must be available. */
double metric(const struct run *run, const char *name);
bool metric_is_available(const struct run *run, const char *name);
/* The limit of that settings key, or NULL. */
const struct json *limit_of(const struct run *run, const char *key);
/* The ledger's row number `nth` (from 0) of that command, or NULL. */
const struct json *ledger_row(const struct run *run, const char *comm, unsigned nth);
unsigned ledger_count(const struct run *run, const char *comm);
double row_number(const struct run *run, const struct json *row, const char *key);
/* All rows of a job with --ledger full, from its file; to be freed. */
struct json *all_rows(const struct run *run);
/* Seconds of an RFC 3339 time. */
double time_of(const char *text);
/* The records in what `ls --json` printed: the array itself, or the one array in its object. */
const struct json *listed(const struct json *doc);

/* --- the host -------------------------------------------------------------------------------- */

/* Where the cgroup2 hierarchy is mounted; NULL: nowhere. */
const char *host_v2_mount(void);
/* 2 or 1: the version of the hierarchy with this controller; 0: none has it. */
int host_controller(const char *name);
bool host_kernel_at_least(int major, int minor);
/* The pids of living processes whose initial environment holds the text, this one not counted. */
unsigned host_marked(const char *text, pid_t *pids, unsigned size);
/* Directories of cgroups made by the cgruns of this program: names them, or removes them. */
unsigned host_cgroups_left(bool remove);
/* The mounts at and beneath /proc and /sys with their options, to be freed. */
char *host_kernel_mounts(void);
/* Whether the file holds the text. */
bool file_holds(const char *path, const char *text);
void write_file(const char *path, const char *text);

/* Remembers what was run, so that what it leaves can be told from what others leave. */
void host_remember(pid_t pid);
const char *harness_dir(void);
/* The programs under test. */
const char *harness_cgrun(void);
const char *harness_cgjob(void);

#endif
