/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/cgroup_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

#define FILEID_KERNFS 0xfe /* the kernel's include/linux/exportfs.h */

/* A handle of kernfs is the number of the inode. */
union handle {
    struct file_handle header;
    char space[sizeof(struct file_handle) + sizeof(uint64_t)];
};

int cgroup_open_id(int mount, uint64_t id)
{
    union handle handle = {.header = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
    int fd;

    memcpy(handle.header.f_handle, &id, sizeof(id));
    fd = open_by_handle_at(mount, &handle.header, O_PATH | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

bool cgroup_path_of(const char *mount, uint64_t id, char *buf, size_t size)
{
    _cleanup_close_ int dir = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    size_t n = strlen(mount);
    char link[64], path[1024];
    ssize_t length;

    if (dir >= 0)
        fd = cgroup_open_id(dir, id);
    if (fd < 0)
        return false;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof(path) - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    if (strncmp(path, mount, n) == 0)
        memmove(path, path + n, (size_t)length - n + 1);
    snprintf(buf, size, "%s", *path ? path : "/");
    return true;
}
