/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is printed of a job: nothing where nobody reads, the rollback where it failed. */
#include "tests/system/harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void a_failed_jobs_summary_names_its_rollback(void **state)
{
    static const char line[] = "  rollback rm -r new (cgjob rollback ";
    _cleanup_run_ struct run failed = {0}, well = {0};

    (void)state;
    cgrun(&failed, ARGS("--summary", "always", "--rollback", "rm -r new", "--", "false"));
    expect_err(&failed, line);
    cgrun(&well, ARGS("--summary", "always", "--rollback", "rm -r new", "--", "true"));
    assert_null(strstr(well.err, "rollback"));
}

static void a_reader_that_has_gone_is_no_failure_to_tell_of(void **state)
{
    _cleanup_run_ struct run piped = {0}, killed = {0};
    char line[1024];

    (void)state;
    snprintf(line, sizeof(line), "'%s' -- yes | head -n 1; echo ${PIPESTATUS[0]}", harness_cgrun());
    run_start(&piped, ARGS("/bin/bash", "-c", line));
    run_wait(&piped);
    assert_string_equal(piped.out, "y\n141\n");
    assert_string_equal(piped.err, "");
    /* The same signal, with a file for its output, is an end like others. */
    cgrun(&killed, ARGS("--", "sh", "-c", "kill -PIPE $$"));
    expect_status(&killed, 141);
    expect_err(&killed, "SIGPIPE");
}

/*
 * The file is gone before the kernel writes it back; another process removes it. It has to be a new
 * one: ext4 writes a file that replaces another's content as soon as it is closed.
 */
static void writes_that_never_reach_a_disk_are_not_counted(void **state)
{
    static const char job[] = "d=$(mktemp -d /var/tmp/cgrun-test.XXXXXX) && "
                              "dd if=/dev/zero of=$d/f bs=1M count=32 status=none; "
                              "[ \"$1\" != sync ] || sync $d/f; rm -r $d";
    _cleanup_run_ struct run cancelled = {0}, synced = {0};

    (void)state;
    cgrun(&cancelled, ARGS("--", "sh", "-c", job));
    expect_status(&cancelled, 0);
    expect_between(&cancelled, "bytes written", metric(&cancelled, "io_write_bytes"), 0, 16 << 20);
    cgrun(&synced, ARGS("--", "sh", "-c", job, "sh", "sync"));
    expect_between(&synced, "bytes written", metric(&synced, "io_write_bytes"), 32 << 20, 40 << 20);
}

static void states_and_verdicts_are_the_records_own(void **state)
{
    _cleanup_run_ struct run job = {0}, lost = {0}, none = {0}, found = {0};

    (void)state;
    cgrun(&job, ARGS("--name", "worded", "--", "false"));
    cgjob(&lost, ARGS("ls", "--state", "lost"));
    expect_status(&lost, 2);
    expect_err(&lost, "expected planned, running or ended");
    cgjob(&none, ARGS("ls", "--name", "worded", "--verdict", "lost"));
    expect_no_out(&none, "worded");
    cgjob(&found, ARGS("ls", "--state", "ended", "--verdict", "exited"));
    expect_out(&found, "worded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_jobs_summary_names_its_rollback),
        cmocka_unit_test(a_reader_that_has_gone_is_no_failure_to_tell_of),
        cmocka_unit_test(writes_that_never_reach_a_disk_are_not_counted),
        cmocka_unit_test(states_and_verdicts_are_the_records_own),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system forms", tests);
}
