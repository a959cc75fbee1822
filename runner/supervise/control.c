/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/supervise/recover.h"
#include "runner/supervise/watch.h"

/* A process in the middle of a disk access is frozen when that is over. */
#define FREEZE_PATIENCE_MS 2000
#define FREEZE_STEP_MS     5

static int ended(const struct record *r, struct err *err)
{
    return err_set(err, ESRCH, "a running job", "see `cgjob ls --state running`", "job %lld %s",
                   (long long)r->id, r->state == RECORD_ENDED ? "has ended" : "is lost");
}

/* The descriptor is of the right process if that was still there after it was opened. */
int control_open(const struct record *r, struct err *err)
{
    _cleanup_close_ int fd = -1;

    if (r->state == RECORD_ENDED || !recover_is_alive(r))
        return ended(r, err);
    fd = (int)syscall(SYS_pidfd_open, r->supervisor_pid, 0);
    if (fd < 0 && errno != ESRCH)
        return err_sys(err, errno, NULL, "cannot watch process %d", r->supervisor_pid);
    if (fd < 0 || !recover_is_alive(r))
        return ended(r, err);
    return steal_fd(&fd);
}

int control_stop(int pidfd, bool now, struct err *err)
{
    siginfo_t info = {0};

    info.si_signo = SIGTERM;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = now ? WATCH_STOP_NOW : 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, &info, 0) < 0 && errno != ESRCH)
        return err_sys(err, errno, "stop it as root or as its owner", "cannot signal its cgrun");
    /* One that is stopped itself, by Ctrl-Z for example, could not act on it. */
    syscall(SYS_pidfd_send_signal, pidfd, SIGCONT, NULL, 0);
    return 0;
}

bool control_wait(int pidfd, int64_t timeout_ns)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    int64_t until = monotonic_ns() + (timeout_ns < 0 ? 0 : timeout_ns);

    for (;;) {
        int64_t left = until - monotonic_ns();
        struct timespec ts = {.tv_sec = left > 0 ? left / NS_PER_S : 0,
                              .tv_nsec = left > 0 ? left % NS_PER_S : 0};
        int r = ppoll(&p, 1, timeout_ns < 0 ? NULL : &ts, NULL);

        if (r > 0)
            return true;
        if (r == 0 && timeout_ns >= 0)
            return false;
    }
}

static bool is_frozen(int dir)
{
    char events[256];
    uint64_t frozen;

    return file_read_at(dir, "cgroup.events", events, sizeof(events)) > 0 &&
           text_value(events, "frozen", &frozen) == 0 && frozen;
}

bool control_is_frozen(const struct record *r)
{
    _cleanup_close_ int dir = recover_open_group(r);

    return dir >= 0 && is_frozen(dir);
}

int control_freeze(const struct record *r, bool freeze, struct err *err)
{
    _cleanup_close_ int dir = -1;
    int code;

    if (r->state == RECORD_ENDED)
        return ended(r, err);
    if (pairs_get(&r->cgroup, "none"))
        return err_set(err, ENOTSUP, "a job with a cgroup", "stop it, or let it run",
                       "job %lld has no cgroup to freeze", (long long)r->id);
    dir = recover_open_group(r);
    if (dir < 0)
        return ended(r, err);
    code = file_write_at(dir, "cgroup.freeze", freeze ? "1" : "0");
    if (code < 0)
        return err_sys(err, -code, "do it as root or as the job's owner", "cannot write %s/%s",
                       pairs_get(&r->cgroup, "v2"), "cgroup.freeze");
    for (int waited = 0; is_frozen(dir) != freeze; waited += FREEZE_STEP_MS) {
        if (waited > FREEZE_PATIENCE_MS)
            return err_set(err, ETIMEDOUT, NULL, "look again with `cgjob top`",
                           "job %lld: some processes are not %s yet", (long long)r->id,
                           freeze ? "frozen" : "thawed");
        usleep(FREEZE_STEP_MS * 1000);
    }
    return 0;
}
