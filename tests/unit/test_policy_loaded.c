/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shipped policies loaded into this kernel: it answers each call as the simulator does. No call
 * is executed: beneath the policy lies a filter that answers all but exit_group with an errno of
 * its own, which is what comes back where the policy lets a call through. Of two filters with an
 * errno the kernel takes the later one's, so a refusal is still the policy's.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/compile.h"
#include "policy/policy.h"
#include "policy/simulate.h"
#include "tests/unit/unit.h"

#define LET_THROUGH 4000 /* an errno that no policy and no kernel uses */
#define NUMBERS     470
#define BEYOND      5000 /* a number that no call has */

/* What happened to one call: an errno, or one of these. */
enum { NOT_TRIED, RETURNED = -1, KILLED = -2 };

/* The arguments that are tried for each call: conditions of the shipped policies turn on them. */
static const unsigned long tried_args[][6] = {
    {0, 0, 0, 0, 0, 0},
    {1, 1, 1, 1, 1, 1},
    {0x10000000, 0x10000000, 0, 0, 0, 0}, /* CLONE_NEWUSER */
    {0x00020000, 0x5412, 0, 0, 0, 0},     /* CLONE_NEWNS, TIOCSTI */
    {2, 3, 17, 0, 0, 0},                  /* AF_INET, SOCK_RAW, UDP */
    {16, 3, 0, 0, 0, 0},                  /* AF_NETLINK */
    {40, 1, 0, 0, 0, 0},                  /* AF_VSOCK */
    {43, 10, 267, 267, 0, 0},             /* AF_SMC, SOCK_PACKET, the number of /dev/kmsg */
    {33, 0xaa00, 2690, 2690, 0, 0},       /* AF_RXRPC, USERFAULTFD_IOC_NEW, /dev/watchdog */
    {0, 0x4c0a, 0, 0, 0, 0},              /* LOOP_CONFIGURE */
    {0, 0x40086602, 0, 0, 0, 0},          /* FS_IOC_SETFLAGS */
    {~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL},
};

struct results {
    int of[NUMBERS + 1];
};

static int install_floor(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | LET_THROUGH),
    };
    const struct sock_fprog program = {.len = LEN(code), .filter = code};

    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int number_of(int i)
{
    return i < NUMBERS ? i : BEYOND;
}

/*
 * Two calls have to work for the test itself. uretprobe and uprobe of x86-64 pass by every filter
 * in the kernel, and end who calls them from anywhere but a probe's trampoline.
 */
static bool is_left_out(int number)
{
#ifdef __x86_64__
    if (number == 335 || number == 336)
        return true;
#endif
    return number == SYS_exit_group || number == SYS_seccomp;
}

/* In a child that installs both and makes the calls from number `from` on. */
static void try_calls(const struct policy_program *p, const unsigned long *a, int from,
                      struct results *results)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || install_floor() < 0)
        _exit(1);
    if (p->quiet.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p->quiet) < 0)
        _exit(2);
    if (p->logged.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p->logged) < 0)
        _exit(3);
    for (int i = from; i <= NUMBERS; i++) {
        if (is_left_out(number_of(i)))
            continue;
        results->of[i] = KILLED; /* unless there is an after */
        errno = 0;
        results->of[i] = syscall(number_of(i), a[0], a[1], a[2], a[3], a[4], a[5]) < 0 && errno
                             ? errno
                             : RETURNED;
    }
    _exit(0);
}

/* Each call that kills ends a child; the next one goes on behind it. */
static void collect(const struct policy_program *p, const unsigned long *args,
                    struct results *results)
{
    int from = 0, status;

    while (from <= NUMBERS) {
        pid_t child = fork();

        if (child == 0)
            try_calls(p, args, from, results);
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return;
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("the child that tried calls from %d on ended with 0x%x", from, status);
        while (from <= NUMBERS && results->of[from] != KILLED)
            from++;
        while (from <= NUMBERS && results->of[from] == KILLED)
            from++;
    }
}

static int expected_of(const struct policy_program *p, int number, const unsigned long *args)
{
    struct seccomp_data call = {.nr = number, .arch = compile_native_arch()};
    uint32_t ret;

    for (int i = 0; i < 6; i++)
        call.args[i] = args[i];
    ret = simulate_policy(p, &call);
    switch (ret & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
        return LET_THROUGH;
    case SECCOMP_RET_ERRNO:
        return (int)(ret & SECCOMP_RET_DATA);
    default: /* a trap's signal kills who has no handler for it */
        return KILLED;
    }
}

static void check(const char *policy, const struct policy_program *p, const unsigned long *args,
                  struct results *results)
{
    *results = (struct results){0};
    collect(p, args, results);
    for (int i = 0; i <= NUMBERS; i++) {
        int expected = expected_of(p, number_of(i), args);

        if (is_left_out(number_of(i)))
            continue;
        if (results->of[i] != expected)
            fail_msg("%s, call %d(0x%lx, 0x%lx, ...): the kernel answers %d, the simulator %d",
                     policy, number_of(i), args[0], args[1], results->of[i], expected);
    }
}

static void test_the_kernel_answers_as_the_simulator(void **state)
{
    static const char *const policies[] = {"batch", "strict", "build", "network-client",
                                           "readonly"};
    struct results *results =
        mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_true(results != MAP_FAILED);
    for (size_t i = 0; i < LEN(policies); i++) {
        const struct policy_request request = {.policy = policies[i]};
        _cleanup_policy_ struct policy_program p = {0};
        struct err err = {0};

        assert_int_equal(policy_compile(&request, &p, &err), 0);
        for (size_t a = 0; a < LEN(tried_args); a++)
            check(policies[i], &p, tried_args[a], results);
    }
    munmap(results, sizeof(*results));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_kernel_answers_as_the_simulator)};

    return cmocka_run_group_tests_name("policy_loaded", tests, NULL, NULL);
}
