/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is cgrun's own, where the environment puts it: a root job cannot write to it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Says "opened PATH" for each that can be opened for writing, and "kept PATH" for the others. */
static const char try_all[] = "cd \"$0\"; for p in jobs.db jobs.db-wal jobs.db-shm logs/new "
                              "ledgers/new cache/policy/new run/new run/spool/new run/bpf.lock; do "
                              "if (: >>$p) 2>/dev/null; then echo opened $p; rm -f */new */*/new; "
                              "else echo kept $p; fi; done; mkdir run/spool 2>/dev/null && echo "
                              "made; rm jobs.db 2>/dev/null && echo removed; true";

/* All that there can be beside a database. */
static void make_all(void)
{
    struct run logged _cleanup_run_ = {0}, kept _cleanup_run_ = {0};

    cgrun(&logged, ARGS("--ledger", "full", "--lock", "x", "--", "true"));
    expect_status(&logged, 0);
    cgrun(&kept, ARGS("--ledger", "full", "--", "true"));
    expect_status(&kept, 0);
    mkdir(scratch("logs"), 0700);
    mkdir(scratch("ledgers"), 0700);
}

static void the_script_can_write_where_nothing_is_kept(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    make_all();
    cgrun(&run, ARGS("--policy", "none", "--", "sh", "-c",
                     ("cd \"$0\"; for p in jobs.db logs/new cache/policy/new run/new; do : >>$p && "
                      "echo opened $p; rm -f */new */*/new; done"),
                     scratch("")));
    expect_out(&run, "opened jobs.db\nopened logs/new\nopened cache/policy/new\nopened run/new\n");
}

static void a_root_job_cannot_write_to_it(void **state)
{
    static const char *const more[] = {NULL, "--delegate", "--private-pids"};

    (void)state;
    make_all();
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--trace", "none", more[i] ? more[i] : "--clean-env=no", "--", "sh", "-c",
                         try_all, scratch("")));
        expect_status(&run, 0);
        assert_int_equal(count_text(run.out, "kept "), 9);
        expect_no_out(&run, "opened");
        expect_no_out(&run, "made");
        expect_no_out(&run, "removed");
    }
}

/* As kernels before 5.12 answer. --delegate, because other mounts are then changed by older calls.
 */
static void nor_where_a_kernel_changes_no_trees_of_mounts(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    make_all();
    cgrun(&run, ARGS("--policy", "none", "--delegate", "--syscall-filter", "~mount_setattr:ENOSYS",
                     "--", harness_cgrun(), "--delegate", "--trace", "none", "--", "sh", "-c",
                     try_all, scratch("")));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.out, "kept "), 9);
    expect_no_out(&run, "opened");
}

/* What lies beside a database need not be cgrun's. */
static void other_files_beside_the_database_stay_writable(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "sh", "-c", "echo mine > \"$0\" && cat \"$0\"", scratch("mine")));
    expect_out(&run, "mine\n");
}

static void give_database(void)
{
    int fd = open(getenv("CGRUN_DB"), O_RDONLY | O_CLOEXEC);

    if (fd < 0 || dup2(fd, 0) < 0)
        _exit(99);
}

/* Opening an inherited descriptor anew would otherwise lead round the mount. */
static void nor_through_standard_input(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = give_database};

    (void)state;
    make_all();
    cgrun(&run, ARGS("--", "sh", "-c",
                     "head -c 6; (: >>/proc/self/fd/0) 2>/dev/null && echo opened; true"));
    expect_out(&run, "SQLite");
    expect_no_out(&run, "opened");
}

static void enter_run_dir(void)
{
    if (chdir(getenv("CGRUN_RUN_DIR")) < 0)
        _exit(99);
}

static void nor_from_the_run_directory_as_working_directory(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = enter_run_dir};

    (void)state;
    make_all();
    cgrun(&run, ARGS("--", "sh", "-c", "ls; (: >new) 2>/dev/null && echo opened; true"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "");
}

/* A job that made it could put records there, which the next cgrun would take in. */
static void a_run_directory_that_is_missing_is_made_first(void **state)
{
    struct run run _cleanup_run_ = {0};
    char *usual = strdup(getenv("CGRUN_RUN_DIR"));

    (void)state;
    setenv("CGRUN_RUN_DIR", scratch("missing"), 1);
    cgrun(&run, ARGS("--trace", "none", "--", "sh", "-c",
                     "mkdir -p \"$0/spool\" 2>/dev/null && echo made; true", scratch("missing")));
    setenv("CGRUN_RUN_DIR", usual, 1);
    free(usual);
    expect_status(&run, 0);
    expect_no_out(&run, "made");
}

/* Its own record is among them. */
static void records_can_be_read_in_a_job(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--name", "reader", "--", harness_cgjob(), "ls"));
    expect_status(&run, 0);
    expect_out(&run, "reader");
}

/* With places of its own an inner cgrun works, without it says which variables name them. */
static void a_cgrun_in_a_job_needs_places_of_its_own(void **state)
{
    struct run refused _cleanup_run_ = {0}, works _cleanup_run_ = {0};
    char db[512], run_dir[512];

    (void)state;
    cgrun(&refused, ARGS("--delegate", "--", harness_cgrun(), "--delegate", "--policy", "none",
                         "--trace", "none", "--", "echo", "inner"));
    expect_status(&refused, 125);
    expect_no_out(&refused, "inner");
    expect_err(&refused, "set CGRUN_DB and CGRUN_RUN_DIR to places that the job may write to");
    snprintf(db, sizeof(db), "CGRUN_DB=%s/jobs.db", scratch("inner"));
    snprintf(run_dir, sizeof(run_dir), "CGRUN_RUN_DIR=%s/run", scratch("inner"));
    assert_int_equal(mkdir(scratch("inner"), 0700), 0);
    cgrun(&works, ARGS("--delegate", "--", "env", db, run_dir, harness_cgrun(), "--delegate",
                       "--policy", "none", "--trace", "none", "--", "echo", "inner"));
    expect_status(&works, 0);
    expect_out(&works, "inner");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_can_write_where_nothing_is_kept),
        cmocka_unit_test(a_root_job_cannot_write_to_it),
        cmocka_unit_test(nor_where_a_kernel_changes_no_trees_of_mounts),
        cmocka_unit_test(other_files_beside_the_database_stay_writable),
        cmocka_unit_test(nor_through_standard_input),
        cmocka_unit_test(nor_from_the_run_directory_as_working_directory),
        cmocka_unit_test(a_run_directory_that_is_missing_is_made_first),
        cmocka_unit_test(records_can_be_read_in_a_job),
        cmocka_unit_test(a_cgrun_in_a_job_needs_places_of_its_own),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("own places", tests);
}
