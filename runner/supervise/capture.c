/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/host/helper.h"

/* The journal takes what is left of the output within this time of the job's end. */
#define JOURNAL_PATIENCE_MS 5000

void capture_init(struct capture *c)
{
    *c = (struct capture){.log = {.fd = -1}};
    c->helper.fd = -1;
    for (int i = 0; i < CAPTURE_STREAMS; i++)
        c->read_fd[i] = c->write_fd[i] = c->held[i].fd = -1;
}

/* A terminal, one file, one pipe: then the order of the two matters to who reads them. */
static bool same_place(int a, int b)
{
    struct stat of_a, of_b;

    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static int open_pipe(struct capture *c, int which, struct err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
    c->read_fd[which] = ends[0];
    c->write_fd[which] = ends[1];
    return 0;
}

int capture_open(struct capture *c, const struct job_spec *spec, struct err *err)
{
    int streams = 1, r = 0;

    c->journal = spec->journal;
    c->holding = spec->when_shown == SPEC_OUTPUT_ON_FAILURE;
    if (!spec->detach && !spec->journal && !c->holding)
        return 0;
    if (c->holding && !same_place(STDOUT_FILENO, STDERR_FILENO))
        streams = 2;
    for (int i = 0; r == 0 && i < streams; i++) {
        r = open_pipe(c, i, err);
        if (r == 0 && c->holding)
            r = held_open(&c->held[i], spec->log_max, err);
    }
    return r;
}

void capture_streams(const struct capture *c, int streams[CAPTURE_STREAMS])
{
    streams[0] = c->write_fd[0];
    streams[1] = c->write_fd[1] >= 0 ? c->write_fd[1] : c->write_fd[0];
}

static int start_journal(struct capture *c, const struct record *r, struct err *err)
{
    char helper[512], id[24];
    const char *argv[] = {helper, "journal", id, r->name ? r->name : "", r->owner ? r->owner : "",
                          NULL};
    char ready[16] = "";
    int code = helper_path("cgrun-systemd", helper, sizeof(helper));

    snprintf(id, sizeof(id), "%" PRId64, record_file_id(r));
    if (code == 0)
        code = command_start_reading(&c->helper, argv, c->read_fd[0]);
    /* It says so once the journal has taken the first message. */
    if (code == 0 &&
        (read(c->helper.fd, ready, sizeof(ready) - 1) <= 0 || strncmp(ready, "ready", 5) != 0))
        code = -ENOTCONN;
    close(c->read_fd[0]);
    c->read_fd[0] = -1;
    if (code < 0)
        capture_close(c); /* the helper as well: nothing is to be told to it later */
    if (code < 0)
        return err_sys(err, -code, "nothing was started; journald must run, or leave out --journal",
                       "cannot write to the journal");
    return 0;
}

int capture_begin(struct capture *c, const struct job_spec *spec, const struct record *r,
                  struct err *err)
{
    if (c->write_fd[0] < 0)
        return 0;
    if (c->journal)
        return start_journal(c, r, err);
    for (int i = 0; i < CAPTURE_STREAMS; i++)
        if (c->read_fd[i] >= 0)
            fcntl(c->read_fd[i], F_SETFL, O_NONBLOCK);
    if (c->holding)
        return 0;
    return logfile_create(&c->log, spec->db, record_file_id(r), spec->log_max, err);
}

void capture_started(struct capture *c)
{
    for (int i = 0; i < CAPTURE_STREAMS; i++) {
        if (c->write_fd[i] >= 0)
            close(c->write_fd[i]);
        c->write_fd[i] = -1;
    }
}

/* At most as much as a pipe holds at a time: signals and deadlines have their turn. */
static void pump(struct capture *c, int which)
{
    char data[65536];
    ssize_t n = c->read_fd[which] < 0 ? -1 : read(c->read_fd[which], data, sizeof(data));

    if (n > 0 && c->holding)
        held_write(&c->held[which], data, (size_t)n);
    else if (n > 0)
        logfile_write(&c->log, data, (size_t)n);
    if (n == 0) {
        close(c->read_fd[which]);
        c->read_fd[which] = -1;
    }
}

void capture_pump(struct capture *c)
{
    for (int i = 0; i < CAPTURE_STREAMS; i++)
        pump(c, i);
}

static void end_journal(struct capture *c, const struct record *r)
{
    char helper[512], id[24], status[16], rest[16];
    const char *argv[] = {helper,
                          "journal-end",
                          id,
                          r->name ? r->name : "",
                          r->owner ? r->owner : "",
                          verdict_name(r->verdict.kind),
                          status,
                          NULL};
    struct command teller;

    if (c->helper.fd < 0)
        return; /* it never began */
    snprintf(id, sizeof(id), "%" PRId64, r->id);
    snprintf(status, sizeof(status), "%d", r->verdict.status);
    command_finish(&c->helper, rest, sizeof(rest), JOURNAL_PATIENCE_MS);
    if (helper_path("cgrun-systemd", helper, sizeof(helper)) == 0 &&
        command_start(&teller, argv) == 0)
        command_finish(&teller, rest, sizeof(rest), JOURNAL_PATIENCE_MS);
}

static bool has_more(const struct capture *c, int which)
{
    struct pollfd p = {.fd = c->read_fd[which], .events = POLLIN};

    return c->read_fd[which] >= 0 && poll(&p, 1, 0) > 0;
}

void capture_end(struct capture *c, struct record *r)
{
    if (!r->log && !c->holding)
        return;
    if (c->journal) {
        end_journal(c, r);
        return;
    }
    for (int i = 0; i < CAPTURE_STREAMS; i++)
        while (has_more(c, i))
            pump(c, i);
    if (c->log.lost)
        record_add_event(r, realtime_ns(), "log",
                         "%" PRIu64 " bytes of output could not be kept: %s", c->log.lost,
                         strerror(c->log.error));
}

void capture_show(const struct capture *c, int signal_fd)
{
    for (int i = 0; c->holding && i < CAPTURE_STREAMS; i++) {
        const struct held *h = &c->held[i];

        if (h->fd < 0)
            continue;
        if (h->error)
            dprintf(STDERR_FILENO, "cgrun: some of the output is lost: %s\n", strerror(h->error));
        if (held_missing(h))
            dprintf(STDERR_FILENO,
                    "cgrun: the first %" PRIu64 " bytes of the output were not kept (--log-max)\n",
                    held_missing(h));
        held_show(h, i == 0 ? STDOUT_FILENO : STDERR_FILENO, signal_fd);
    }
}

void capture_close(struct capture *c)
{
    for (int i = 0; i < CAPTURE_STREAMS; i++) {
        if (c->read_fd[i] >= 0)
            close(c->read_fd[i]);
        held_close(&c->held[i]);
    }
    capture_started(c);
    if (c->helper.pid > 0 && !c->helper.reaped && c->helper.fd >= 0) {
        char rest[16];

        command_finish(&c->helper, rest, sizeof(rest), 0);
    }
    logfile_close(&c->log);
    capture_init(c);
}
