/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may read records: root, or whoever made the database, and the members of the group
 * `cgrun-admin` where there is one. A directory is then 0750 with that group and the set-group-id
 * bit, so that what is made in it, SQLite's companions too, has the group; files are 0640. Else
 * directories are 0700 and files 0600. Nobody else can open a file of the database, and so nobody
 * can hold a lock on one.
 */
#ifndef CGRUN_STORE_ACCESS_H
#define CGRUN_STORE_ACCESS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "runner/base/trusted.h"

#define ACCESS_GROUP "cgrun-admin"

/* The directory `name` beside the database `db` (as for store_path()). A descriptor (O_PATH). */
int access_directory(const char *db, const char *name, enum trusted_directory how, struct err *err);

/* An empty file there, opened for writing. A descriptor, or -1 with errno. */
int access_create(int dir, const char *name, int flags);

/*
 * Brings what an earlier version left readable to all, or what was made before the group was, to
 * that state: the database `base` in `dir` and its companions, and the directory itself and those
 * beside it if `own`, that is if cgrun has it for itself. Never fails: what cannot be changed
 * stays.
 */
void access_tighten(int dir, const char *base, bool own);

/* Whether access_tighten() has something to do for a file of this mode. */
static inline bool access_is_loose(mode_t mode)
{
    return (mode & (S_IRWXO | S_IWGRP | S_IXGRP)) != 0;
}

#endif
