/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts that mount their cgroups otherwise, made of this one in a mount namespace of the test's
 * own. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Runs a shell line where cgroup2 is not mounted; $0 is cgrun, $1 the run directory's cgroup2. */
static void without_cgroup2(struct run *run, const char *line)
{
    char script[1024];

    snprintf(script, sizeof(script), "umount '%s' && %s", host_v2_mount(), line);
    run_start(run, ARGS("/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c",
                        script, harness_cgrun(), scratch("run/cgroup2")));
    run_wait(run);
}

static bool has_v1(void)
{
    return host_controller("memory") == 1;
}

static void a_job_gets_its_identity_from_a_cgroup2_of_our_own(void **state)
{
    struct run run _cleanup_run_ = {0};
    char path[320];

    (void)state;
    without_cgroup2(&run, "\"$0\" --name legacy --memory-max 64M -- sh -c 'true; mkdir \"$0/x\" && "
                          "rmdir \"$0/x\"' \"$1\"");
    if (!has_v1()) {
        expect_status(&run, 125);
        expect_err(&run, "cgroup2 is not mounted");
        return;
    }
    expect_status(&run, 1);
    expect_err(&run, "No such file or directory"); /* the run directory is closed to it */
    run.record = cgjob_json(ARGS("show", "legacy", "--json"));
    expect_verdict(&run, "exited");
    assert_string_equal(text_of(&run, "environment.cgroup_mode"), "legacy v1");
    snprintf(path, sizeof(path), "%s/cgrun.job-", scratch("run/cgroup2"));
    if (strncmp(text_of(&run, "cgroup.v2"), path, strlen(path)) != 0)
        fail_test("%s is not beneath %s", text_of(&run, "cgroup.v2"), path);
    expect_between(&run, "processes_total", metric(&run, "processes_total"), 2, 3);
    assert_true(metric_is_available(&run, "cpu_seconds"));
}

static void without_a_policy_it_is_read_only(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!has_v1())
        return;
    without_cgroup2(&run, "\"$0\" --policy none -- mkdir \"$1/x\"");
    expect_status(&run, 1);
    expect_err(&run, "Read-only file system");
}

static void a_rehearsal_says_so_and_mounts_nothing(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (access(scratch("run/cgroup2"), F_OK) == 0)
        assert_int_equal(rmdir(scratch("run/cgroup2")), 0);
    without_cgroup2(&run, "\"$0\" --dry-run -- true && ! grep cgroup2 /proc/mounts");
    if (!has_v1()) {
        expect_status(&run, 125);
        return;
    }
    expect_status(&run, 0);
    expect_out(&run, "cgroup2 mounted at ");
    assert_int_not_equal(access(scratch("run/cgroup2"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_gets_its_identity_from_a_cgroup2_of_our_own),
        cmocka_unit_test(without_a_policy_it_is_read_only),
        cmocka_unit_test(a_rehearsal_says_so_and_mounts_nothing),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system hosts", tests);
}
