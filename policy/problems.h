/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a policy: all of it, each with its place in the file. */
#ifndef CGRUN_POLICY_PROBLEMS_H
#define CGRUN_POLICY_PROBLEMS_H

#include <stddef.h>

#include "runner/base/err.h"

/* Who has so many wants the first few. */
#define PROBLEMS_MAX 64

struct policy_problem {
    unsigned line, column; /* from 1; 0 where only the whole text is to blame */
    int code;              /* an errno */
    char path[80];         /* "syscalls[3].args[0].op"; "" for the whole text */
    char found[96];        /* "'SCMP_CMP_XX'", "missing" */
    char *expected;        /* owned */
};

/* Zero-initialised is empty. */
struct policy_problems {
    struct policy_problem *item;
    size_t count;
    size_t untold; /* beyond PROBLEMS_MAX */
};

/* Copies. 0 or -ENOMEM. */
int problems_add(struct policy_problems *problems, const struct policy_problem *problem);
/* The error of a policy that has some: the first, and how many more. Returns its -code. */
int problems_error(const struct policy_problems *problems, const char *policy, struct err *err);
void problems_free(struct policy_problems *problems);

#define _cleanup_problems_ __attribute__((cleanup(problems_free)))

#endif
