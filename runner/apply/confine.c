/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

/* <sys/mount.h> of this C library clashes with <linux/mount.h>; these are the kernel's numbers. */
#define OLD_MS_RDONLY  1u
#define OLD_MS_REMOUNT 32u
#define OLD_MS_BIND    4096u
#define OLD_MS_REC     16384u
#define OLD_MS_SLAVE   (1u << 19)

/* Not in the headers of Debian 12's kernel, where the ABI knows it: moving files between
 * directories. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Nor are network and scopes in its struct landlock_ruleset_attr. Kernels take a longer one whose
 * rest is zero. */
struct ruleset {
    uint64_t file_system, network, scoped;
};
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

static int sys_mount(const char *source, const char *target, unsigned long flags)
{
    return (int)syscall(SYS_mount, source, target, NULL, flags, NULL);
}

/* statvfs and mount number the flags alike as far as they are kept here. */
static unsigned long kept(uint64_t flags)
{
    return flags & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME);
}

static int set_tree(const char *path, uint64_t flags)
{
    struct mount_attr attr = {.attr_set = flags};

    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr));
}

static int readonly_tree(const char *path)
{
    return set_tree(path, MOUNT_ATTR_RDONLY);
}

static int readonly_one(const struct plan_mount *m)
{
    return sys_mount(NULL, m->path, OLD_MS_REMOUNT | OLD_MS_BIND | OLD_MS_RDONLY | kept(m->flags));
}

