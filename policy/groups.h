/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named groups of system calls, for filters. */
#ifndef CGRUN_POLICY_GROUPS_H
#define CGRUN_POLICY_GROUPS_H

#include <stddef.h>

#include "runner/base/strv.h"

struct call_group {
    const char *name;  /* "@mount" */
    const char *about; /* one line */
    const char *calls; /* names and other groups, separated by spaces; NULL: all that is known */
};

/* All groups, in the order for people. */
const struct call_group *groups_all(size_t *count);

/* NULL if there is none. */
const struct call_group *group_find(const char *name);

/*
 * Adds the calls of the group and of the groups it contains; of "@known", of all groups (what the
 * library knows beyond them is not this table's). Returns 0, -ENOENT or -ENOMEM.
 */
int group_expand(const char *name, struct strv *calls);

#endif
