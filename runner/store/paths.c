/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the database is, and what lies beside it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/places.h"
#include "runner/store/store.h"

static int default_path(char *buf, size_t size)
{
    char dir[256], why[256];

    if (geteuid() == 0)
        return snprintf(buf, size, "%s", STORE_DEFAULT_PATH);
    place_own(PLACE_STATE, dir, sizeof(dir), why, sizeof(why));
    return snprintf(buf, size, "%s/jobs.db", dir);
}

int store_path(const char *path, char *buf, size_t size)
{
    const char *from_env = getenv("CGRUN_DB");
    int n = path || (from_env && *from_env) ? snprintf(buf, size, "%s", path ? path : from_env)
                                            : default_path(buf, size);

    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int store_file_name(const char *path, char *buf, size_t size)
{
    char db[512], real[PATH_MAX];
    const char *base;
    char *slash;
    int r = store_path(path, db, sizeof(db)), n;

    if (r < 0)
        return r;
    slash = strrchr(db, '/');
    base = slash ? slash + 1 : db;
    if (slash)
        *slash = '\0';
    if (!realpath(slash ? (*db ? db : "/") : ".", real))
        n = snprintf(buf, size, "%s/%s", slash ? db : ".", base);
    else
        n = snprintf(buf, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real, base);
    return (size_t)n >= size ? -ENAMETOOLONG : 0;
}

bool store_is_default(const char *path)
{
    char usual[512];

    default_path(usual, sizeof(usual));
    return strcmp(path, usual) == 0;
}

void store_beside(const char *path, const char *name, char *buf, size_t size)
{
    char db[512];
    char *slash;

    store_path(path, db, sizeof(db));
    slash = strrchr(db, '/');
    if (slash)
        *slash = '\0';
    snprintf(buf, size, "%s/%s", slash ? db : ".", name);
}
