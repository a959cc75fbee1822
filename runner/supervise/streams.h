/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job's streams that are FIFOs. As with a shell's `<` and `>`, opening one waits for the other
 * end. The child cannot wait, because its parent does nothing until it has executed the command; so
 * a process of the job's user opens the FIFO before, and hands it over. The wait ends with a signal
 * that ends cgrun, and with the job's time limit.
 */
#ifndef CGRUN_SUPERVISE_STREAMS_H
#define CGRUN_SUPERVISE_STREAMS_H

#include <signal.h>

#include "runner/base/err.h"
#include "runner/plan/plan.h"

struct streams {
    int fd[3]; /* -1: the child opens what is to be opened */
};

void streams_init(struct streams *s);
/* `mask`: the caller's signal mask. */
int streams_open(struct streams *s, const struct plan *plan, const sigset_t *mask, struct err *err);

/* Once the job has them: the other end is to see when the job closes its own. */
void streams_close(struct streams *s);

#endif
