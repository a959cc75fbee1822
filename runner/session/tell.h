/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a session while it runs and when it has ended. Pure. */
#ifndef CGRUN_SESSION_TELL_H
#define CGRUN_SESSION_TELL_H

#include "runner/base/buf.h"
#include "runner/session/session.h"

/* One line, without its end: "run 7/20  1.23s  median 1.21s ± 0.8 %  about 16s left". */
void session_tell_progress(const struct session_progress *p, struct buf *out);

/* The lines at its end, with the command to type next. `spec` is as it was given. */
void session_tell_end(const struct session_result *r, const struct job_spec *spec, struct buf *out);

#endif
