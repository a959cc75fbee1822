/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of `cgjob policy` share: each fills in what is printed, and returns a CMD_ status.
 */
#ifndef CGRUN_TOOLS_POLICY_H
#define CGRUN_TOOLS_POLICY_H

#include <stdbool.h>

#include "runner/base/buf.h"
#include "runner/base/json.h"

struct policy_verb {
    bool as_json;
    struct strv calls; /* --syscall */
    struct buf text;
    struct json *doc; /* with --json, else NULL */
};

/* A file's problems, or that it has none and what of it has no effect. */
int policy_check(struct policy_verb *q, char **words, int count);
/* What the compiled programs answer to calls that nobody makes. */
int policy_test(struct policy_verb *q, char **words, int count);

#endif
