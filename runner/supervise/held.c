/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/held.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/supervise/signals.h"

/* A pipe that poll() calls writable takes so many bytes without blocking. */
#define PORTION 4096

int held_open(struct held *h, uint64_t max, struct err *err)
{
    static const char *const places[] = {"/var/tmp", "/tmp"};

    *h = (struct held){.fd = -1, .max = max};
    for (size_t i = 0; h->fd < 0 && i < sizeof(places) / sizeof(places[0]); i++)
        h->fd = open(places[i], O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (h->fd < 0)
        h->fd = memfd_create("cgrun-output", MFD_CLOEXEC);
    return h->fd < 0 ? err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a file for the output") : 0;
}

/* The file is a ring: byte N of the output is at N modulo its size. */
void held_write(struct held *h, const char *data, size_t size)
{
    while (size) {
        uint64_t at = h->taken % h->max, room = h->max - at;
        ssize_t n = pwrite(h->fd, data, size < room ? size : room, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) { /* counted all the same: the hole is told */
            h->error = h->error ? h->error : errno;
            n = (ssize_t)(size < room ? size : room);
        }
        h->taken += (uint64_t)n;
        data += n;
        size -= (size_t)n;
    }
}

uint64_t held_missing(const struct held *h)
{
    return h->taken > h->max ? h->taken - h->max : 0;
}

static bool is_to_end(int signal_fd)
{
    struct signalfd_siginfo si;

    while (signals_next(signal_fd, &si))
        if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT || si.ssi_signo == SIGHUP ||
            si.ssi_signo == SIGQUIT)
            return true;
    return false;
}

/* 0, or -1 when it is to be given up. */
static int write_portion(const char *data, size_t size, int to, int signal_fd)
{
    while (size) {
        struct pollfd p[] = {{.fd = to, .events = POLLOUT}, {.fd = signal_fd, .events = POLLIN}};
        ssize_t n;

        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return -1;
        if (p[1].revents && is_to_end(signal_fd))
            return -1;
        if (!p[0].revents)
            continue;
        n = write(to, data, size);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

void held_show(const struct held *h, int to, int signal_fd)
{
    uint64_t at = held_missing(h);
    char data[PORTION];

    while (at < h->taken) {
        uint64_t room = h->max - at % h->max, left = h->taken - at;
        size_t size = sizeof(data);
        ssize_t n;

        size = room < size ? room : size;
        size = left < size ? left : size;
        n = pread(h->fd, data, size, (off_t)(at % h->max));
        if (n <= 0 || write_portion(data, (size_t)n, to, signal_fd) < 0)
            return;
        at += (uint64_t)n;
    }
}

void held_close(struct held *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
}
