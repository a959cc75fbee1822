/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways round the mounts that are read-only to a root job: descriptors and a working directory that
 * it inherits, binds of what lies in a kernel file system, and procfs itself.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static const char *stream_path, *directory;
static int stream_number, stream_flags;

static void give_stream(void)
{
    int fd = open(stream_path, stream_flags | O_CLOEXEC);

    if (fd < 0 || dup2(fd, stream_number) < 0)
        _exit(99);
}

static void enter_directory(void)
{
    if (chdir(directory) < 0)
        _exit(99);
}

/* A job whose stream is what was opened with these flags. */
static void run_with(struct run *run, int number, const char *path, int flags, const char *script)
{
    stream_number = number;
    stream_path = path;
    stream_flags = flags;
    run->before_exec = give_stream;
    cgrun(run, ARGS("--", "sh", "-c", script));
}

/* The file is there, and could be written to from outside. */
static const char *cgroup_directory(void)
{
    return host_v2_mount() ? host_v2_mount() : "/sys/fs/cgroup";
}

static void a_directory_as_stdin_is_the_jobs_view_of_it(void **state)
{
    static const int flags[] = {O_RDONLY | O_DIRECTORY, O_PATH, O_PATH | O_DIRECTORY};

    (void)state;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct run run _cleanup_run_ = {0};
        char made[512];

        run_with(
            &run, 0, cgroup_directory(), flags[i],
            "cd /proc/self/fd/0/ && ls cgroup.procs tasks; true >>/proc/self/fd/0/cgroup.procs "
            "|| echo held; mkdir /proc/self/fd/0/cgrun.job-0-0 || echo held too");
        expect_out(&run, "cgroup.procs");
        expect_out(&run, "held\n");
        expect_out(&run, "held too\n");
        snprintf(made, sizeof(made), "%s/cgrun.job-0-0", cgroup_directory());
        assert_int_not_equal(rmdir(made), 0);
    }
}

static void the_root_directory_as_stdin_is_the_jobs_too(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run_with(&run, 0, "/", O_RDONLY | O_DIRECTORY,
             "true >>/proc/self/fd/0/proc/sys/kernel/core_pattern || echo held");
    expect_out(&run, "held\n");
}

static void a_kernels_file_opened_for_reading_cannot_be_written(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run_with(&run, 0, "/proc/sys/kernel/core_pattern", O_RDONLY,
             "read -r line && echo \"read $line\"; true >>/proc/self/fd/0 || echo held");
    expect_out(&run, "read ");
    expect_out(&run, "held\n");
}

static void one_opened_for_writing_keeps_the_job_from_starting(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run_with(&run, 1, "/proc/sys/kernel/core_pattern", O_WRONLY, "true");
    expect_status(&run, 125);
    expect_err(&run, "cannot open within the job's mounts 'stdout': Read-only file system");
}

/* What was read before stays read: the position goes with it. */
static void a_file_is_read_on_from_where_it_was(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    mkdir(scratch("held"), 0755);
    write_file(scratch("held/file"), "kept");
    stream_number = 0;
    stream_path = scratch("held/file");
    stream_flags = O_RDONLY;
    run.before_exec = give_stream;
    cgrun(&run, ARGS("--read-only-paths", scratch("held"), "--", "sh", "-c",
                     "cat; echo over >/proc/self/fd/0 || echo held"));
    expect_out(&run, "kepthe");
    assert_true(file_holds(scratch("held/file"), "kept"));
}

static void a_file_that_is_closed_to_the_job_is_not_read_through_a_stream(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = give_stream};

    (void)state;
    mkdir(scratch("held"), 0755);
    write_file(scratch("held/secret"), "kept");
    stream_number = 0;
    stream_path = scratch("held/secret");
    stream_flags = O_RDONLY;
    cgrun(&run, ARGS("--inaccessible-paths", stream_path, "--", "cat"));
    expect_status(&run, 125);
    expect_err(&run, "cannot open within the job's mounts 'stdin'");
    expect_no_out(&run, "kept");
}

static void share_all_mounts(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
        _exit(99);
}

static void mounts_of_the_job_do_not_reach_its_caller(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = share_all_mounts};

    (void)state;
    run_start(&run, ARGS("/bin/sh", "-c",
                         ("cd /; \"$0\" --quiet --private-tmp -- grep -c ' /tmp ' "
                          "/proc/self/mountinfo; grep -c ' /tmp ' /proc/self/mountinfo"),
                         harness_cgrun()));
    run_wait(&run);
    assert_string_equal(run.out, "1\n0\n");
}

static void set_variables_of_like_names(void)
{
    setenv("PATHOLOGY", "kept", 1);
    setenv("HOMESTEAD", "kept", 1);
    setenv("LANGUAGES", "kept", 1);
}

