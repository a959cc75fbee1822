/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int detach_fork(struct detach *d, struct err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
    d->pid = fork();
    if (d->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot create a process");
    }
    close(ends[d->pid ? 1 : 0]);
    d->fd = ends[d->pid ? 0 : 1];
    if (d->pid == 0)
        setsid();
    return 0;
}

int detach_await(struct detach *d, int64_t *id, int *status)
{
    ssize_t n;
    int code;

    do
        n = read(d->fd, id, sizeof(*id));
    while (n < 0 && errno == EINTR);
    close(d->fd);
    if (n == (ssize_t)sizeof(*id))
        return 1;
    while (waitpid(d->pid, &code, 0) < 0 && errno == EINTR)
        ;
    *status = WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
    return 0;
}

void detach_report(struct detach *d, int64_t id)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; null >= 0 && i < 3; i++)
        dup2(null, i);
    if (null > 2)
        close(null);
    /* That nobody is left to be told is no reason to end the job; SIGPIPE is blocked. */
    if (write(d->fd, &id, sizeof(id)) != (ssize_t)sizeof(id))
        errno = 0;
    close(d->fd);
}
