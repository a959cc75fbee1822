/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static int sys_mount(const char *source, const char *target, unsigned long flags)
{
    return (int)syscall(SYS_mount, source, target, NULL, flags, NULL);
}

/* statvfs and mount number the flags alike as far as they are kept here. */
static unsigned long kept(uint64_t flags)
{
    return flags & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME);
}

static int readonly_tree(const char *path)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr));
}

static int readonly_one(const struct plan_mount *m)
{
    return sys_mount(NULL, m->path, OLD_MS_REMOUNT | OLD_MS_BIND | OLD_MS_RDONLY | kept(m->flags));
}

static int apply_mount(const struct plan_mount *m)
{
    switch (m->kind) {
    case PLAN_MOUNT_READONLY_TREE:
        return readonly_tree(m->path);
    case PLAN_MOUNT_BIND_READONLY:
        if (sys_mount(m->path, m->path, OLD_MS_BIND) < 0)
            return errno == ENOENT ? 0 : -1; /* not every kernel has every one of them */
        return readonly_one(m);
    case PLAN_MOUNT_READONLY:
        return readonly_one(m);
    }
    return 0;
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

int confine_landlock(void)
{
    /* A domain must handle something; these two are then allowed everywhere. */
    const uint64_t access = LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
    struct landlock_ruleset_attr rules = {.handled_access_fs = access};
    struct landlock_path_beneath_attr everywhere = {.allowed_access = access};
    int ruleset, r = 0;

    ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
    if (ruleset < 0)
        return errno;
    everywhere.parent_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (everywhere.parent_fd < 0 ||
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &everywhere, 0) < 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        r = errno;
    if (everywhere.parent_fd >= 0)
        close(everywhere.parent_fd);
    close(ruleset);
    return r;
}