static void a_clean_environment_keeps_names_and_not_beginnings(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = set_variables_of_like_names};

    (void)state;
    cgrun(&run, ARGS("--clean-env", "--", "env"));
    expect_status(&run, 0);
    expect_out(&run, "PATH=");
    expect_no_out(&run, "kept");
}

static void a_working_directory_beneath_a_path_is_within_it(void **state)
{
    struct run closed _cleanup_run_ = {.before_exec = enter_directory};
    struct run hidden _cleanup_run_ = {.before_exec = enter_directory};

    (void)state;
    mkdir(scratch("held"), 0755);
    write_file(scratch("held/secret"), "kept");
    directory = scratch("held");
    cgrun(&closed, ARGS("--read-only-paths", directory, "--", "sh", "-c",
                        "echo over >secret || echo held; touch new || echo held too"));
    expect_out(&closed, "held\nheld too\n");
    assert_true(file_holds(scratch("held/secret"), "kept"));
    cgrun(&hidden, ARGS("--inaccessible-paths", directory, "--", "sh", "-c",
                        "cat secret ../held/secret || echo closed"));
    expect_no_out(&hidden, "kept");
}

static void procfs_is_read_only_to_a_root_job(void **state)
{
    static const char *const files[] = {
        "/proc/sys/kernel/core_pattern",
        "/proc/irq/default_smp_affinity",
        "/proc/mtrr",
        "/proc/scsi/scsi",
        "/proc/1/oom_score_adj",
        "/proc/1/clear_refs",
        "/proc/1/coredump_filter",
        "/proc/1/timerslack_ns",
        "/proc/sysrq-trigger",
        "/proc/bus/pci/devices",
        "/proc/fs/nfsd/threads",
        "/proc/acpi/wakeup",
        "/proc/sys/vm/drop_caches",
        "/proc/pressure/cpu",
        "/proc/1/comm",
    };
    unsigned tried = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct run run _cleanup_run_ = {0};

        if (access(files[i], W_OK) < 0)
            continue;
        tried++;
        cgrun(&run, ARGS("--", "sh", "-c", "true >>\"$0\" && echo opened", files[i]));
        expect_no_out(&run, "opened");
        expect_err(&run, "Read-only file system");
    }
    assert_in_range(tried, 4, 100);
}

/* In a mount namespace of the test's own: binds as container runtimes make them. */
static void make_binds(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("/proc/sys", scratch("sys"), NULL, MS_BIND, NULL) < 0 ||
        mount("/proc/uptime", scratch("uptime"), NULL, MS_BIND, NULL) < 0 ||
        mount("/proc/sys/kernel/core_pattern", scratch("core"), NULL, MS_BIND, NULL) < 0 ||
        mount("/sys/kernel", scratch("kernel"), NULL, MS_BIND, NULL) < 0 ||
        mount("/dev/null", "/proc/timer_list", NULL, MS_BIND, NULL) < 0)
        _exit(99);
}

static void binds_of_kernel_directories_and_files_are_read_only(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = make_binds};

    (void)state;
    mkdir(scratch("sys"), 0755);
    mkdir(scratch("kernel"), 0755);
    write_file(scratch("uptime"), "");
    write_file(scratch("core"), "");
    cgrun(&run, ARGS("--", "sh", "-c",
                     ("cd \"$0\"; cat uptime >/dev/null && echo read;"
                      "true >>sys/kernel/core_pattern || echo a; true >>core || echo b;"
                      "true >>kernel/mm/transparent_hugepage/enabled || echo c"),
                     harness_dir()));
    expect_status(&run, 0);
    assert_string_equal(run.out, "read\na\nb\nc\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_as_stdin_is_the_jobs_view_of_it),
        cmocka_unit_test(the_root_directory_as_stdin_is_the_jobs_too),
        cmocka_unit_test(a_kernels_file_opened_for_reading_cannot_be_written),
        cmocka_unit_test(one_opened_for_writing_keeps_the_job_from_starting),
        cmocka_unit_test(a_file_is_read_on_from_where_it_was),
        cmocka_unit_test(a_file_that_is_closed_to_the_job_is_not_read_through_a_stream),
        cmocka_unit_test(mounts_of_the_job_do_not_reach_its_caller),
        cmocka_unit_test(a_clean_environment_keeps_names_and_not_beginnings),
        cmocka_unit_test(a_working_directory_beneath_a_path_is_within_it),
        cmocka_unit_test(procfs_is_read_only_to_a_root_job),
        cmocka_unit_test(binds_of_kernel_directories_and_files_are_read_only),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("inherited_views", tests);
}
