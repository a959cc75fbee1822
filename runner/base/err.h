/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error contract. A fallible function returns 0 or a negative errno and, on failure, fills the
 * caller's `struct err`; on success it leaves it alone. Library code never prints and never exits.
 *
 * An error reads in three parts: what failed with the value that was given, what was expected, and
 * whether the same call may be tried again:
 *
 *   memory-max '5GG': expected a size such as 512M, 2G or 'max'; nothing was started, correct it
 *   and retry
 */
#ifndef CGRUN_BASE_ERR_H
#define CGRUN_BASE_ERR_H

#include <stddef.h>

struct err {
    int code;           /* a positive errno; 0 while there is no error */
    char what[384];     /* what failed, with the value given */
    char expected[256]; /* what would have been right; may be empty */
    char retry[1024];   /* is a retry safe, and the remedy where there is one; may be empty */
};

/* What most callers say in the third part. */
#define ERR_CORRECT_AND_RETRY "nothing was started, correct it and retry"
#define ERR_RETRY_SAFE        "nothing was started, the same call can be retried"

/* Each of these returns -code. `err` may be NULL, for callers that only want the number. */
int err_set(struct err *err, int code, const char *expected, const char *retry,
            const char *what_fmt, ...) __attribute__((format(printf, 5, 6)));

/* For a failed system call: `what: strerror(code)`, nothing expected, `retry` as given or NULL. */
int err_sys(struct err *err, int code, const char *retry, const char *what_fmt, ...)
    __attribute__((format(printf, 4, 5)));

int err_oom(struct err *err);

/* Room for the longest line. */
#define ERR_LINE_MAX 2048

/* The whole line without a trailing newline, cut to `size`. Returns `buf`. */
const char *err_line(const struct err *err, char *buf, size_t size);

/* Errors of one call, gathered so that all are reported together. Zero-initialised is empty. */
struct err_list {
    struct err *item;
    size_t count;
};

/* Copies `err` to the end. Returns 0 or -ENOMEM. */
int err_list_add(struct err_list *list, const struct err *err);
void err_list_free(struct err_list *list);

#define _cleanup_err_list_ __attribute__((cleanup(err_list_free)))

#endif
