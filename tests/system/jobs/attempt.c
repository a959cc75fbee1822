/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attempt WHAT...: tries each of these and says "WHAT: done" or "WHAT: EPERM". None of them does
 * harm where it succeeds: files are opened only, mounts are of places that are not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOWHERE "/nonexistent/place"

static int open_only(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int try_mount(void)
{
    return mount("none", NOWHERE, "tmpfs", 0, NULL);
}

static int try_remount(void)
{
    return mount(NULL, NOWHERE, NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int try_mount_setattr(void)
{
    uint64_t attr[4] = {0};

    return (int)syscall(SYS_mount_setattr, AT_FDCWD, NOWHERE, 0, attr, sizeof(attr));
}

static int try_umount(void)
{
    return umount2(NOWHERE, MNT_DETACH);
}

static int try_unshare_mount(void)
{
    return unshare(CLONE_NEWNS);
}

static int try_unshare_user(void)
{
    return unshare(CLONE_NEWUSER);
}

static int try_unshare_cgroup(void)
{
    return unshare(CLONE_NEWCGROUP);
}

static int try_setns(void)
{
    int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC), r, saved;

    if (fd < 0)
        fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    r = setns(fd, CLONE_NEWNS);
    saved = errno;
    close(fd);
    errno = saved;
    return r;
}

static int end_child(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return -1;
    waitpid((pid_t)pid, NULL, 0);
    return 0;
}

static int try_clone_mount(void)
{
    return end_child(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_clone3_mount(void)
{
    struct clone_args args = {.flags = CLONE_NEWNS, .exit_signal = SIGCHLD};

    return end_child(syscall(SYS_clone3, &args, sizeof(args)));
}

static int try_core_pattern(void)
{
    return open_only("/proc/sys/kernel/core_pattern");
}

static int try_uevent_helper(void)
{
    return open_only("/sys/kernel/uevent_helper");
}

static int try_sysrq(void)
{
    return open_only("/proc/sysrq-trigger");
}

static int try_raise_files(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) < 0)
        return -1;
    l.rlim_max++;
    return setrlimit(RLIMIT_NOFILE, &l);
}

static int try_nice(void)
{
    return setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - 1);
}

static int try_fifo(void)
{
    struct sched_param param = {.sched_priority = 1};

    return sched_setscheduler(0, SCHED_FIFO, &param);
}

static int try_module(void)
{
    return (int)syscall(SYS_init_module, NULL, 0UL, "");
}

static int try_bpf(void)
{
    return (int)syscall(SYS_bpf, -1, NULL, 0);
}

static int try_fsopen(void)
{
    int fd = (int)syscall(SYS_fsopen, "cgroup2", 1);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int try_open_tree(void)
{
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int try_pivot_root(void)
{
    return (int)syscall(SYS_pivot_root, NOWHERE, NOWHERE);
}

static int try_swapon(void)
{
    return (int)syscall(SYS_swapon, NOWHERE, 0);
}

static int try_reboot(void)
{
    return (int)syscall(SYS_reboot, 0, 0, 0, NULL);
}

static int try_kexec(void)
{
    return (int)syscall(SYS_kexec_load, 0UL, 0UL, NULL, -1UL);
}

static int try_perf(void)
{
    return (int)syscall(SYS_perf_event_open, NULL, -1, -1, -1, -1UL);
}

/* The parent is cgrun, outside the job. */
static int try_parents_memory(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return open_only(path);
}

static int try_sethostname(void)
{
    return (int)syscall(SYS_sethostname, NULL, -1L);
}

static int try_getppid(void)
{
    return getppid() > 0 ? 0 : -1;
}

static const struct {
    const char *what;
    int (*try)(void);
} attempts[] = {
    {"mount", try_mount},
    {"remount", try_remount},
    {"mount_setattr", try_mount_setattr},
    {"umount", try_umount},
    {"unshare-mount", try_unshare_mount},
    {"unshare-user", try_unshare_user},
    {"unshare-cgroup", try_unshare_cgroup},
    {"setns", try_setns},
    {"clone-mount", try_clone_mount},
    {"clone3-mount", try_clone3_mount},
    {"core_pattern", try_core_pattern},
    {"uevent_helper", try_uevent_helper},
    {"sysrq-trigger", try_sysrq},
    {"raise-nofile", try_raise_files},
    {"nice-below", try_nice},
    {"fifo", try_fifo},
    {"init_module", try_module},
    {"bpf", try_bpf},
    {"fsopen", try_fsopen},
    {"open_tree", try_open_tree},
    {"pivot_root", try_pivot_root},
    {"swapon", try_swapon},
    {"reboot", try_reboot},
    {"kexec_load", try_kexec},
    {"perf_event_open", try_perf},
    {"parents-memory", try_parents_memory},
    {"sethostname", try_sethostname},
    {"getppid", try_getppid},
};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        for (size_t k = 0; k < sizeof(attempts) / sizeof(attempts[0]); k++) {
            if (strcmp(argv[i], attempts[k].what) != 0)
                continue;
            errno = 0;
            printf("%s: %s\n", argv[i], attempts[k].try() == 0 ? "done" : strerrorname_np(errno));
            fflush(stdout);
        }
    }
    return 0;
}
