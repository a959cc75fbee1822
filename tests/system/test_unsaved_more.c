/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that wait: whoever takes them in is killed, and locks on single bytes of the log's index.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"
#include "tests/system/locks.h"

#define START_WITHIN 1.0
#define WAITING      24
#define KILLS        40

static char db[512], shm[520];

static void begin(const char *name)
{
    struct run run _cleanup_run_ = {0};
    char dir[400];

    snprintf(dir, sizeof(dir), "%s", scratch(name));
    snprintf(db, sizeof(db), "%s/jobs.db", dir);
    snprintf(shm, sizeof(shm), "%s-shm", db);
    cgrun(&run, ARGS("--db", db, "--name", "first", "--", "true"));
    expect_status(&run, 0);
}

/* Each record once, however often somebody was killed over them. */
static void being_killed_over_the_spool_loses_and_doubles_nothing(void **state)
{
    struct run run[WAITING] = {0}, list _cleanup_run_ = {0};
    pid_t holder;
    char name[32];

    (void)state;
    begin("kills");
    holder = lock_file(shm, F_RDLCK, 0, 0, 0);
    for (int i = 0; i < WAITING; i++) {
        snprintf(name, sizeof(name), "waiting-%d.", i);
        cgrun_start(&run[i], ARGS("--db", db, "--name", name, "--", "sh", "-c", "exit 3"));
    }
    for (int i = 0; i < WAITING; i++) {
        run_wait(&run[i]);
        expect_status(&run[i], 3);
        expect_err(&run[i], "the record is kept in");
    }
    unlock_file(holder);
    for (int i = 0; i < KILLS; i++) {
        struct run taker _cleanup_run_ = {0};

        run_start(&taker, ARGS(harness_cgjob(), "--db", db, "ls"));
        sleep_seconds((i % 10) * 0.001);
        kill(taker.pid, SIGKILL);
        run_wait(&taker);
    }
    cgjob(&list, ARGS("--db", db, "ls"));
    expect_status(&list, 0);
    for (int i = 0; i < WAITING; i++) {
        snprintf(name, sizeof(name), "waiting-%d.", i);
        if (count_text(list.out, name) != 1)
            fail_test("%s is there %u times; it said '%s' on stderr: %s", name,
                      count_text(list.out, name), list.err, list.out);
        run_free(&run[i]);
    }
    assert_int_equal(count_text(list.out, "exited 3"), WAITING);
}

/*
 * The log's index has to be made anew, and a reader keeps everybody from doing that: SQLite's own
 * patience is ten seconds there.
 */
static void a_lock_on_what_recovery_needs_keeps_no_job_from_starting(void **state)
{
    static const off_t bytes[] = {120, 121, 122, 128}; /* write, checkpoint, recover, dead man */

    (void)state;
    begin("recovery");
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        struct run run _cleanup_run_ = {0}, list _cleanup_run_ = {0};
        pid_t holder;
        char name[32];

        holder = lock_file(shm, F_RDLCK, bytes[i], 1, 0);
        assert_true(holder > 0);
        snprintf(name, sizeof(name), "byte-%d", (int)bytes[i]);
        cgrun_start(&run, ARGS("--db", db, "--name", name, "--", "sh", "-c", "echo up; sleep 0.1"));
        await_output(&run, "up");
        expect_between(&run, "seconds until it started", now_seconds() - run.started, 0,
                       slack(START_WITHIN));
        run_wait(&run);
        expect_status(&run, 0);
        unlock_file(holder);
        cgjob(&list, ARGS("--db", db, "ls"));
        assert_int_equal(count_text(list.out, name), 1);
    }
}

/* What is no database any more, and what is on a file system that has become read-only. */
static void a_broken_database_is_told_of(void **state)
{
    struct run run _cleanup_run_ = {0};
    const char *witness = scratch("started");
    char command[2048];

    (void)state;
    begin("broken");
    snprintf(command, sizeof(command), "head -c 8192 /dev/urandom > '%s'; rm -f '%s' '%s-wal'", db,
             shm, db);
    assert_int_equal(system(command), 0);
    cgrun(&run, ARGS("--db", db, "--", "touch", witness));
    expect_status(&run, 125);
    expect_err(&run, "file is not a database");
    assert_int_not_equal(access(witness, F_OK), 0);
}

static void a_read_only_file_system_keeps_no_job_from_starting(void **state)
{
    struct run run _cleanup_run_ = {0}, list _cleanup_run_ = {0};
    char script[3072], dir[400];

    (void)state;
    begin("read-only");
    snprintf(dir, sizeof(dir), "%s", scratch("read-only"));
    snprintf(
        script, sizeof(script),
        "mount --bind '%s' '%s' && mount -o remount,bind,ro '%s' && exec '%s' --db '%s' --name "
        "on-read-only -- echo ran",
        dir, dir, dir, harness_cgrun(), db);
    run_start(&run,
              ARGS("/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c", script));
    run_wait(&run);
    expect_status(&run, 0);
    expect_out(&run, "ran");
    expect_err(&run, "the record is kept in");
    cgjob(&list, ARGS("--db", db, "ls"));
    expect_out(&list, "on-read-only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(being_killed_over_the_spool_loses_and_doubles_nothing),
        cmocka_unit_test(a_lock_on_what_recovery_needs_keeps_no_job_from_starting),
        cmocka_unit_test(a_broken_database_is_told_of),
        cmocka_unit_test(a_read_only_file_system_keeps_no_job_from_starting),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system unsaved, more", tests);
}
