/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names are systemd's, so that what is known from unit files can be written here. Calls of all
 * architectures and kernels are listed: what does not exist here has no effect.
 */
#include "policy/groups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct call_group groups[] = {
    {"@system-service", "what ordinary programs and services use",
     "@aio @basic-io @chown @default @file-system @io-event @ipc @keyring @memlock @network-io "
     "@process @resources @setuid @signal @sync @timer arm_fadvise64_64 capget capset "
     "copy_file_range fadvise64 fadvise64_64 flock get_mempolicy getcpu getpriority ioctl "
     "ioprio_get "
     "kcmp madvise mremap name_to_handle_at olduname oldolduname personality readahead readdir "
     "remap_file_pages sched_get_priority_max sched_get_priority_min sched_getattr "
     "sched_getparam sched_getscheduler sched_rr_get_interval sched_yield sendfile sendfile64 "
     "setfsgid setfsgid32 setfsuid setfsuid32 setpgid setsid splice sysinfo tee umask uname "
     "userfaultfd vmsplice"},
    {"@default", "always allowed: starting, ending, memory, time, identity",
     "arch_prctl brk cacheflush clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
     "clock_nanosleep clock_nanosleep_time64 execve exit exit_group futex futex_time64 futex_wait "
     "futex_waitv futex_wake futex_requeue get_robust_list get_thread_area getegid getegid32 "
     "geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid "
     "getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getsid gettid gettimeofday "
     "getuid getuid32 membarrier mmap mmap2 mprotect munmap nanosleep pause prlimit64 "
     "restart_syscall riscv_flush_icache rseq rt_sigprocmask rt_sigreturn sched_getaffinity "
     "sched_yield set_robust_list set_thread_area set_tid_address set_tls sigprocmask sigreturn "
     "time ugetrlimit"},
    {"@basic-io", "reading, writing, seeking, closing, duplicating",
     "_llseek close close_range dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev "
     "pwritev2 read readv write writev"},
    {"@file-system", "files and directories",
     "access cachestat chdir chmod close creat faccessat faccessat2 fallocate fchdir fchmod "
     "fchmodat "
     "fchmodat2 fcntl fcntl64 fgetxattr flistxattr fremovexattr fsetxattr fstat fstat64 fstatat64 "
     "fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr "
     "getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr link "
     "linkat listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat "
     "mknod mknodat newfstatat oldfstat oldlstat oldstat open openat openat2 readlink readlinkat "
     "removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat stat64 "
     "statfs statfs64 statx symlink symlinkat truncate truncate64 unlink unlinkat utime "
     "utimensat utimensat_time64 utimes"},
    {"@io-event", "waiting for descriptors",
     "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
     "epoll_wait epoll_wait_old eventfd eventfd2 poll ppoll ppoll_time64 pselect6 "
     "pselect6_time64 select"},
    {"@ipc", "pipes, System V and POSIX communication, shared memory",
     "ipc memfd_create memfd_secret mq_getsetattr mq_notify mq_open mq_timedreceive "
     "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv "
     "msgsnd pipe pipe2 process_madvise process_vm_readv process_vm_writev semctl semget semop "
     "semtimedop semtimedop_time64 shmat shmctl shmdt shmget"},
    {"@network-io", "sockets",
     "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom "
     "recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket "
     "socketcall socketpair"},
    {"@process", "making, waiting for, signalling and naming processes, namespaces",
     "capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal prctl "
     "process_mrelease rt_sigqueueinfo rt_tgsigqueueinfo setns swapcontext tgkill times tkill "
     "unshare vfork wait4 waitid waitpid"},
    {"@signal", "handling signals",
     "rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait "
     "rt_sigtimedwait_time64 sgetmask sigaction sigaltstack signal signalfd signalfd4 sigpending "
     "sigprocmask sigsuspend ssetmask"},
    {"@sync", "writing files and memory out to storage",
     "arm_sync_file_range fdatasync fsync msync sync sync_file_range sync_file_range2 syncfs"},
    {"@timer", "timers",
     "alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime "
     "timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
     "timerfd_gettime64 timerfd_settime timerfd_settime64 times"},
    {"@aio", "asynchronous I/O",
     "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit "
     "io_uring_enter io_uring_register io_uring_setup"},
    {"@chown", "changing who owns files", "chown chown32 fchown fchown32 fchownat lchown lchown32"},
    {"@setuid", "changing users and groups",
     "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid "
     "setresuid32 setreuid setreuid32 setuid setuid32"},
    {"@memlock", "keeping memory from being swapped", "mlock mlock2 mlockall munlock munlockall"},
    {"@resources", "priorities, limits, memory placement",
     "ioprio_set mbind migrate_pages move_pages nice sched_setaffinity sched_setattr "
     "sched_setparam sched_setscheduler set_mempolicy set_mempolicy_home_node setpriority "
     "setrlimit"},
    {"@keyring", "the kernel's keyrings", "add_key keyctl request_key"},
    {"@pkey", "memory protection keys", "pkey_alloc pkey_free pkey_mprotect"},
    {"@sandbox", "confining oneself further",
     "landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp"},
    {"@clock", "setting the clock",
     "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime"},
    {"@cpu-emulation", "old processor modes", "modify_ldt subpage_prot switch_endian vm86 vm86old"},
    {"@debug", "watching and changing other processes",
     "lookup_dcookie perf_event_open pidfd_getfd process_vm_readv process_vm_writev ptrace rtas "
     "s390_runtime_instr sys_debug_setcontext"},
    {"@module", "kernel modules", "delete_module finit_module init_module"},
    {"@mount", "mounts and the root directory",
     "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree "
     "open_tree_attr pivot_root umount umount2"},
    {"@obsolete", "unused or gone",
     "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg gtty idle lock "
     "mpx prof profil putpmsg query_module security sgetmask ssetmask stime stty sysfs tuxcall "
     "ulimit uselib ustat vserver"},
    {"@privileged", "what needs a capability",
     "@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot fanotify_init "
     "fanotify_mark nfsservctl open_by_handle_at pivot_root quotactl quotactl_fd setdomainname "
     "setfsuid setfsuid32 setgroups setgroups32 sethostname setresuid setresuid32 setreuid "
     "setreuid32 setuid setuid32 syslog vhangup"},
    {"@raw-io", "ports and devices without a driver",
     "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write s390_pci_mmio_read "
     "s390_pci_mmio_write"},
    {"@reboot", "rebooting and replacing the kernel", "kexec_file_load kexec_load reboot"},
    {"@swap", "swap areas", "swapoff swapon"},
    {"@known", "every call that is known here", NULL},
};

#define COUNT (sizeof(groups) / sizeof(groups[0]))

const struct call_group *groups_all(size_t *count)
{
    *count = COUNT;
    return groups;
}

const struct call_group *group_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    }
    return NULL;
}

static int expand_words(const char *words, struct strv *calls)
{
    char word[64];
    int n, r = 0;

    for (; r == 0 && sscanf(words, "%63s%n", word, &n) == 1; words += n)
        r = word[0] == '@' ? group_expand(word, calls) : strv_add(calls, word);
    return r;
}

int group_expand(const char *name, struct strv *calls)
{
    const struct call_group *group = group_find(name);
    int r = 0;

    if (!group)
        return -ENOENT;
    if (group->calls)
        return expand_words(group->calls, calls);
    for (size_t i = 0; r == 0 && i < COUNT; i++) {
        if (groups[i].calls)
            r = expand_words(groups[i].calls, calls);
    }
    return r;
}
