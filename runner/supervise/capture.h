/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of a job that does not go to its caller, or not at once: one pipe for both streams, so
 * that their order is kept, into a log file by the supervisor, or into the journal by a helper, or
 * held back until the job's end. Held back for two places, each stream has a pipe of its own.
 */
#ifndef CGRUN_SUPERVISE_CAPTURE_H
#define CGRUN_SUPERVISE_CAPTURE_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/host/command.h"
#include "runner/record/record.h"
#include "runner/spec/job_spec.h"
#include "runner/store/logfile.h"
#include "runner/supervise/held.h"

/* Of standard output, or of both streams; of standard error, where that is apart. */
#define CAPTURE_STREAMS 2

struct capture {
    int read_fd[CAPTURE_STREAMS], write_fd[CAPTURE_STREAMS]; /* -1: no capture, or closed */
    bool holding;                                            /* --output on-failure */
    struct held held[CAPTURE_STREAMS];
    bool journal;
    struct command helper; /* with journal */
    struct logfile log;    /* without */
};

void capture_init(struct capture *c);

/* Makes the pipe if the job's output goes elsewhere than to the caller, or goes there later. */
int capture_open(struct capture *c, const struct job_spec *spec, struct err *err);
/* Once the job has a number: opens the log, or starts the helper. */
int capture_begin(struct capture *c, const struct job_spec *spec, const struct record *r,
                  struct err *err);
/* The command has its end of the pipe; this one's goes. */
void capture_started(struct capture *c);
/* The descriptors that are the job's standard output and error; -1: the caller's are. */
void capture_streams(const struct capture *c, int streams[CAPTURE_STREAMS]);
/* Moves what has been written into the log. */
void capture_pump(struct capture *c);
/* After the job's end: the rest, and how it ended into the journal. */
void capture_end(struct capture *c, struct record *r);
/* Shows what was held back. `signal_fd`: see held_show(). */
void capture_show(const struct capture *c, int signal_fd);
void capture_close(struct capture *c);

#endif
