/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the compiled programs answer, call by call, in a simulator. */
#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/compile.h"
#include "policy/simulate.h"
#include "policy/split.h"
#include "policy/verify.h"
#include "tests/unit/policy_case.h"

#define LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define ALLOW     SECCOMP_RET_ALLOW
#define KILL      SECCOMP_RET_KILL_PROCESS
#define ANSWER(e) (SECCOMP_RET_ERRNO | (e))
#define DOCKER    "/usr/share/containers/seccomp.json"
#define CAP(n)    (UINT64_C(1) << (n))
#define SYS_ADMIN 21

struct row {
    int number;
    uint64_t arg[3];
    uint32_t answer;
};

static void compile(const char *policy, const char *const *words, uint64_t caps,
                    struct policy_program *ret)
{
    struct strv filter = {0};
    struct policy_request request = {.policy = policy, .filter = &filter, .capabilities = caps};
    struct err err = {0};

    for (; words && *words; words++)
        assert_int_equal(strv_add(&filter, *words), 0);
    if (policy_compile(&request, ret, &err) < 0)
        fail_msg("%s: %s", policy, err.what);
    strv_free(&filter);
}

static uint32_t answer(const struct policy_program *p, const struct row *row, uint32_t arch)
{
    struct seccomp_data call = {.nr = row->number, .arch = arch};

    for (size_t i = 0; i < LEN(row->arg); i++)
        call.args[i] = row->arg[i];
    return simulate_policy(p, &call);
}

static void check_rows(const struct policy_program *p, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t got = answer(p, &rows[i], NATIVE);

        if (got != rows[i].answer)
            fail_msg("%s: call %d(%#lx, %#lx): %#x instead of %#x", p->name, rows[i].number,
                     (long)rows[i].arg[0], (long)rows[i].arg[1], got, rows[i].answer);
    }
}

static void test_batch(void **state)
{
    static const struct row rows[] = {
        {SYS_read, {0}, ALLOW},
        {SYS_execve, {0}, ALLOW},
        {SYS_seccomp, {0}, ALLOW},
        {SYS_landlock_restrict_self, {0}, ALLOW},
        {SYS_chroot, {0}, ALLOW},
        {SYS_adjtimex, {0}, ALLOW},
        {SYS_clone, {SIGCHLD}, ALLOW},
        {SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SETTLS}, ALLOW},
        {SYS_clone, {CLONE_NEWUSER | SIGCHLD}, ANSWER(EPERM)},
        {SYS_clone, {CLONE_NEWNS}, ANSWER(EPERM)},
        {SYS_clone, {CLONE_NEWCGROUP | CLONE_VM}, ANSWER(EPERM)},
        {SYS_clone, {CLONE_NEWNET | UINT64_C(1) << 40}, ANSWER(EPERM)},
        {SYS_unshare, {CLONE_FILES}, ALLOW},
        {SYS_unshare, {CLONE_NEWUSER}, ANSWER(EPERM)},
        {SYS_unshare, {CLONE_NEWPID | CLONE_NEWIPC}, ANSWER(EPERM)},
        {SYS_unshare, {0x80}, ANSWER(EPERM)},
        {SYS_clone3, {0}, ANSWER(ENOSYS)},
        {SYS_io_uring_setup, {0}, ANSWER(ENOSYS)},
        {SYS_setns, {0}, ANSWER(EPERM)},
        {SYS_mount, {0}, ANSWER(EPERM)},
        {SYS_umount2, {0}, ANSWER(EPERM)},
        {SYS_open_tree, {0}, ANSWER(EPERM)},
        {SYS_move_mount, {0}, ANSWER(EPERM)},
        {SYS_mount_setattr, {0}, ANSWER(EPERM)},
        {SYS_pivot_root, {0}, ANSWER(EPERM)},
        {SYS_ptrace, {0}, ANSWER(EPERM)},
        {SYS_process_vm_writev, {0}, ANSWER(EPERM)},
        {SYS_pidfd_getfd, {0}, ANSWER(EPERM)},
        {SYS_bpf, {0}, ANSWER(EPERM)},
        {SYS_finit_module, {0}, ANSWER(EPERM)},
        {SYS_kexec_load, {0}, ANSWER(EPERM)},
        {SYS_reboot, {0}, ANSWER(EPERM)},
        {SYS_clock_settime, {0}, ANSWER(EPERM)},
        {SYS_keyctl, {0}, ANSWER(EPERM)},
        {SYS_perf_event_open, {0}, ANSWER(EPERM)},
        {SYS_userfaultfd, {0}, ANSWER(EPERM)},
        {SYS_open_by_handle_at, {0}, ANSWER(EPERM)},
        {SYS_ioctl, {0, 0x5401}, ALLOW},
        {SYS_ioctl, {0, 0x5412}, ANSWER(EPERM)},
        {SYS_ioctl, {0, 0x5412 | UINT64_C(1) << 32}, ANSWER(EPERM)},
        {SYS_ioctl, {0, 0x541c}, ANSWER(EPERM)},
        {SYS_personality, {0xffffffff}, ALLOW},
        {SYS_personality, {UINT64_MAX}, ALLOW},
        {SYS_personality, {0x40000}, ALLOW},
        {SYS_personality, {0x400000}, ANSWER(ENOSYS)},
        {SYS_socket, {1}, ALLOW},
        {SYS_socket, {10}, ALLOW},
        {SYS_socket, {38}, ANSWER(EAFNOSUPPORT)},
        {SYS_socket, {40 | UINT64_C(1) << 33}, ANSWER(EAFNOSUPPORT)},
        {100000, {0}, ANSWER(ENOSYS)},
        {1023, {0}, ANSWER(ENOSYS)},
    };
    _cleanup_policy_ struct policy_program p = {0};

    (void)state;
    compile("batch", NULL, 0, &p);
    check_rows(&p, rows, LEN(rows));
    assert_true(p.confines);
    assert_true(p.shield);
    assert_true(p.take_caps & CAP(SYS_ADMIN));
    assert_false(p.take_caps & 1);
    assert_int_equal(p.notes.count, 0);
}

