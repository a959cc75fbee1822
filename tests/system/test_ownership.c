/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who owns what: capabilities that a job must not inherit, files that cgrun makes and believes. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define NOBODY 65534

/* All that this process may have, in every set that exec hands on. */
static void make_all_inheritable(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &head, data) < 0)
        _exit(99);
    for (int i = 0; i < 2; i++)
        data[i].inheritable = data[i].permitted;
    if (syscall(SYS_capset, &head, data) < 0)
        _exit(99);
    for (int cap = 0; cap <= CAP_CHECKPOINT_RESTORE; cap++)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

static unsigned long long caps(const struct run *run, const char *set)
{
    const char *at = strstr(run->out, set);

    if (!at)
        fail_test("%s: printed no %s", run->command, set);
    return strtoull(at + strlen(set) + 1, NULL, 16);
}

/* A capability that is taken must be in no set: root's exec would bring it back from one. */
static void capabilities_that_are_taken_are_in_no_set(void **state)
{
    static const int taken[] = {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_BPF, CAP_PERFMON};
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    struct run run _cleanup_run_ = {.before_exec = make_all_inheritable};

    (void)state;
    cgrun(&run, ARGS("--", job("state")));
    expect_status(&run, 0);
    for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++)
        for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
            if (caps(&run, sets[s]) >> taken[i] & 1)
                fail_test("%s holds capability %d", sets[s], taken[i]);
    if (!(caps(&run, "CapInh") >> CAP_CHOWN & 1))
        fail_test("the caller's own inheritable capabilities were not passed on");
}

static void expect_owner(const char *path, mode_t mode)
{
    struct stat st;

    if (stat(path, &st) < 0)
        fail_test("%s is not there", path);
    if (st.st_uid != 0 || (st.st_mode & 07777) != mode)
        fail_test("%s: owner %u, mode %o, expected root and %o", path, st.st_uid,
                  st.st_mode & 07777, mode);
}

static void wide_open(void)
{
    umask(0);
}

static void what_is_made_is_roots_alone(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = wide_open};

    (void)state;
    setenv("CGRUN_DB", scratch("made/lib/jobs.db"), 1);
    setenv("CGRUN_RUN_DIR", scratch("made/run"), 1);
    setenv("CGRUN_CACHE_DIR", scratch("made/cache/policy"), 1);
    mkdir(scratch("made"), 0755);
    mkdir(scratch("made/cache"), 0755);
    cgrun(&run, ARGS("--trace", "none", "--ledger", "full", "--", "true"));
    expect_status(&run, 0);
    expect_owner(scratch("made/lib"), 0700);
    expect_owner(scratch("made/lib/jobs.db"), 0600);
    expect_owner(scratch("made/cache/policy"), 0700);
    setenv("CGRUN_DB", scratch("jobs.db"), 1);
    setenv("CGRUN_RUN_DIR", scratch("run"), 1);
    setenv("CGRUN_CACHE_DIR", scratch("cache"), 1);
}

/* The one file of the cache that a policy has, or "". */
static void cached_file(char *path, size_t size)
{
    struct run run _cleanup_run_ = {0};

    run_start(&run, ARGS("/usr/bin/find", scratch("cache"), "-name", "*.bpf"));
    run_wait(&run);
    snprintf(path, size, "%.*s", (int)strcspn(run.out, "\n"), run.out);
}

static void a_cached_policy_of_another_user_is_not_believed(void **state)
{
    struct run first _cleanup_run_ = {0}, second _cleanup_run_ = {0};
    char path[512];

    (void)state;
    cgrun(&first, ARGS("--", "true"));
    cached_file(path, sizeof(path));
    expect_owner(path, 0600);
    assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    cgrun(&second, ARGS("--", "true"));
    expect_status(&second, 0);
    expect_owner(path, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_that_are_taken_are_in_no_set),
        cmocka_unit_test(a_cached_policy_of_another_user_is_not_believed),
        cmocka_unit_test(what_is_made_is_roots_alone),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("ownership", tests);
}
