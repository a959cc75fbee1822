/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls COUNT FAILING: asks COUNT times for its parent, and closes FAILING times what is not open.
 * calls files DIRECTORY: opens, renames and removes there in every way, by relative paths.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/system/jobs/work.h"

static int touch(int at, const char *path)
{
    int fd = openat(at, path, O_WRONLY | O_CREAT, 0644);

    return fd < 0 ? -1 : close(fd);
}

static int touch_files(const char *directory)
{
    int at = open(directory, O_RDONLY | O_DIRECTORY), fd;

    if (at < 0 || chdir(directory) < 0)
        return 1;
    fd = open("one", O_RDWR | O_CREAT, 0644);
    if (fd < 0 || close(fd) < 0 || touch(at, "two") < 0 || mkdir("sub", 0755) < 0 ||
        touch(AT_FDCWD, "./sub/../sub/three") < 0)
        return 2;
    if (rename("one", "sub/uno") < 0 || renameat(at, "two", AT_FDCWD, "due") < 0)
        return 3;
    if (unlink("sub/uno") < 0 || unlinkat(at, "sub/three", 0) < 0 || rmdir("sub") < 0)
        return 4;
    fd = open("due", O_RDONLY); /* looking is not touching */
    return fd < 0 || unlink("no such") == 0 ? 5 : 0;
}

int main(int argc, char **argv)
{
    const char *first = work_arg(argc, argv, 1, "1");

    if (strcmp(first, "files") == 0)
        return touch_files(work_arg(argc, argv, 2, "/tmp"));
    for (int i = atoi(first); i > 0; i--)
        syscall(SYS_getppid);
    for (int i = atoi(work_arg(argc, argv, 2, "0")); i > 0; i--)
        syscall(SYS_close, -1);
    return 0;
}
