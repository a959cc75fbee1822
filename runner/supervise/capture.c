/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/host/helper.h"

/* The journal takes what is left of the output within this time of the job's end. */
#define JOURNAL_PATIENCE_MS 5000

void capture_init(struct capture *c)
{
    *c = (struct capture){.read_fd = -1, .write_fd = -1, .log = {.dir = -1, .fd = -1}};
    c->helper.fd = -1;
}

int capture_open(struct capture *c, const struct job_spec *spec, struct err *err)
{
    int ends[2];

    c->journal = spec->journal;
    if (!spec->detach && !spec->journal)
        return 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
    c->read_fd = ends[0];
    c->write_fd = ends[1];
    return 0;
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
        code = command_start_reading(&c->helper, argv, c->read_fd);
    /* It says so once the journal has taken the first message. */
    if (code == 0 &&
        (read(c->helper.fd, ready, sizeof(ready) - 1) <= 0 || strncmp(ready, "ready", 5) != 0))
        code = -ENOTCONN;
    close(c->read_fd);
    c->read_fd = -1;
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
    if (c->write_fd < 0)
        return 0;
    if (c->journal)
        return start_journal(c, r, err);
    fcntl(c->read_fd, F_SETFL, O_NONBLOCK);
    return logfile_create(&c->log, spec->db, record_file_id(r), spec->log_max, err);
}

void capture_started(struct capture *c)
{
    if (c->write_fd >= 0)
        close(c->write_fd);
    c->write_fd = -1;
}

/* At most as much as a pipe holds at a time: signals and deadlines have their turn. */
void capture_pump(struct capture *c)
{
    char data[65536];
    ssize_t n = c->read_fd < 0 ? -1 : read(c->read_fd, data, sizeof(data));

    if (n > 0)
        logfile_write(&c->log, data, (size_t)n);
    if (n == 0) {
        close(c->read_fd);
        c->read_fd = -1;
    }
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

static bool has_more(const struct capture *c)
{
    struct pollfd p = {.fd = c->read_fd, .events = POLLIN};

    return c->read_fd >= 0 && poll(&p, 1, 0) > 0;
}

void capture_end(struct capture *c, struct record *r)
{
    if (!r->log)
        return;
    if (c->journal) {
        end_journal(c, r);
        return;
    }
    while (has_more(c))
        capture_pump(c);
    if (c->log.lost)
        record_add_event(r, realtime_ns(), "log",
                         "%" PRIu64 " bytes of output could not be kept: %s", c->log.lost,
                         strerror(c->log.error));
}

void capture_close(struct capture *c)
{
    if (c->read_fd >= 0)
        close(c->read_fd);
    if (c->write_fd >= 0)
        close(c->write_fd);
    if (c->helper.pid > 0 && !c->helper.reaped && c->helper.fd >= 0) {
        char rest[16];

        command_finish(&c->helper, rest, sizeof(rest), 0);
    }
    logfile_close(&c->log);
    capture_init(c);
}
