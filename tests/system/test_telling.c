/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job's end is told of where nobody looks at a terminal: cron, a timer, a CI step. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/system/harness.h"

/* Standard error is a file here, as it is a pipe to cron. */
static void a_failure_is_told(void **state)
{
    struct run failed _cleanup_run_ = {0}, well _cleanup_run_ = {0}, never _cleanup_run_ = {0};
    struct run quiet _cleanup_run_ = {0}, both _cleanup_run_ = {0};

    (void)state;
    cgrun(&failed, ARGS("--name", "nightly", "--", "sh", "-c", "exit 3"));
    expect_status(&failed, 3);
    expect_err(&failed, "nightly ended: exited 3");
    cgrun(&well, ARGS("--", "true"));
    assert_string_equal(well.err, "");
    cgrun(&never, ARGS("--summary", "never", "--", "false"));
    assert_string_equal(never.err, "");
    cgrun(&quiet, ARGS("--quiet", "--", "sh", "-c", "kill -9 $$"));
    expect_status(&quiet, 137);
    assert_string_equal(quiet.err, "");
    cgrun(&both, ARGS("-q", "--summary", "always", "--", "true"));
    expect_status(&both, 125);
    expect_err(&both, "quiet with --summary always: expected one or the other");
}

static void output_is_held_back(void **state)
{
    const char *line = "echo out; echo err >&2; exit $0";
    struct run well _cleanup_run_ = {0}, failed _cleanup_run_ = {0}, big _cleanup_run_ = {0};
    struct run never _cleanup_run_ = {0};

    (void)state;
    cgrun(&well, ARGS("--output", "on-failure", "--", "sh", "-c", line, "0"));
    expect_status(&well, 0);
    assert_string_equal(well.out, "");
    assert_string_equal(well.err, "");
    cgrun(&failed, ARGS("--output", "on-failure", "--", "sh", "-c", line, "7"));
    expect_status(&failed, 7);
    assert_string_equal(failed.out, "out\n");
    expect_err(&failed, "err\n");
    cgrun(&big,
          ARGS("--output=on-failure", "--log-max", "4K", "--", "sh", "-c", "seq 1 5000; exit 1"));
    expect_status(&big, 1);
    assert_int_equal(strlen(big.out), 4096);
    expect_out(&big, "\n4999\n5000\n");
    expect_err(&big, "bytes of the output were not kept");
    cgrun(&never, ARGS("-d", "--output", "on-failure", "--", "true"));
    expect_status(&never, 125);
    expect_err(&never, "output on-failure with --detach");
}

static void a_job_in_a_directory(void **state)
{
    struct run run _cleanup_run_ = {0}, lacks _cleanup_run_ = {0}, file _cleanup_run_ = {0};
    struct run closed _cleanup_run_ = {0}, plan _cleanup_run_ = {.no_json = true};
    char out[300];

    (void)state;
    mkdir(scratch("dir"), 0755);
    snprintf(out, sizeof(out), "%s\n", scratch("dir"));
    cgrun(&run, ARGS("--chdir", scratch("dir"), "--", "/bin/pwd"));
    expect_status(&run, 0);
    assert_string_equal(run.out, out);
    assert_string_equal(text_of(&run, "environment.working_directory"), scratch("dir"));
    cgrun(&lacks, ARGS("--dry-run", "--chdir", "/no/such", "--", "true"));
    expect_status(&lacks, 125);
    expect_err(&lacks, "chdir '/no/such': No such file or directory");
    cgrun(&file, ARGS("-C", "/etc/passwd", "--", "true"));
    expect_status(&file, 125);
    expect_err(&file, "chdir '/etc/passwd': expected a directory");
    mkdir(scratch("closed"), 0700);
    cgrun(&closed, ARGS("--user", "nobody", "--chdir", scratch("closed"), "--", "true"));
    expect_status(&closed, 125);
    expect_err(&closed, "cannot enter the working directory");
    cgrun(&plan, ARGS("--dry-run", "-C", scratch("dir"), "--", "true"));
    expect_out(&plan, "directory");
    expect_out(&plan, scratch("dir"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_told),
        cmocka_unit_test(output_is_held_back),
        cmocka_unit_test(a_job_in_a_directory),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system telling", tests);
}
