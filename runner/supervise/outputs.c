/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/json.h"

void outputs_init(struct outputs *o)
{
    *o = (struct outputs){.fd = -1};
}

/* A pipe, a terminal or /dev/null is written to; only a regular file is replaced as a whole. */
static bool replaces(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 || S_ISREG(st.st_mode);
}

int outputs_open(struct outputs *o, const struct job_spec *spec, struct err *err)
{
    const char *path = spec->json_path;

    if (!path)
        return 0;
    if (strcmp(path, "-") == 0) {
        o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (!replaces(path)) {
        o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } else {
        o->path = strdup(path);
        if (!o->path || asprintf(&o->temporary, "%s.new-%d", path, getpid()) < 0)
            return err_oom(err);
        o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    }
    if (o->fd < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "json '%s'", path);
    return 0;
}

static int write_all(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t w = write(fd, text, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -errno;
        text += w;
        n -= (size_t)w;
    }
    return 0;
}

static char *record_text(const struct record *r)
{
    _cleanup_json_ struct json *doc = record_to_json(r);
    _cleanup_free_ char *text = json_dump(doc, 2);
    char *line = NULL;

    return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}

int outputs_write(struct outputs *o, const struct record *r, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    int w;

    if (o->fd < 0)
        return 0;
    text = record_text(r);
    if (!text)
        return err_oom(err);
    w = write_all(o->fd, text, strlen(text));
    if (w == 0 && o->path && rename(o->temporary, o->path) < 0)
        w = -errno;
    if (w < 0)
        return err_sys(err, -w, "the job has run and its record is in the database",
                       "cannot write the record to '%s'", o->path ? o->path : "-");
    free(o->temporary);
    o->temporary = NULL;
    return 0;
}

void outputs_close(struct outputs *o)
{
    if (o->temporary)
        unlink(o->temporary);
    free(o->temporary);
    free(o->path);
    if (o->fd >= 0)
        close(o->fd);
    outputs_init(o);
}
