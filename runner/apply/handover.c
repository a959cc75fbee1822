/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/handover.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

/* Between two looks for the descriptor; the child needs about as long for all of its steps. */
#define LOOK_NS 50000

enum handover_state { WAITING, FETCHED, FAILED, OVER };

static int fetch(pid_t from, int fd)
{
    _cleanup_close_ int process = (int)syscall(SYS_pidfd_open, from, 0);
    int got;

    if (process < 0)
        return -errno;
    got = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    return got < 0 ? -errno : got;
}

int handover_possible(void)
{
    _cleanup_close_ int any = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int got = any < 0 ? -errno : fetch(getpid(), any);

    if (got < 0)
        return -got;
    close(got);
    return 0;
}

static void *wait_for_it(void *data)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    struct handover *h = data;
    int given;

    while ((given = __atomic_load_n(&h->given, __ATOMIC_ACQUIRE)) < 0 &&
           __atomic_load_n(&h->state, __ATOMIC_ACQUIRE) == WAITING)
        nanosleep(&pause, NULL);
    if (given < 0)
        return NULL;
    h->fd = fetch(h->giver, given);
    __atomic_store_n(&h->state, h->fd < 0 ? FAILED : FETCHED, __ATOMIC_RELEASE);
    return NULL;
}

int handover_begin(struct handover *h)
{
    sigset_t all, before;
    int r;

    *h = (struct handover){.given = -1, .fd = -ENOENT};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&h->thread, NULL, wait_for_it, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

int handover_end(struct handover *h)
{
    int waiting = WAITING;

    __atomic_compare_exchange_n(&h->state, &waiting, OVER, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    pthread_join(h->thread, NULL);
    return h->fd;
}

int handover_give(struct handover *h, pid_t giver, int fd)
{
    int state;

    h->giver = giver;
    __atomic_store_n(&h->given, fd, __ATOMIC_RELEASE);
    while ((state = __atomic_load_n(&h->state, __ATOMIC_ACQUIRE)) == WAITING)
        ;
    return state == FETCHED ? 0 : -h->fd;
}
