/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/trusted.h"

static bool is_mounted(int dir)
{
    struct statfs fs;

    return fstatfs(dir, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/*
 * The lock on the directory that is mounted over keeps two first jobs from mounting twice. It is
 * the directory that was checked which is mounted over, whatever the path leads to by then.
 */
int hierarchy_mount(const char *path, struct err *err)
{
    _cleanup_close_ int dir = trusted_directory("cgroup2", path, TRUSTED_MAKE, err);
    _cleanup_close_ int lock = -1, now = -1;
    char self[64];

    if (dir < 0 || is_mounted(dir))
        return dir < 0 ? dir : 0;
    lock = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot lock %s", path);
    now = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
    if (is_mounted(now) ||
        mount("cgroup2", self, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        return 0;
    return err_sys(err, errno, "nothing was started; run as root with CAP_SYS_ADMIN",
                   "cannot mount cgroup2 at %s", path);
}
