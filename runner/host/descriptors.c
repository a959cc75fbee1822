/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/descriptors.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Newer than the headers of Debian 12, or never in them. */
#define PIDFS_MAGIC_NUMBER    0x50494446
#define CONFIGFS_MAGIC_NUMBER 0x62656570

/*
 * Regular files there are switches of the kernel, or name a process or a namespace: a descriptor of
 * one would reach past the mounts that are read-only to the job.
 */
bool descriptor_is_kernels(int number)
{
    static const unsigned long magic[] = {
        PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
        CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,      TRACEFS_MAGIC,
        SECURITYFS_MAGIC,    BPF_FS_MAGIC,       EFIVARFS_MAGIC,
        PSTOREFS_MAGIC,      SELINUX_MAGIC,      SMACK_MAGIC,
        BINFMTFS_MAGIC,      NSFS_MAGIC,         RDTGROUP_SUPER_MAGIC,
        ANON_INODE_FS_MAGIC, PIDFS_MAGIC_NUMBER, CONFIGFS_MAGIC_NUMBER,
    };
    struct statfs fs;

    if (fstatfs(number, &fs) < 0)
        return true;
    for (unsigned i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
        if ((unsigned long)fs.f_type == magic[i])
            return true;
    return false;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)   ? "a directory"
           : S_ISCHR(mode) ? "a character device"
           : S_ISBLK(mode) ? "a block device"
                           : "none of these";
}

struct descriptor descriptor_look(int number)
{
    int flags = fcntl(number, F_GETFD), status = fcntl(number, F_GETFL);
    struct stat st;

    /* What closes at exec was opened by this program: callers cannot hand that over. */
    if (flags < 0 || flags & FD_CLOEXEC || fstat(number, &st) < 0)
        return (struct descriptor){.kind = "not open"};
    if (status & O_PATH)
        return (struct descriptor){.open = true, .kind = "a path descriptor"};
    if (S_ISFIFO(st.st_mode))
        return (struct descriptor){.open = true, .passable = true, .pipe = true, .kind = "pipe"};
    if (S_ISSOCK(st.st_mode))
        return (struct descriptor){.open = true, .passable = true, .kind = "socket"};
    if (!S_ISREG(st.st_mode))
        return (struct descriptor){.open = true, .kind = kind_of(st.st_mode)};
    if (descriptor_is_kernels(number))
        return (struct descriptor){.open = true, .kind = "a file of a kernel file system"};
    return (struct descriptor){.open = true, .passable = true, .kind = "regular file"};
}