static void test_strict(void **state)
{
    static const struct row rows[] = {
        {SYS_read, {0}, ALLOW},
        {SYS_execve, {0}, ALLOW},
        {SYS_clone, {SIGCHLD}, ALLOW},
        {SYS_clone, {CLONE_NEWUSER}, KILL},
        {SYS_unshare, {CLONE_FILES}, KILL},
        {SYS_clone3, {0}, ANSWER(ENOSYS)},
        {SYS_socket, {1}, ANSWER(EACCES)},
        {SYS_connect, {0}, KILL},
        {SYS_ptrace, {0}, KILL},
        {SYS_mount, {0}, KILL},
        {SYS_ioctl, {0, 0x5401}, ALLOW},
        {SYS_ioctl, {0, 0x5412}, KILL},
        {SYS_personality, {0}, KILL},
        {100000, {0}, KILL},
    };
    _cleanup_policy_ struct policy_program p = {0};

    (void)state;
    compile("strict", NULL, 0, &p);
    check_rows(&p, rows, LEN(rows));
}

/* Refusals that programs only probe for are in the one program, all others in the other. */
static void test_refusals_are_where_they_are_counted(void **state)
{
    static const char *const shipped[] = {"batch", "strict", "build", "network-client", "readonly"};

    (void)state;
    for (size_t i = 0; i < LEN(shipped); i++) {
        _cleanup_policy_ struct policy_program p = {0};

        compile(shipped[i], NULL, 0, &p);
        for (int number = 0; number < 1024; number++) {
            struct seccomp_data call = {.nr = number, .arch = NATIVE};
            uint32_t quiet, logged;

            assert_int_equal(simulate_filter(&p.quiet, &call, &quiet, NULL), 0);
            assert_int_equal(simulate_filter(&p.logged, &call, &logged, NULL), 0);
            assert_true(quiet == ALLOW || quiet == ANSWER(ENOSYS));
            assert_true(logged == ALLOW || quiet == ALLOW);
            assert_int_not_equal(logged, ANSWER(ENOSYS));
        }
    }
}

static void test_other_abis_are_refused(void **state)
{
    static const char *const shipped[] = {"batch", "strict", "build", "network-client", "readonly"};
    static const uint32_t others[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0};

    (void)state;
    for (size_t i = 0; i < LEN(shipped); i++) {
        _cleanup_policy_ struct policy_program p = {0};
        const struct row read_call = {.number = 3};

        compile(shipped[i], NULL, 0, &p);
        for (size_t a = 0; a < LEN(others); a++)
            assert_int_equal(answer(&p, &read_call, others[a]), KILL);
#ifdef __x86_64__
        const struct row x32 = {.number = 0x40000000 | SYS_read};
        assert_int_not_equal(answer(&p, &x32, NATIVE), ALLOW);
#endif
    }
}

static void test_docker_profile(void **state)
{
    static const struct row plain[] = {
        {SYS_read, {0}, ALLOW},
        {SYS_mount, {0}, ALLOW}, /* Debian's profile allows mounting in user namespaces */
        {SYS_bpf, {0}, ANSWER(EPERM)},
        {SYS_personality, {0}, ALLOW},
        {SYS_personality, {1}, ANSWER(ENOSYS)},
        {SYS_kexec_load, {0}, ANSWER(EPERM)},
        {SYS_socket, {16, 3, 9}, ANSWER(EINVAL)},
        {SYS_socket, {16, 3, 0}, ALLOW},
        {SYS_socket, {2, 1, 9}, ALLOW},
#ifdef __x86_64__
        {SYS_arch_prctl, {0}, ALLOW},
#endif
        {999, {0}, ANSWER(ENOSYS)},
    };
    static const struct row admin[] = {{SYS_bpf, {0}, ALLOW}, {SYS_kexec_load, {0}, ANSWER(EPERM)}};
    _cleanup_policy_ struct policy_program p = {0}, q = {0};
#ifdef __x86_64__
    const struct row read_i386 = {.number = 3};
#endif

    (void)state;
    compile(DOCKER, NULL, 0, &p);
    check_rows(&p, plain, LEN(plain));
#ifdef __x86_64__
    assert_int_equal(answer(&p, &read_i386, AUDIT_ARCH_I386), ALLOW);
#endif
    assert_false(p.shield);
    assert_int_equal(p.take_caps, 0);
    compile(DOCKER, NULL, CAP(SYS_ADMIN), &q);
    check_rows(&q, admin, LEN(admin));
    assert_string_not_equal(p.hash, q.hash);
}

