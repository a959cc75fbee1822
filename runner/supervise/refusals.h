/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that a policy refuses, heard of as they are made: the kernel asks, this answers what
 * the policy says, keeps count, and tells.
 */
#ifndef CGRUN_SUPERVISE_REFUSALS_H
#define CGRUN_SUPERVISE_REFUSALS_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/record/record.h"
#include "runner/supervise/rule_names.h"

/* A call by one command; the first of its makers stands for all. */
struct refusal {
    char call[64], comm[16];
    int number; /* of the call */
    pid_t pid;
    struct answer answer; /* the policy's; on trial, the call is allowed all the same */
    bool on_trial;
    uint64_t count;
    int64_t first_ns; /* CLOCK_REALTIME */
    uint64_t args[6]; /* of the first */
};

/* Beyond this many different ones they are only counted. */
#define REFUSALS_MAX 256

/* Of each different refusal, at once; `rule` may be empty. */
typedef void (*refusal_fn)(void *data, const struct refusal *r, const char *rule);

struct refusals {
    int fd; /* the listener; -1: none */
    const struct sock_fprog *program;
    bool on_trial; /* whatever it says, the call is allowed */
    struct rule_names *names;
    struct refusal *item;
    size_t count;
    uint64_t refused; /* in all */
    refusal_fn tell;  /* may be NULL */
    void *data;
};

/* `program` is the policy's own, without a listener. All is borrowed, but for `listener`. */
void refusals_init(struct refusals *r, int listener, const struct sock_fprog *program,
                   bool on_trial, struct rule_names *names, refusal_fn tell, void *data);
/* Answers what the kernel asks now; to be called when the descriptor can be read. */
void refusals_answer(struct refusals *r);
/* Events and the count of refused calls, beside those that the record has. */
void refusals_record(struct refusals *r, struct record *record);
void refusals_close(struct refusals *r);

/* "unshare(flags=CLONE_NEWNS) refused with EPERM to unshare[123]" */
void refusal_words(const struct refusal *r, struct buf *out);

#endif
