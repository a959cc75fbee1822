/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program on a terminal of its own, as a person would run it: what it shows and what is typed. */
#ifndef CGRUN_TESTS_SYSTEM_TERMINAL_H
#define CGRUN_TESTS_SYSTEM_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/system/harness.h"

struct terminal {
    int fd;
    pid_t pid;
    char json_path[256];
    char text[65536]; /* what was printed on it */
    size_t used;
    struct run run; /* for the record */
};

/* Any program, as the leader of a session that has the terminal. */
void terminal_start_program(struct terminal *t, const char *const *argv);
/* cgrun with these arguments, its record to be read. */
void terminal_start(struct terminal *t, const char *const *args);
/* Waits for what is shown next; false: nothing came in that time, or nothing will come any more. */
bool terminal_read(struct terminal *t, int timeout_ms);
/* Until the text has been shown; fails the test after ten seconds of silence. */
void terminal_await(struct terminal *t, const char *text);
void terminal_type(const struct terminal *t, const char *keys);
/* The terminal goes away, as when a connection breaks. */
void terminal_hang_up(struct terminal *t);
/* Reads on until the program ends; then its status as a shell has it, output and record. */
void terminal_end(struct terminal *t);

#endif
