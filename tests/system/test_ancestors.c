/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose memory limit it was: the job's own, or that of a group above it, which is then named. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"
#include "tests/system/jobs/own_cgroups.h"

#define LIMIT "67108864"

static char above[PATH_MAX];

/* A group beneath the test's own, with a limit; false: this host has no v1 memory controller. */
static bool make_group(void)
{
    static struct own_cgroup list[OWN_CGROUPS];
    size_t count = own_cgroups(list);

    for (size_t i = 0; i < count; i++) {
        char file[PATH_MAX + 64];

        if (!own_has_option(list[i].options, "memory", 6))
            continue;
        snprintf(above, sizeof(above), "%s/cgrun-test-above-%d", list[i].dir, (int)getpid());
        if (mkdir(above, 0755) < 0)
            return false;
        snprintf(file, sizeof(file), "%s/memory.limit_in_bytes", above);
        write_file(file, LIMIT);
        snprintf(file, sizeof(file), "%s/memory.memsw.limit_in_bytes", above);
        if (access(file, W_OK) == 0)
            write_file(file, LIMIT);
        return true;
    }
    return false;
}

static void enter_group(void)
{
    char file[PATH_MAX + 64];
    int fd;

    snprintf(file, sizeof(file), "%s/tasks", above);
    fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        _exit(99);
    close(fd);
}

#define EAT "import time; x = bytearray(200 << 20); time.sleep(1)"

static void the_group_above_is_named(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = enter_group};
    struct run again _cleanup_run_ = {.before_exec = enter_group};
    struct run why _cleanup_run_ = {0};

    (void)state;
    if (!*above) {
        print_message("no memory controller of cgroup v1 here\n");
        return;
    }
    cgrun(&run, ARGS("--memory-max", "1G", "--", "/usr/bin/python3", "-c", EAT));
    expect_verdict(&run, "oom");
    assert_string_equal(evidence(&run, "group"), above);
    assert_string_equal(evidence(&run, "group_limit_bytes"), LIMIT);
    expect_err(&run, "was at its limit: 64 MiB of 64 MiB");
    cgjob(&why, ARGS("why", "1"));
    expect_out(&why, "remedy: raise the memory limit of ");
    expect_no_out(&why, "machine");
    /* Full before, so that nothing tells whether it was this group again: it is not claimed. */
    cgrun(&again, ARGS("--memory-max", "1G", "--", "/usr/bin/python3", "-c", EAT));
    expect_verdict(&again, "oom");
    assert_true(!evidence(&again, "group") || strcmp(evidence(&again, "group"), above) == 0);
}

static void the_jobs_own_limit_is_its_own(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = enter_group};

    (void)state;
    if (!*above)
        return;
    cgrun(&run, ARGS("--memory-max", "32M", "--memory-swap-max", "0", "--", "/usr/bin/python3",
                     "-c", EAT));
    expect_verdict(&run, "oom");
    assert_null(evidence(&run, "group"));
    assert_string_equal(evidence(&run, "limit_bytes"), "33554432");
}

static int set_up(void **state)
{
    int r = harness_setup(state);

    if (!make_group())
        *above = '\0';
    return r;
}

static int tear_down(void **state)
{
    if (*above)
        rmdir(above);
    return harness_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_above_is_named),
        cmocka_unit_test(the_jobs_own_limit_is_its_own),
        cmocka_unit_test(nothing_is_left),
    };

    return cmocka_run_group_tests_name("ancestors", tests, set_up, tear_down);
}
