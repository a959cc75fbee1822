/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/disks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

/* A partition's directory in sysfs lies within its disk's, whose `dev` has the disk's number. */
static int whole_disk(dev_t dev, char *buf, size_t size)
{
    char link[64], path[PATH_MAX], file[PATH_MAX + 32];

    snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
    if (!realpath(link, path))
        return -errno;
    snprintf(file, sizeof(file), "%s/partition", path);
    if (file_read_at(AT_FDCWD, file, buf, size) >= 0)
        *strrchr(path, '/') = '\0';
    snprintf(file, sizeof(file), "%s/dev", path);
    if (file_read_at(AT_FDCWD, file, buf, size) < 0)
        return -ENODEV;
    buf[strcspn(buf, "\n")] = '\0';
    return 0;
}

int disk_of_path(const char *path, char *buf, size_t size, struct err *err)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "disk of '%s'", path);
    if (whole_disk(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev, buf, size) < 0)
        return err_set(err, ENODEV, "a block device, or a path on a file system that has one",
                       ERR_CORRECT_AND_RETRY, "disk of '%s': none is behind it", path);
    return 0;
}

bool disk_weights_honoured(void)
{
    _cleanup_closedir_ DIR *dir = opendir("/sys/block");
    const struct dirent *e;
    char path[512], text[256];

    while (dir && (e = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "/sys/block/%s/queue/scheduler", e->d_name);
        if (file_read_at(AT_FDCWD, path, text, sizeof(text)) > 0 && strstr(text, "[bfq]"))
            return true;
    }
    return false;
}
