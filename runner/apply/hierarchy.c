/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

static bool is_mounted(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* The lock on the directory that is mounted over keeps two first jobs from mounting twice. */
int hierarchy_mount(const char *path, struct err *err)
{
    _cleanup_close_ int lock = -1;
    int r = is_mounted(path) ? 0 : directory_make_private(path, err);

    if (r < 0)
        return r;
    lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0 || flock(lock, LOCK_EX) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot lock %s", path);
    if (is_mounted(path) ||
        mount("cgroup2", path, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        return 0;
    return err_sys(err, errno, "nothing was started; run as root with CAP_SYS_ADMIN",
                   "cannot mount cgroup2 at %s", path);
}
