/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real records of every kind of end against the JSON Schema, by a validator that is not ours. */
#include "tests/system/harness.h"

#include <stdio.h>

#define SCHEMA "docs/record.schema.json"

static void expect_fits(const char *path)
{
    _cleanup_run_ struct run check = {0};

    run_start(&check, ARGS("/usr/bin/python3", "tests/system/check-schema", SCHEMA, path));
    run_wait(&check);
    assert_string_equal(check.err, "");
    assert_string_equal(check.out, "");
    expect_status(&check, 0);
}

static void records_of_all_ends_fit_the_schema(void **state)
{
    const char *const *const jobs[] = {
        ARGS("--", "true"),
        ARGS("--owner", "o", "--reason", "r", "--tag", "a=b", "--expect", "exit=1", "--", "true"),
        ARGS("--", "sh", "-c", "kill -KILL $$"),
        ARGS("--timeout", "200ms", "--", "sleep", "60"),
        ARGS("--cpu-time-max", "200ms", "--", "sh", "-c", "while :; do :; done"),
        ARGS("--memory-max", "16M", "--memory-swap-max", "0", "--tasks-max", "9", "--", "sh", "-c",
             "tail /dev/zero"),
        ARGS("--policy", "batch", "--", "mount", "-t", "tmpfs", "x", "/mnt"),
        ARGS("--", "/nowhere/at/all"),
        ARGS("--trace", "none", "--umask", "022", "--", "true"),
        ARGS("--trace", "syscalls,net,sched,io,files", "--", "sh", "-c", "echo x > /dev/null"),
        ARGS("--", "printf", "\xff"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        _cleanup_run_ struct run run = {0};

        cgrun(&run, jobs[i]);
        expect_fits(run.json_path);
    }
}

/* What is stored, with a session's runs and jobs that still run. */
static void listed_records_fit_the_schema(void **state)
{
    _cleanup_run_ struct run session = {0}, background = {0}, list = {0}, stop = {0};

    (void)state;
    run_start(&session, ARGS(harness_cgrun(), "--runs", "2", "--", "true"));
    run_wait(&session);
    run_start(&background, ARGS(harness_cgrun(), "-d", "--name", "fits", "--", "sleep", "60"));
    run_wait(&background);
    cgjob(&list, ARGS("ls", "--limit", "0", "--json"));
    expect_fits(list.out_path);
    cgjob(&stop, ARGS("stop", "fits"));
}

static void evidence_is_typed(void **state)
{
    _cleanup_run_ struct run killed = {0}, late = {0};

    (void)state;
    cgrun(&killed, ARGS("--", "sh", "-c", "kill -PIPE $$"));
    assert_int_equal((int)number_of(&killed, "verdict.evidence.signal"), 13);
    assert_true(json_is_number(member(&killed, "verdict.evidence.sender_pid")));
    cgrun(&late, ARGS("--timeout", "200ms", "--", "sleep", "60"));
    assert_true(json_is_bool(member(&late, "verdict.evidence.killed")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_all_ends_fit_the_schema),
        cmocka_unit_test(listed_records_fit_the_schema),
        cmocka_unit_test(evidence_is_typed),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system schema", tests);
}
