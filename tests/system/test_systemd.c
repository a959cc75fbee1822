/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes on hosts of systemd's with cgroup v2, and that others refuse to be asked for one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

static bool scopes_are_here(void)
{
    return access("/run/systemd/system", F_OK) == 0 && host_controller("memory") == 2;
}

static void without_systemd_a_scope_is_refused(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--scope", "always", "--name", "asked", "--", "true"));
    if (scopes_are_here()) {
        expect_status(&run, 0);
        return;
    }
    expect_status(&run, 125);
    expect_err(&run, "scope 'always'");
    expect_err(&run, "nothing was started");
}

static void a_job_is_a_scope_with_its_name_and_owner(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "scoped", "--owner", "db team", "--memory-max", "64M", "--", "sh",
                     "-c", "systemctl show -p Description \"$(cut -d/ -f3 /proc/self/cgroup)\""));
    if (!scopes_are_here()) {
        expect_verdict(&run, "exited");
        assert_null(json_get(json_get(run.record, "environment"), "systemd_unit"));
        return;
    }
    expect_status(&run, 0);
    expect_out(&run, "Description=cgrun job scoped (owner db team)");
    assert_non_null(strstr(text_of(&run, "cgroup.v2"), "/cgrun.slice/cgrun-scoped-db_team-"));
    assert_non_null(strstr(text_of(&run, "environment.systemd_unit"), "cgrun-scoped-db_team-"));
    assert_int_equal(strlen(text_of(&run, "environment.systemd_invocation_id")), 32);
}

static void stopping_the_scope_stops_the_job(void **state)
{
    struct run run _cleanup_run_ = {0}, stop _cleanup_run_ = {0};

    (void)state;
    if (!scopes_are_here())
        return; /* what the other hosts do is above */
    cgrun_start(&run, ARGS("--name", "endless", "--", "sh", "-c", "echo up; sleep 3000"));
    await_output(&run, "up");
    run_start(&stop, ARGS("/usr/bin/systemctl", "stop", "cgrun-endless-*.scope"));
    run_wait(&stop);
    run_wait(&run);
    expect_status(&run, 143);
    expect_verdict(&run, "stopped");
    assert_string_equal(evidence(&run, "by_pid"), "1");
}

static void a_unit_with_a_group_for_itself_is_stayed_in(void **state)
{
    struct run run _cleanup_run_ = {0};
    char db[300], dir[300];

    (void)state;
    if (!scopes_are_here())
        return;
    snprintf(db, sizeof(db), "--setenv=CGRUN_DB=%s", scratch("jobs.db"));
    snprintf(dir, sizeof(dir), "--setenv=CGRUN_RUN_DIR=%s", scratch("run"));
    run_start(&run, ARGS("/usr/bin/systemd-run", "-q", "--pipe", "--wait", "-p", "Delegate=yes", db,
                         dir, harness_cgrun(), "--name", "inside", "--memory-max", "64M", "--",
                         "cat", "/proc/self/cgroup"));
    run_wait(&run);
    expect_status(&run, 0);
    expect_out(&run, "0::/system.slice/run-");
    expect_out(&run, ".service/cgrun.job-");
}

static void without_a_journal_nothing_is_started(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--journal", "--", "echo", "for the journal"));
    expect_no_out(&run, "for the journal");
    if (access("/run/systemd/journal/socket", F_OK) == 0) {
        expect_status(&run, 0);
        assert_string_equal(text_of(&run, "log"), "journal");
        return;
    }
    expect_status(&run, 125);
    expect_verdict(&run, "start_failed");
    expect_err(&run, "cannot write to the journal");
    expect_err(&run, "nothing was started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_systemd_a_scope_is_refused),
        cmocka_unit_test(a_job_is_a_scope_with_its_name_and_owner),
        cmocka_unit_test(stopping_the_scope_stops_the_job),
        cmocka_unit_test(a_unit_with_a_group_for_itself_is_stayed_in),
        cmocka_unit_test(without_a_journal_nothing_is_started),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system systemd", tests);
}
