/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/spawn.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/prefault.h"

#define STACK_SIZE  ((size_t)64 * 1024)
#define STACK_USED  ((size_t)12 * 1024) /* by the child's steps */
#define STACK_ALIGN 16

/* linux/sched.h's, which cannot be included beside <sched.h>. */
struct clone3_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        set_tid_size, cgroup;
};

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/*
 * The C library has no call for clone3 with a function: the child comes back from it on an empty
 * stack, so what follows is done in registers. Returns in the parent only.
 */
#if defined(__x86_64__)

static long clone3_call(struct clone3_args *args, int (*fn)(void *), void *arg)
{
    register int (*fn_reg)(void *) __asm__("r8") = fn;
    register void *arg_reg __asm__("r9") = arg;
    long ret;

    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r9, %%rdi\n\t"
                     "call *%%r8\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(ret)
                     : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(fn_reg),
                       "r"(arg_reg)
                     : "rcx", "r11", "memory");
    return ret;
}

#elif defined(__aarch64__)

static long clone3_call(struct clone3_args *args, int (*fn)(void *), void *arg)
{
    register long number __asm__("x8") = SYS_clone3;
    register long ret __asm__("x0") = (long)args;
    register size_t size __asm__("x1") = sizeof(*args);
    register int (*fn_reg)(void *) __asm__("x9") = fn;
    register void *arg_reg __asm__("x10") = arg;

    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x10\n\t"
                     "blr x9\n\t"
                     "brk #1\n"
                     "1:"
                     : "+r"(ret)
                     : "r"(number), "r"(size), "r"(fn_reg), "r"(arg_reg)
                     : "memory", "x30");
    return ret;
}

#else

static long clone3_call(struct clone3_args *args, int (*fn)(void *), void *arg)
{
    (void)args;
    (void)fn;
    (void)arg;
    return -ENOSYS;
}

#endif

static pid_t spawn_on(char *stack, int (*fn)(void *), void *arg, int cgroup_fd, pid_t *number)
{
    struct clone3_args args = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP | CLONE_PARENT_SETTID,
        .parent_tid = (uintptr_t)number,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)stack,
        .stack_size = STACK_SIZE,
        .cgroup = (uint64_t)cgroup_fd,
    };
    int pid;

    if (cgroup_fd >= 0)
        return (pid_t)clone3_call(&args, fn, arg);
    pid = clone(fn, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD, arg,
                number);
    return pid < 0 ? -errno : pid;
}

/*
 * The parent stops until the child has executed something, and what both work on is in the caches
 * of its processor. Left to itself the scheduler sends a new process to another one, which has to
 * be woken for it: a tenth of a whole launch. So the child is made while its parent may run in one
 * place only, and may run everywhere again as soon as it does.
 */
struct here {
    int (*fn)(void *);
    void *arg;
    bool held;
    cpu_set_t everywhere; /* as the caller was set */
};

static void hold(struct here *here)
{
    int cpu = sched_getcpu();
    cpu_set_t one;

    if (cpu < 0 || cpu >= CPU_SETSIZE ||
        sched_getaffinity(0, sizeof(here->everywhere), &here->everywhere) < 0)
        return;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    here->held = sched_setaffinity(0, sizeof(one), &one) == 0;
}

static void let_loose(const struct here *here, pid_t pid)
{
    if (here->held)
        sched_setaffinity(pid, sizeof(here->everywhere), &here->everywhere);
}

/* The parent as well, now: it wakes when the command runs, and shall not have to wait for it. */
static int begin_here(void *data)
{
    const struct here *here = data;

    let_loose(here, getppid());
    let_loose(here, 0);
    return here->fn(here->arg);
}

pid_t spawn_sharing(int (*fn)(void *), void *arg, int cgroup_fd, pid_t *number)
{
    struct here here = {.fn = fn, .arg = arg};
    char *stack = aligned_alloc(STACK_ALIGN, STACK_SIZE);
    pid_t pid;

    if (!stack)
        return -ENOMEM;
    prefault(stack + STACK_SIZE - STACK_USED, STACK_USED);
    hold(&here);
    pid = spawn_on(stack, begin_here, &here, cgroup_fd, number);
    let_loose(&here, 0);
    free(stack); /* the child has executed something, or ended */
    return pid;
}
