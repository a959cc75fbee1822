/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups by name or number. The local files are read directly; a name that they do not
 * have is asked of getent(1), because the programs are linked statically and name services are not.
 */
#ifndef CGRUN_HOST_USERS_H
#define CGRUN_HOST_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner/base/err.h"
#include "runner/base/strv.h"

struct job_user {
    bool change;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t groups_count;
    char *name, *home, *shell; /* for the environment */
};

/*
 * Fills `ret` for --user and --group as given (either may be NULL), and for groups beside the
 * user's own; with none of them nothing is changed. The group defaults to the user's own. Returns
 * 0, or a negative errno with `err` filled.
 */
int users_resolve(const char *user, const char *group, const struct strv *more,
                  struct job_user *ret, struct err *err);

/* The name that the local files have for a uid; "": none. */
void users_name(uid_t uid, char *buf, size_t size);

void job_user_free(struct job_user *user);

#endif
