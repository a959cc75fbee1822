/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the filter that protects cgrun answers, call by call. */
#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "policy/compile.h"
#include "policy/protect.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

#define SELF   4242 /* the supervisor */
#define OTHER  77
#define GROUP  (UINT64_C(0x100000000) - SELF) /* -SELF, as an int lies in a register */
#define ALL    UINT64_C(0xffffffff)           /* -1 */
#define PASSES SECCOMP_RET_ALLOW
#define DENIED (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

static const struct {
    int nr;
    uint64_t args[3];
    uint32_t scoped, alone, shared; /* Landlock holds signals; not; nor is the group its own */
} cases[] = {
    {SYS_kill, {SELF}, DENIED, DENIED, DENIED},
    {SYS_kill, {GROUP}, DENIED, DENIED, DENIED},
    {SYS_kill, {UINT64_MAX - SELF + 1}, DENIED, DENIED, DENIED},
    {SYS_kill, {SELF | UINT64_C(5) << 32}, DENIED, DENIED, DENIED},
    {SYS_kill, {1}, DENIED, DENIED, DENIED},
    {SYS_kill, {ALL}, PASSES, DENIED, DENIED},
    {SYS_kill, {0}, PASSES, PASSES, DENIED},
    {SYS_kill, {OTHER}, PASSES, PASSES, PASSES},
    {SYS_tkill, {SELF}, DENIED, DENIED, DENIED},
    {SYS_tgkill, {SELF, SELF}, DENIED, DENIED, DENIED},
    {SYS_tgkill, {OTHER, OTHER}, PASSES, PASSES, PASSES},
    {SYS_rt_sigqueueinfo, {SELF}, DENIED, DENIED, DENIED},
    {SYS_rt_tgsigqueueinfo, {SELF, SELF}, DENIED, DENIED, DENIED},
    {SYS_pidfd_send_signal, {3}, PASSES, ABSENT, ABSENT},
    {SYS_sched_setaffinity, {SELF}, DENIED, DENIED, DENIED},
    {SYS_sched_setaffinity, {0}, PASSES, PASSES, PASSES},
    {SYS_sched_setaffinity, {OTHER}, PASSES, PASSES, PASSES},
    {SYS_sched_setscheduler, {SELF}, DENIED, DENIED, DENIED},
    {SYS_sched_setparam, {SELF}, DENIED, DENIED, DENIED},
    {SYS_sched_setattr, {SELF}, DENIED, DENIED, DENIED},
    {SYS_setpriority, {PRIO_PROCESS, SELF}, DENIED, DENIED, DENIED},
    {SYS_setpriority, {PRIO_PROCESS, 0}, PASSES, PASSES, PASSES},
    {SYS_setpriority, {PRIO_PGRP, 0}, PASSES, PASSES, DENIED},
    {SYS_setpriority, {PRIO_PGRP, SELF}, DENIED, DENIED, DENIED},
    {SYS_setpriority, {PRIO_USER, OTHER}, DENIED, DENIED, DENIED},
    {SYS_ioprio_set, {1, SELF}, DENIED, DENIED, DENIED},
    {SYS_ioprio_set, {1, 0}, PASSES, PASSES, PASSES},
    {SYS_ioprio_set, {2, 0}, PASSES, PASSES, DENIED},
    {SYS_ioprio_set, {3, 0}, DENIED, DENIED, DENIED},
    {SYS_prlimit64, {0, 7, 1}, PASSES, PASSES, PASSES},
    {SYS_prlimit64, {OTHER, 7, 0}, PASSES, PASSES, PASSES},
    {SYS_prlimit64, {OTHER, 7, 1}, DENIED, DENIED, DENIED},
    {SYS_prlimit64, {OTHER, 7, UINT64_C(1) << 32}, DENIED, DENIED, DENIED},
    {SYS_fcntl, {3, F_SETOWN, SELF}, DENIED, DENIED, DENIED},
    {SYS_fcntl, {3, F_SETOWN, GROUP}, DENIED, DENIED, DENIED},
    {SYS_fcntl, {3, F_SETOWN, OTHER}, PASSES, PASSES, PASSES},
    {SYS_fcntl, {3, 15 /* F_SETOWN_EX */, 1}, PASSES, DENIED, DENIED},
    {SYS_fcntl, {3, F_GETFL, SELF}, PASSES, PASSES, PASSES},
    {SYS_ioctl, {3, FIOSETOWN, 1}, PASSES, DENIED, DENIED},
    {SYS_ioctl, {3, SIOCSPGRP, 1}, PASSES, DENIED, DENIED},
    {SYS_ioctl, {3, SIOCGPGRP, 1}, PASSES, PASSES, PASSES},
    {SYS_read, {SELF, SELF, SELF}, PASSES, PASSES, PASSES},
};

static void check(const struct protect *protect, size_t of)
{
    struct sock_fprog program = {0};

    assert_int_equal(protect_program(protect, &program), 0);
    for (size_t i = 0; i < LEN(cases); i++) {
        struct seccomp_data call = {.nr = cases[i].nr,
                                    .arch = compile_native_arch(),
                                    .args = {cases[i].args[0], cases[i].args[1], cases[i].args[2]}};
        const uint32_t right[] = {cases[i].scoped, cases[i].alone, cases[i].shared};
        uint32_t answer;

        assert_int_equal(simulate_filter(&program, &call, &answer, NULL), 0);
        if (answer != right[of])
            fail_msg("case %zu, filter %zu: %#x instead of %#x", i, of, answer, right[of]);
        call.arch = AUDIT_ARCH_S390; /* none that the tests run on: the policy decides */
        assert_int_equal(simulate_filter(&program, &call, &answer, NULL), 0);
        assert_int_equal(answer, PASSES);
    }
    free(program.filter);
}

static void test_answers(void **state)
{
    struct protect protect = {.id = {SELF, 0, -5, 1}, .count = 4, .scoped = true};

    (void)state;
    check(&protect, 0);
    protect.signals = true;
    protect.scoped = false;
    check(&protect, 1);
    protect.shared_group = true;
    check(&protect, 2);
}

/* As many as there is room for: no jump is too far. */
static void test_many(void **state)
{
    const struct protect protect = {.id = {SELF, 10, 11, 12, 13, 1},
                                    .count = PROTECT_IDS,
                                    .signals = true,
                                    .shared_group = true};

    (void)state;
    check(&protect, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests_name("protect", tests, NULL, NULL);
}