struct filter_case {
    const char *policy;
    const char *words[4];
    struct row rows[8];
    size_t count;
};

static void test_filters(void **state)
{
    static const struct filter_case cases[] = {
        {"none",
         {"~@mount"},
         {{SYS_mount, {0}, KILL},
          {SYS_read, {0}, ALLOW},
          {SYS_clone3, {0}, ALLOW},
          {1000, {0}, ALLOW}},
         4},
        {"none",
         {"~@mount:EPERM ptrace"},
         {{SYS_mount, {0}, ANSWER(EPERM)}, {SYS_ptrace, {0}, KILL}, {SYS_read, {0}, ALLOW}},
         3},
        {"none",
         {"@system-service", "~ptrace:EACCES @chown"},
         {{SYS_read, {0}, ALLOW},
          {SYS_mount, {0}, KILL},
          {SYS_ptrace, {0}, ANSWER(EACCES)},
          {SYS_fchown, {0}, KILL},
          {SYS_clone3, {0}, ALLOW},
          {1000, {0}, ANSWER(ENOSYS)}},
         6},
        {"none",
         {"@basic-io ~write"},
         {{SYS_read, {0}, ALLOW},
          {SYS_write, {0}, KILL},
          {SYS_execve, {0}, ALLOW},
          {SYS_rt_sigprocmask, {0}, ALLOW},
          {SYS_openat, {0}, KILL}},
         5},
        {"none", {"~@mount", "umount2"}, {{SYS_mount, {0}, KILL}, {SYS_umount2, {0}, ALLOW}}, 2},
        {"batch",
         {"@system-service"},
         {{SYS_read, {0}, ALLOW},
          {SYS_clone3, {0}, ANSWER(ENOSYS)},
          {SYS_mount, {0}, KILL},
          {SYS_clone, {CLONE_NEWUSER}, ANSWER(EPERM)},
          {SYS_clone, {0}, ALLOW},
          {SYS_keyctl, {0}, ANSWER(EPERM)},
          {SYS_ioctl, {0, 0x5412}, ANSWER(EPERM)},
          {1000, {0}, ANSWER(ENOSYS)}},
         8},
        {"batch",
         {"~@network-io:EACCES ioctl:38"},
         {{SYS_socket, {1}, ANSWER(EACCES)},
          {SYS_ioctl, {0, 0x5412}, ANSWER(ENOSYS)},
          {SYS_mount, {0}, ANSWER(EPERM)},
          {SYS_read, {0}, ALLOW},
          {1000, {0}, ANSWER(ENOSYS)}},
         5},
        {"strict",
         {"@known"},
         {{SYS_mount, {0}, KILL}, {SYS_read, {0}, ALLOW}, {1000, {0}, KILL}},
         3},
        {"none", {"@known"}, {{SYS_mount, {0}, ALLOW}, {1000, {0}, ANSWER(ENOSYS)}}, 2},
        {"none", {"~read:kill"}, {{SYS_read, {0}, KILL}, {SYS_write, {0}, ALLOW}}, 2},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_policy_ struct policy_program p = {0};

        compile(cases[i].policy, cases[i].words, 0, &p);
        assert_true(p.confines);
        check_rows(&p, cases[i].rows, cases[i].count);
    }
}

static void test_programs_are_short_to_run(void **state)
{
    _cleanup_policy_ struct policy_program p = {0};
    unsigned longest = 0;

    (void)state;
    compile("batch", NULL, 0, &p);
    for (int number = 0; number < 1024; number++) {
        struct seccomp_data call = {.nr = number, .arch = NATIVE};
        uint32_t ret;
        unsigned steps = 0;

        assert_int_equal(simulate_filter(&p.quiet, &call, &ret, &steps), 0);
        longest = steps > longest ? steps : longest;
    }
    assert_in_range(longest, 3, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_refusals_are_where_they_are_counted),
        cmocka_unit_test(test_other_abis_are_refused),
        cmocka_unit_test(test_docker_profile),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_programs_are_short_to_run),
    };

    return cmocka_run_group_tests_name("syscall_filter", tests, NULL, NULL);
}
