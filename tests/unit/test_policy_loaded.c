/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The batch policy loaded into this kernel: it answers as the simulator does. */
#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/policy.h"

/* In the child: 0 if the kernel answers as the simulator does. */
static int try_loaded(const struct policy_program *p)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return 1;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p->quiet) < 0)
        return 2;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &p->logged) < 0)
        return 3;
    if (mount("none", "/", "tmpfs", 0, NULL) == 0 || errno != EPERM)
        return 4;
    if (getpid() <= 0)
        return 5;
    if (syscall(SYS_clone3, NULL, 0) == 0 || errno != ENOSYS)
        return 6;
    if (syscall(SYS_keyctl, 0, 0, 0, 0, 0) == 0 || errno != EPERM)
        return 7;
    if (syscall(5000) == 0 || errno != ENOSYS)
        return 8;
    return 0;
}

static void test_really_loaded(void **state)
{
    const struct policy_request request = {.policy = "batch"};
    _cleanup_policy_ struct policy_program p = {0};
    struct err err = {0};
    int status = 0;
    pid_t child;

    (void)state;
    assert_int_equal(policy_compile(&request, &p, &err), 0);
    child = fork();
    if (child == 0)
        _exit(try_loaded(&p));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_really_loaded)};

    return cmocka_run_group_tests_name("policy_loaded", tests, NULL, NULL);
}
