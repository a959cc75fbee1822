/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/signals.h"

#include <errno.h>
#include <unistd.h>

/*
 * SIGPIPE and SIGXFSZ are among them so that a child that is gone shows as EPIPE, and a file that
 * may not grow as EFBIG; those that stop a process so that the job stops with it.
 */
static const int taken[] = {
    SIGCHLD, SIGTERM, SIGINT,  SIGQUIT, SIGHUP,  SIGUSR1, SIGUSR2, SIGALRM,
    SIGPIPE, SIGXFSZ, SIGXCPU, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
};

int signals_take(int *fd, sigset_t *old, struct err *err)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&set, taken[i]);
    if (sigprocmask(SIG_BLOCK, &set, old) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot block signals");
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (*fd < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot open a signal descriptor");
    return 0;
}

bool signals_next(int fd, struct signalfd_siginfo *ret)
{
    return read(fd, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

bool signals_from_terminal(const struct signalfd_siginfo *si)
{
    return si->ssi_code == SI_KERNEL;
}
