/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's signals: blocked and read from a descriptor, so that nothing happens between two
 * lines of code. Stopping (Ctrl-Z) and continuing stay the kernel's: cgrun is in its job's process
 * group, so a terminal reaches both.
 */
#ifndef CGRUN_SUPERVISE_SIGNALS_H
#define CGRUN_SUPERVISE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

#include "runner/base/err.h"

/* Blocks them and opens the descriptor; `old` gets the caller's mask, which the job shall have. */
int signals_take(int *fd, sigset_t *old, struct err *err);

/* The next signal. Returns false when none waits. */
bool signals_next(int fd, struct signalfd_siginfo *ret);

/* Whether the kernel sent it for the terminal: then the whole foreground group has it already. */
bool signals_from_terminal(const struct signalfd_siginfo *si);

#endif
