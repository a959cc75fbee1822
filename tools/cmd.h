/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of cgjob share. A verb is a file, and a row of the table in cgjob.c. */
#ifndef CGRUN_TOOLS_CMD_H
#define CGRUN_TOOLS_CMD_H

#include <stdbool.h>

#include "runner/base/buf.h"
#include "runner/base/err.h"
#include "runner/present/columns.h"
#include "runner/record/record.h"
#include "runner/store/store.h"

#define CMD_OK     0
#define CMD_FAILED 1
#define CMD_USAGE  2

struct cmd_context {
    const char *db; /* --db, or NULL for the default */
};

/* One option of a verb, in a table that ends with a NULL name. */
struct cmd_option {
    const char *name;   /* "--json" */
    bool *flag;         /* set to true, or */
    const char **value; /* set to the word after it, or after '=', or */
    struct strv *list;  /* each such word is added */
};

/*
 * Sorts a verb's arguments into options and at most `words_max` other words, which are moved to the
 * front of argv. Returns how many words, or -1 after saying what is wrong.
 */
int cmd_options(int argc, char **argv, const struct cmd_option *options, int words_max);

/* The verb that runs, for what is said of its arguments. */
void cmd_begin(const char *verb);

/* Says that the verb wants a JOB; returns CMD_USAGE. */
int cmd_missing(const char *verb);

/* Prints "cgjob: ..." on stderr and returns CMD_FAILED. */
int cmd_fail(const struct err *err);

/* Says what an option's value should have been; returns CMD_USAGE. */
int cmd_refuse(const char *what, const char *value, const char *expected);

/* A point in time or a time ago, "2026-11-01" or "2h", in nanoseconds; NULL leaves `ret`. */
int cmd_time(const char *what, const char *text, int64_t *ret);

/* How tables are to be shown on standard output: within a terminal, in colour unless NO_COLOR. */
struct table_style cmd_table_style(void);

/* Prints the buffer, or the JSON value, on stdout. Return an exit status. */
int cmd_print(const struct buf *text);
int cmd_print_json(const struct json *doc);

/* Writes a whole file or nothing: under another name first. "-" is stdout. 0 or a negative errno.
 */
int cmd_write(const char *path, const struct buf *text, struct err *err);

/*
 * Opens the database of the call, after taking in records that had to wait for it; says on stderr
 * if some still do. 0 or a negative errno.
 */
int cmd_open(const struct cmd_context *ctx, enum store_mode mode, struct store **ret,
             struct err *err);

/* Finds and loads the JOB that was named. Returns an exit status. */
int cmd_load(const struct cmd_context *ctx, const char *job, struct record *r);

/* The bounds of what may be named at once. */
#define CMD_WORDS 1024

/* A running record whose supervisor is gone is shown as what it is: lost. */
void cmd_mark_lost(struct record *r);

/* Has the tracer forget jobs that no longer exist; a host without cgroup2 or tracer has none. */
void cmd_forget_gone(const char *pin_dir);

int cmd_ls(struct cmd_context *ctx, int argc, char **argv);
int cmd_show(struct cmd_context *ctx, int argc, char **argv);
int cmd_why(struct cmd_context *ctx, int argc, char **argv);
int cmd_ps(struct cmd_context *ctx, int argc, char **argv);
int cmd_policy(struct cmd_context *ctx, int argc, char **argv);
int cmd_usage(struct cmd_context *ctx, int argc, char **argv);
int cmd_doctor(struct cmd_context *ctx, int argc, char **argv);
int cmd_top(struct cmd_context *ctx, int argc, char **argv);
int cmd_logs(struct cmd_context *ctx, int argc, char **argv);
int cmd_stop(struct cmd_context *ctx, int argc, char **argv);
int cmd_wait(struct cmd_context *ctx, int argc, char **argv);
int cmd_freeze(struct cmd_context *ctx, int argc, char **argv);
int cmd_thaw(struct cmd_context *ctx, int argc, char **argv);
int cmd_trace(struct cmd_context *ctx, int argc, char **argv);
int cmd_recover(struct cmd_context *ctx, int argc, char **argv);
int cmd_compare(struct cmd_context *ctx, int argc, char **argv);
int cmd_report(struct cmd_context *ctx, int argc, char **argv);
int cmd_note(struct cmd_context *ctx, int argc, char **argv);
int cmd_rollback(struct cmd_context *ctx, int argc, char **argv);
int cmd_prune(struct cmd_context *ctx, int argc, char **argv);
int cmd_export(struct cmd_context *ctx, int argc, char **argv);
int cmd_import(struct cmd_context *ctx, int argc, char **argv);

#endif
