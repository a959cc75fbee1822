/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking another program: its output, without a shell, with a clean environment. */
#ifndef CGRUN_HOST_COMMAND_H
#define CGRUN_HOST_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A program that was started and whose answer is still to come. */
struct command {
    pid_t pid;
    int fd; /* its standard output */
    bool reaped;
    int status; /* as wait(2) gives it, once reaped */
};

/*
 * Starts argv[0], found in the system's directories only, with standard input and error on
 * /dev/null. Returns 0 or a negative errno.
 */
int command_start(struct command *c, const char *const *argv);

/* The same, with `input` as its standard input. */
int command_start_reading(struct command *c, const char *const *argv, int input);

/* Tells that a caller who waits for any child has met this one. */
void command_reaped(struct command *c, int status);

/*
 * Collects at most size - 1 bytes of its output, waiting no longer than `timeout_ms`; past that it
 * is killed. Always reaps. Returns its exit code, or -ETIMEDOUT, or a negative errno.
 */
int command_finish(struct command *c, char *buf, size_t size, int timeout_ms);

#endif