/* The file system that is handed in, over what `at` is. */
static int put_over(int mount, int at)
{
    return mount < 0 ? -1
                     : (int)syscall(SYS_move_mount, mount, "", at, "",
                                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int memory_file_system(const char *mode, unsigned flags)
{
    _cleanup_close_ int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

    if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", mode, 0) < 0 ||
        syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, flags);
}

static int copy_of(int at, const char *path)
{
    return (int)syscall(SYS_open_tree, at, path,
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
                            (*path ? 0 : AT_EMPTY_PATH));
}

/* Another's directory is an empty one that is closed, another's file is empty. */
static int hide(int at)
{
    struct stat st;

    if (fstat(at, &st) < 0)
        return -1;
    {
        _cleanup_close_ int over =
            S_ISDIR(st.st_mode) ? memory_file_system("0", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                              MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
                                : copy_of(AT_FDCWD, "/dev/null");

        return put_over(over, at);
    }
}

static int change(int at, bool readonly)
{
    struct mount_attr attr = {.attr_set = readonly ? MOUNT_ATTR_RDONLY : 0,
                              .attr_clr = readonly ? 0 : MOUNT_ATTR_RDONLY};
    _cleanup_close_ int tree = copy_of(at, "");

    if (tree < 0 ||
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
        return -1;
    return put_over(tree, at);
}

/* The path is looked up once: whoever may rename on it cannot get between two uses of it. */
static int apply_path(const struct plan_mount *m)
{
    _cleanup_close_ int at = open(m->path, O_PATH | O_CLOEXEC), memory = -1;

    if (at < 0)
        return m->optional && errno == ENOENT ? 0 : -1;
    switch (m->kind) {
    case PLAN_MOUNT_PATH_HIDDEN:
        return hide(at);
    case PLAN_MOUNT_PRIVATE_TMP:
        memory = memory_file_system("1777", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
        return put_over(memory, at);
    default:
        if (m->kind == PLAN_MOUNT_PATH_READONLY && m->path[strspn(m->path, "/")] == '\0')
            return readonly_tree("/");
        return change(at, m->kind == PLAN_MOUNT_PATH_READONLY);
    }
}

static int mount_proc(const char *path)
{
    return (int)syscall(SYS_mount, "proc", path, "proc", ST_NOSUID | ST_NODEV | ST_NOEXEC, NULL);
}

/* A file system of its own there, rather than another place of ours: nothing can be in it. */
static int close_own(const char *path)
{
    return (int)syscall(SYS_mount, "tmpfs", path, "tmpfs",
                        OLD_MS_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC, "mode=0");
}

/* Other than paths that are asked for, these must hold on kernels before 5.12 too. */
static int bind_with(const char *path, uint64_t attribute, unsigned long flag)
{
    struct statvfs fs;

    if (sys_mount(path, path, OLD_MS_BIND | OLD_MS_REC) < 0)
        return -1;
    if (set_tree(path, attribute) == 0)
        return 0;
    if (errno != ENOSYS || statvfs(path, &fs) < 0)
        return -1;
    return sys_mount(NULL, path, OLD_MS_REMOUNT | OLD_MS_BIND | flag | kept(fs.f_flag));
}

/* What is not there, or hidden from the job already, needs nothing. */
static int apply_shield(const struct plan_mount *m)
{
    int r = m->kind == PLAN_MOUNT_OWN_CLOSED ? close_own(m->path)
            : m->kind == PLAN_MOUNT_DEVICE_CLOSED
                ? bind_with(m->path, MOUNT_ATTR_NODEV, ST_NODEV)
                : bind_with(m->path, MOUNT_ATTR_RDONLY, OLD_MS_RDONLY);

    return r < 0 && errno == ENOENT ? 0 : r;
}

static int apply_mount(const struct plan_mount *m)
{
    switch (m->kind) {
    case PLAN_MOUNT_OWN_CLOSED:
    case PLAN_MOUNT_OWN_READONLY:
    case PLAN_MOUNT_DEVICE_CLOSED:
        return apply_shield(m);
    case PLAN_MOUNT_PROC:
        return mount_proc(m->path);
    case PLAN_MOUNT_READONLY_TREE:
        return readonly_tree(m->path);
    case PLAN_MOUNT_READONLY:
        return readonly_one(m);
    default:
        return apply_path(m);
    }
}

int confine_mounts(const struct plan *plan, int *detail)
{
    *detail = -1;
    if (plan->mounts == 0)
        return 0;
    if (unshare(CLONE_NEWNS) < 0)
        return errno;
    /* The host's later mounts arrive here; nothing done here reaches the host. */
    if (sys_mount(NULL, "/", OLD_MS_REC | OLD_MS_SLAVE) < 0)
        return errno;
    for (size_t i = 0; i < plan->mounts; i++) {
        *detail = (int)i;
        if (apply_mount(&plan->mount[i]) < 0)
            return errno;
    }
    return 0;
}

int confine_network(void)
{
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    _cleanup_close_ int fd = -1;

    if (unshare(CLONE_NEWNET) < 0)
        return errno;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) < 0 ? errno : 0;
}

/* By the ABI that brought each. */
static uint64_t writing(int abi)
{
    uint64_t access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                      LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                      LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                      LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

    if (abi >= 2)
        access |= LANDLOCK_ACCESS_FS_REFER;
    return abi >= 3 ? access | LANDLOCK_ACCESS_FS_TRUNCATE : access;
}

/* Of a file only what can be done to files. */
static uint64_t fitting(int fd, uint64_t access)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)
               ? access
               : access & (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE);
}

static int allow_beneath(int ruleset, const char *path, uint64_t access)
{
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
    const struct landlock_path_beneath_attr rule = {.allowed_access = fitting(fd, access),
                                                    .parent_fd = fd};

    if (fd < 0)
        return -1;
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* What the job is to write to in spite of it; '-' before a path: if it is there. */
static int allow_writing(int ruleset, const struct plan *plan)
{
    strv_each (&plan->spec->writable_paths, path) {
        bool optional = *path == '-';

        if (allow_beneath(ruleset, path + optional, writing(plan->landlock_abi)) < 0 &&
            !(optional && errno == ENOENT))
            return -1;
    }
    return 0;
}

int confine_landlock(const struct plan *plan)
{
    /* A domain must handle something; these two are then allowed everywhere. */
    const uint64_t nothing = LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
    const uint64_t devices =
        LANDLOCK_ACCESS_FS_WRITE_FILE | (plan->landlock_abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
    bool read_only = plan->landlock_read_only;
    const struct ruleset rules = {
        .file_system = read_only ? writing(plan->landlock_abi) : nothing,
        .scoped = plan->landlock_signals ? LANDLOCK_SCOPE_SIGNAL : 0,
    };
    _cleanup_close_ int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

    if (ruleset < 0 ||
        allow_beneath(ruleset, read_only ? "/dev" : "/", read_only ? devices : nothing) < 0 ||
        (read_only && allow_writing(ruleset, plan) < 0) ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return errno;
    return 0;
}
