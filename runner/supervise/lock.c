/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/escape.h"
#include "runner/base/trusted.h"

/* Between two tries: a lock that is let go wakes nobody who only polls. */
#define RETRY_MS 20

static int held(int fd, const char *name, struct err *err)
{
    char holder[256];
    ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return err_set(err, EBUSY, "it to be free",
                   "nothing was started; retry later, or use --lock-wait TIME",
                   "lock '%s' is held%s%s", name, *holder ? " by " : "", holder);
}

int lock_take(int *ret, const char *run_dir, const char *name, uint64_t wait_ns, int signal_fd,
              struct err *err)
{
    _cleanup_close_ int fd = -1;
    _cleanup_close_ int dir_fd = -1;
    char dir[512];
    int64_t from = monotonic_ns();

    snprintf(dir, sizeof(dir), "%s/locks", run_dir);
    dir_fd = trusted_directory("locks", dir, TRUSTED_MAKE, err);
    if (dir_fd < 0)
        return dir_fd;
    fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "cannot open the lock %s/%s", dir, name);
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        struct pollfd p = {.fd = signal_fd, .events = POLLIN};

        if (errno != EWOULDBLOCK)
            return err_sys(err, errno, ERR_RETRY_SAFE, "cannot lock %s/%s", dir, name);
        if ((uint64_t)(monotonic_ns() - from) >= wait_ns)
            return held(fd, name, err);
        if (poll(&p, 1, RETRY_MS) > 0)
            return err_set(err, EINTR, NULL, ERR_RETRY_SAFE, "ended while waiting for lock '%s'",
                           name);
    }
    if (ftruncate(fd, 0) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot empty %s/%s", dir, name);
    *ret = steal_fd(&fd);
    return 0;
}

void lock_tell(int fd, int64_t job, const char *name)
{
    _cleanup_buf_ struct buf safe = {0};

    if (fd >= 0)
        dprintf(fd, "job %" PRId64 " %s, process %d\n", job, escape_text(name, &safe), getpid());
}
