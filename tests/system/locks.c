/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/system/locks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/harness.h"

static int open_as(const char *path, short kind, uid_t uid)
{
    if (setresuid(uid, uid, uid) < 0)
        return -1;
    return open(path, (kind == F_RDLCK ? O_RDONLY : O_RDWR) | O_CLOEXEC);
}

pid_t lock_file(const char *path, short kind, off_t from, off_t size, uid_t uid)
{
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = from, .l_len = size};
    int ready[2];
    char byte = 0;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        int fd = open_as(path, kind, uid);

        prctl(PR_SET_PDEATHSIG, SIGKILL); /* of a test that failed */
        byte = fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
        if (write(ready[1], &byte, 1) == 1 && byte)
            pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    if (byte)
        return pid;
    waitpid(pid, NULL, 0);
    return -1;
}

void unlock_file(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
