/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record has to say of a cgroup before recovery touches it: a record could come from
 * anywhere. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/host/process.h"
#include "runner/supervise/recover.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/recover-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(dir);
}

/* Whether a directory of that name, its number given plus `more`, is taken for the job's group. */
static bool is_taken(const char *name, uint64_t more)
{
    _cleanup_record_ struct record r;
    _cleanup_close_ int fd = -1;
    char path[256];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(stat(path, &st), 0);
    record_init(&r);
    r.cgroup_id = st.st_ino + more;
    pairs_set(&r.cgroup, "v2", path);
    fd = recover_open_group(&r);
    rmdir(path);
    return fd >= 0;
}

static void test_name_and_number_decide(void **state)
{
    (void)state;
    assert_true(is_taken("cgrun.job-1-2", 0));
    assert_false(is_taken("cgrun.job-1-2", 1));
    assert_false(is_taken("system.slice", 0));
    assert_false(is_taken("cgrun.jo", 0));
}

static void test_paths_that_lead_elsewhere(void **state)
{
    _cleanup_record_ struct record r;
    char path[256], other[256];
    struct stat st;

    (void)state;
    snprintf(path, sizeof(path), "%s/../%s/cgrun.job-1-2", dir, dir + strlen("/tmp/"));
    snprintf(other, sizeof(other), "%s/cgrun.job-1-2", dir);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(stat(other, &st), 0);
    record_init(&r);
    r.cgroup_id = st.st_ino;
    pairs_set(&r.cgroup, "v2", path);
    assert_int_equal(recover_open_group(&r), -1);
    rmdir(other);
}

static void read_boot(char *boot, size_t size)
{
    _cleanup_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

    assert_non_null(f);
    assert_non_null(fgets(boot, (int)size, f));
    boot[strcspn(boot, "\n")] = '\0';
}

/* Its number alone is no proof of a supervisor: it may have been given out again. */
static void test_a_supervisor_is_known_by_its_start(void **state)
{
    _cleanup_record_ struct record r;
    char boot[64];

    (void)state;
    record_init(&r);
    read_boot(boot, sizeof(boot));
    pairs_set(&r.environment, "boot_id", boot);
    r.supervisor_pid = getpid();
    r.supervisor_start = process_start_time(getpid());
    assert_true(recover_is_alive(&r));
    r.supervisor_start++;
    assert_false(recover_is_alive(&r));
    r.supervisor_start--;
    pairs_set(&r.environment, "boot_id", "00000000-0000-0000-0000-000000000000");
    assert_false(recover_is_alive(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_and_number_decide),
        cmocka_unit_test(test_paths_that_lead_elsewhere),
        cmocka_unit_test(test_a_supervisor_is_known_by_its_start),
    };

    return cmocka_run_group_tests_name("recover_group", tests, set_up, tear_down);
}
