/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a session that touch the kernel: a run, what goes before it, and interruptions. */
#ifndef CGRUN_SESSION_STEP_H
#define CGRUN_SESSION_STEP_H

#include "runner/session/session.h"

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT end the session, and go on to the run if it is not told. */
void step_watch_signals(void);
/* The signal that ends the session; 0: none. */
int step_interrupted(void);

/* Rests so long; true if it was interrupted. */
bool step_rest(uint64_t ns);

/* Runs the command to its end, without a shell, its input empty. */
int step_prepare(const struct strv *command, struct err *err);

/* Empties the page cache, or only sees that it could. */
int step_drop_caches(bool now, struct err *err);

struct step_run {
    bool recorded;
    int status;
    double wall_seconds; /* NaN: unknown */
    char disturbed[200]; /* why, "": it was not */
};

/* Runs the spec in a process of its own. */
void step_run(struct step_run *run, const struct job_spec *spec, const struct session_hooks *hooks);

/* In that process: what the session is to know of the run. */
struct record;
void step_tell(const struct record *r);

#endif
