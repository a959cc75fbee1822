/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the text of a policy comes from: the program itself, or a file that can be trusted. */
#ifndef CGRUN_POLICY_SOURCE_H
#define CGRUN_POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/base/err.h"

struct policy_source {
    const char *name; /* as the user wrote it */
    const char *text; /* JSON, not NUL-terminated; NULL for "none" */
    size_t len;
    char *owned; /* what to free */
};

/*
 * `policy` as in struct policy_request, not NULL. -ENOENT for no such policy; -EPERM for a file
 * that, or whose directory, others than root and the caller may write; -EFBIG beyond 1 MiB.
 */
int policy_source_read(const char *policy, struct policy_source *ret, struct err *err);
/* One of the program's own; false: there is none of that name. Nothing is to be freed. */
bool policy_source_shipped(const char *name, struct policy_source *ret);
void policy_source_free(struct policy_source *source);

#define _cleanup_source_ __attribute__((cleanup(policy_source_free)))

#endif
