/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#include "runner/systemd/systemd.h"

/* Catalogue entries: packaging/cgrun.catalog. */
#define ID_STARTED "56278e50b67949ea98b492138cb95aa6"
#define ID_ENDED   "54c4b542ce264e58b654cbe342cb68f5"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Longer lines are cut in two: the journal's own bound for streams. */
#define LINE_BYTES 49152
#define FIELDS     12

struct message {
    struct iovec field[FIELDS];
    char text[FIELDS][512];
    int count;
};

static void add(struct message *m, const char *name, const char *value)
{
    int n;

    if (!*value || m->count == FIELDS)
        return;
    n = snprintf(m->text[m->count], sizeof(m->text[0]), "%s=%s", name, value);
    if (n >= (int)sizeof(m->text[0]))
        n = sizeof(m->text[0]) - 1;
    m->field[m->count] = (struct iovec){m->text[m->count], (size_t)n};
    m->count++;
}

static void begin(struct message *m, const struct journal_job *job, const char *id)
{
    m->count = 0;
    add(m, "CGRUN_JOB", job->id);
    add(m, "CGRUN_NAME", job->name);
    add(m, "CGRUN_OWNER", job->owner);
    add(m, "SYSLOG_IDENTIFIER", *job->name ? job->name : "cgrun");
    add(m, "PRIORITY", "6");
    add(m, "MESSAGE_ID", id);
}

static int send_line(struct message *m, char *line, size_t n)
{
    m->field[m->count] = (struct iovec){line, n};
    return sd_journal_sendv(m->field, m->count + 1);
}

/* The buffer begins with "MESSAGE=", after which a line is read, so that it need not be copied. */
static void follow(struct message *m)
{
    static char buf[8 + LINE_BYTES] = "MESSAGE=";
    size_t used = 8;
    ssize_t n;

    while ((n = read(STDIN_FILENO, buf + used, sizeof(buf) - used)) > 0) {
        char *from = buf + 8, *end;

        used += (size_t)n;
        while ((end = memchr(from, '\n', used - (size_t)(from - buf))) != NULL) {
            /* What was sent before has made room for the name of the field. */
            memcpy(from - 8, "MESSAGE=", 8);
            if (end > from)
                send_line(m, from - 8, (size_t)(end - from) + 8);
            from = end + 1;
        }
        used -= (size_t)(from - buf) - 8;
        memmove(buf + 8, from, used - 8);
        memcpy(buf, "MESSAGE=", 8);
        if (used == sizeof(buf)) {
            send_line(m, buf, used);
            used = 8;
        }
    }
    if (used > 8)
        send_line(m, buf, used);
}

int journal_follow(const struct journal_job *job)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    struct message m;
    char line[256];
    int n, r;

    /* Without a journal the library drops messages and reports success. */
    if (access(JOURNAL_SOCKET, W_OK) < 0)
        return fail("no journald is listening at " JOURNAL_SOCKET);
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    begin(&m, job, ID_STARTED);
    n = snprintf(line, sizeof(line), "MESSAGE=cgrun job %s %.150s begins", job->id, job->name);
    r = send_line(&m, line, (size_t)n);
    if (r < 0)
        return fail(strerror(-r));
    printf("ready\n");
    fflush(stdout);
    begin(&m, job, "");
    follow(&m);
    return EXIT_SUCCESS;
}

int journal_end(const struct journal_job *job, const char *verdict, const char *status)
{
    struct message m;
    char line[256];
    int n, r;

    begin(&m, job, ID_ENDED);
    add(&m, "CGRUN_VERDICT", verdict);
    add(&m, "CGRUN_STATUS", status);
    n = snprintf(line, sizeof(line), "MESSAGE=cgrun job %s %.150s ended: %s, status %s", job->id,
                 job->name, verdict, status);
    r = send_line(&m, line, (size_t)n);
    return r < 0 ? fail(strerror(-r)) : EXIT_SUCCESS;
}
