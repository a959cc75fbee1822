/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of a job that has no caller to write to: one pipe for both streams, so that their
 * order is kept, into a log file by the supervisor or into the journal by a helper.
 */
#ifndef CGRUN_SUPERVISE_CAPTURE_H
#define CGRUN_SUPERVISE_CAPTURE_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/host/command.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"
#include "runner/store/logfile.h"

struct capture {
    int read_fd, write_fd; /* -1: no capture, or closed */
    bool journal;
    struct command helper; /* with journal */
    struct logfile log;    /* without */
};

void capture_init(struct capture *c);

/* Makes the pipe if the job is in the background or writes to the journal. */
int capture_open(struct capture *c, const struct job_spec *spec, struct err *err);
/* Once the job has a number: opens the log, or starts the helper. */
int capture_begin(struct capture *c, const struct job_spec *spec, const struct record *r,
                  struct err *err);
/* The command has its end of the pipe; this one's goes. */
void capture_started(struct capture *c);
/* Moves what has been written into the log. */
void capture_pump(struct capture *c);
/* After the job's end: the rest, and how it ended into the journal. */
void capture_end(struct capture *c, struct record *r);
void capture_close(struct capture *c);

#endif
