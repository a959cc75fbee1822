/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a process died: signals and their senders, OOM victims, refused system calls. */
#ifndef CGRUN_BPF_CAUSES_BPF_H
#define CGRUN_BPF_CAUSES_BPF_H

#include "bpf/maps.bpf.h"

#define SIGNAL_LOSE_INFO 4 /* include/trace/events/signal.h: delivered, without its origin */
#define SEND_SIG_NOINFO  0 /* in place of a siginfo's address: from a process */
#define SEND_SIG_PRIV    1 /* from the kernel */
#define SI_USER          0
#define SI_QUEUE         (-1)
#define SI_TKILL         (-6)
#define SIGKILL          9
#define SIGCHLD          17
#define SIGCONT          18
#define SIGURG           23
#define SIGWINCH         28
#define SIGSYS           31

/* What a refusing filter returns; others only log, ask a tracer or a supervisor. */
#define SECCOMP_ACTION       0xffff0000u
#define SECCOMP_KILL_PROCESS 0x80000000u
#define SECCOMP_KILL_THREAD  0x00000000u
#define SECCOMP_TRAP         0x00030000u
#define SECCOMP_ERRNO        0x00050000u

static __always_inline bool_t is_noise(int sig)
{
    return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

/* Of the kernel's making: a fault, the terminal, a timer, a limit, the OOM killer. */
static __always_inline bool_t from_kernel(struct kernel_siginfo *info, __u64 target)
{
    int code;

    if ((unsigned long)info == SEND_SIG_PRIV)
        return 1;
    /* Without siginfo to oneself: a broken pipe. From others: cgroup.kill. */
    if ((unsigned long)info == SEND_SIG_NOINFO)
        return current_key() == target;
    code = BPF_CORE_READ(info, si_code);
    return code != SI_USER && code != SI_QUEUE && code != SI_TKILL;
}

/* Of the call that the running task is in: its registers, saved as it entered the kernel. */
static __always_inline void note_args(struct process *p, struct job_extra *x)
{
    SYSCALL_REGS *regs;

    if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return;
    regs = (SYSCALL_REGS *)bpf_task_pt_regs(bpf_get_current_task_btf());
    p->flags |= JOB_RECORD_ARGS;
    x->denied_args[0] = SYSCALL_ARG(regs, 0);
    x->denied_args[1] = SYSCALL_ARG(regs, 1);
    x->denied_args[2] = SYSCALL_ARG(regs, 2);
    x->denied_args[3] = SYSCALL_ARG(regs, 3);
    x->denied_args[4] = SYSCALL_ARG(regs, 4);
    x->denied_args[5] = SYSCALL_ARG(regs, 5);
}

APART void note_sender(struct process *p, int sig, struct kernel_siginfo *info, __u64 target)
{
    struct extra *found = find_extra(p, target);
    struct job_extra *x;

    if (!found)
        return;
    x = &found->extra;
    x->signal = sig;
    x->sender_pid = x->sender_uid = 0;
    x->sender_cgroup = 0;
    x->sender_comm[0] = 0;
    if (!from_kernel(info, target)) {
        x->sender_cgroup = bpf_get_current_cgroup_id();
        x->sender_pid = bpf_get_current_pid_tgid() >> 32;
        x->sender_uid = (__u32)bpf_get_current_uid_gid();
        bpf_get_current_comm(x->sender_comm, sizeof(x->sender_comm));
    }
    x->denied_syscall = sig == SIGSYS && (unsigned long)info > SEND_SIG_PRIV
                            ? BPF_CORE_READ(info, _sifields._sigsys._syscall)
                            : -1;
    if (x->denied_syscall >= 0)
        note_args(p, x);
}

static __always_inline void note_kernel_kill(struct task_struct *task, __u64 key)
{
    __u32 zero = 0;
    struct kernel_kill *k = bpf_map_lookup_elem(&kernel_kills, &zero);

    if (!k)
        return;
    k->signal = key;
    k->pid = task->pid;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int sig, void *siginfo, struct task_struct *task, int group, int result)
{
    struct kernel_siginfo *info;
    struct process *p;
    __u64 key;

    if ((result != 0 && result != SIGNAL_LOSE_INFO) || sig == SIGCHLD)
        return 0;
    key = read_key(task);
    p = known_process(key);
    if (!p)
        return 0;
    for_each_job(t, find_totals(p->job)) add(&t->signals, 1);
    /* Copied, because the verifier takes it for a pointer that is never 0. */
    if (is_noise(sig) || bpf_probe_read_kernel(&info, sizeof(info), &ctx[1]) < 0)
        return 0;
    note_sender(p, sig, info, key);
    if (sig == SIGKILL && (unsigned long)info == SEND_SIG_PRIV)
        note_kernel_kill(task, key);
    return 0;
}

/*
 * The argument is the victim's number up to 6.7, the task since; no address is that small. The
 * kernel has sent the victim its SIGKILL just before, on this processor and under a lock: that
 * tells which process it is from the number alone, and passes over those that were dying of
 * something else already.
 */
SEC("tp_btf/mark_victim")
int on_victim(__u64 *ctx)
{
    __u32 zero = 0, pid;
    struct kernel_kill *k = bpf_map_lookup_elem(&kernel_kills, &zero);
    struct process *p;
    __u64 victim;

    /* Copied, because the verifier would hold a plain load to the one type it has here. */
    if (!k || bpf_probe_read_kernel(&victim, sizeof(victim), ctx) < 0)
        return 0;
    pid = (__u32)victim;
    if (victim > 0xffffffffULL)
        pid = BPF_CORE_READ((struct task_struct *)victim, pid);
    if (k->pid != pid)
        return 0;
    p = known_process(k->signal);
    if (p)
        p->flags |= JOB_RECORD_OOM;
    return 0;
}

#ifdef DEAD_BY_FENTRY

static __always_inline bool_t is_refusal(__u32 action)
{
    return action == SECCOMP_KILL_PROCESS || action == SECCOMP_KILL_THREAD ||
           action == SECCOMP_TRAP || action == SECCOMP_ERRNO;
}

/* Up to 5.15 no signal is generated for this death. */
static __always_inline void note_refusal_kill(struct process *p, __u64 key, __s32 syscall)
{
    struct extra *x = find_extra(p, key);

    if (!x)
        return;
    x->extra.signal = SIGSYS;
    x->extra.sender_pid = x->extra.sender_uid = 0;
    x->extra.sender_cgroup = 0;
    x->extra.denied_syscall = syscall;
}

static __always_inline void count_refusal(struct job_totals *t, __u32 pid, __s32 syscall)
{
    struct job_denied_key which = {.cgroup_id = t->cgroup_id, .pid = pid, .syscall = syscall};
    struct job_denied fresh = {.count = 1, .first_ns = bpf_ktime_get_boot_ns()}, *known;

    add(&t->denied, 1);
    known = bpf_map_lookup_elem(&denied, &which);
    if (known) {
        add(&known->count, 1);
        return;
    }
    bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
    bpf_map_update_elem(&denied, &which, &fresh, BPF_NOEXIST);
}

/* Called for kills, and for what filters that ask for logging answer. */
SEC("fentry/audit_seccomp")
int BPF_PROG(on_refusal, unsigned long syscall, long signr, int code)
{
    __u32 action = (__u32)code & SECCOMP_ACTION;
    __u64 key = current_key();
    struct process *p = known_process(key);

    if (!p || !is_refusal(action))
        return 0;
    if (action == SECCOMP_KILL_PROCESS || action == SECCOMP_KILL_THREAD)
        note_refusal_kill(p, key, (__s32)syscall);
    for_each_job(t, find_totals(p->job)) count_refusal(t, p->pid, (__s32)syscall);
    return 0;
}

#endif

#endif
