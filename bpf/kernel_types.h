/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few kernel structures that the programs read, and of each only the members read. Offsets are
 * relocated when the programs are loaded (CO-RE), so nothing here depends on one kernel's layout,
 * and no vmlinux.h is needed to build. A `___suffix` names the same structure of other kernels.
 */
#ifndef CGRUN_BPF_KERNEL_TYPES_H
#define CGRUN_BPF_KERNEL_TYPES_H

#include <linux/types.h>

typedef __u8 bool_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
    __u64 id; /* of a cgroup directory: its inode number, what user space calls the cgroup id */
    struct kernfs_node *__parent;
};

struct kernfs_node___v614 {
    struct kernfs_node *parent;
};

struct cgroup;

struct cgroup_subsys_state {
    struct cgroup *cgroup;
    struct cgroup_subsys_state *parent;
};

struct cgroup {
    struct cgroup_subsys_state self;
    struct kernfs_node *kn; /* its directory; above it are those of the groups above */
};

struct css_set {
    struct cgroup *dfl_cgrp; /* in the cgroup2 hierarchy */
};

struct percpu_counter {
    __s64 count;
    __s32 *counters; /* what each processor keeps to itself */
};

typedef struct {
    int counter;
} atomic_t;

struct mm_struct {
    atomic_t mm_users;
    unsigned long hiwater_rss;         /* pages; brought up to date only before RSS falls */
    struct percpu_counter rss_stat[4]; /* file, anonymous, swapped, shared; since 6.2 */
};

/* Up to 6.1. */
struct mm_rss_stat {
    struct {
        long counter;
    } count[4];
};

struct mm_struct___v61 {
    struct mm_rss_stat rss_stat;
};

struct signal_struct {
    atomic_t live;  /* threads that have not entered exit */
    int nr_threads; /* that have not been reaped */
    int group_exit_code;
    unsigned int flags;
    unsigned long maxrss; /* pages */
};

struct sched_entity {
    __u64 sum_exec_runtime;
};

struct sched_class {
    void *task_dead;
};

struct sched_info {
    unsigned long long run_delay;
};

struct task_io_accounting {
    __u64 read_bytes, write_bytes, cancelled_write_bytes;
};

struct task_delay_info {
    __u64 blkio_delay;
};

struct cred {
    struct {
        unsigned int val;
    } uid;
};

/* Up to 5.13. */
struct task_struct___v513 {
    volatile long state;
};

struct task_struct {
    unsigned int __state;
    unsigned int flags;
    int pid, tgid, exit_code, exit_state;
    char comm[16];
    struct task_struct *real_parent, *group_leader;
    struct signal_struct *signal;
    struct css_set *cgroups;
    struct mm_struct *mm;
    struct files_struct *files;
    struct fs_struct *fs;
    struct task_delay_info *delays;
    const struct cred *cred;
    const struct sched_class *sched_class;
    struct sched_entity se;
    struct sched_info sched_info;
    struct task_io_accounting ioac;
    __u64 utime, stime, start_boottime;
    unsigned long nvcsw, nivcsw, min_flt, maj_flt;
};

struct qstr {
    const unsigned char *name;
};

struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    struct path f_path;
    unsigned int f_mode;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct fs_struct {
    struct path pwd;
};

/* A map, of the per-CPU array type here. */
struct bpf_array {
    char *pptrs[2];
};

struct request;

struct linux_binprm {
    const char *filename;
};

union __sifields {
    struct {
        void *_call_addr;
        int _syscall;
    } _sigsys;
};

struct kernel_siginfo {
    int si_signo, si_errno, si_code;
    union __sifields _sifields;
};

/* Where a system call's arguments are, by architecture. */
struct pt_regs___call_x86 {
    unsigned long di, si, dx, r10, r8, r9, orig_ax;
};

struct pt_regs___call_arm64 {
    __u64 regs[6];
    int syscallno;
};

#pragma clang attribute pop

#ifdef __TARGET_ARCH_arm64
#define SYSCALL_REGS           struct pt_regs___call_arm64
#define SYSCALL_ARG(from, nth) BPF_CORE_READ(from, regs[nth])
#define SYSCALL_NUMBER(from)   BPF_CORE_READ((SYSCALL_REGS *)(from), syscallno)
#else
#define SYSCALL_NUMBER(from)   BPF_CORE_READ((SYSCALL_REGS *)(from), orig_ax)
#define SYSCALL_REGS           struct pt_regs___call_x86
#define SYSCALL_REG_0          di
#define SYSCALL_REG_1          si
#define SYSCALL_REG_2          dx
#define SYSCALL_REG_3          r10
#define SYSCALL_REG_4          r8
#define SYSCALL_REG_5          r9
#define SYSCALL_ARG(from, nth) BPF_CORE_READ(from, SYSCALL_REG_##nth)
#endif

#endif
