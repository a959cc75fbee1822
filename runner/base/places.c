/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/places.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

/* What a directory is no good for; NULL: it can be the user's. One that is missing can be made. */
static const char *unfit(const char *path)
{
    struct stat st;

    if (!path || !*path)
        return "is not set";
    if (path[0] != '/')
        return "is not an absolute path";
    if (strlen(path) > PLACE_MAX)
        return "is longer than 200 bytes";
    if (stat(path, &st) == 0 && (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()))
        return "is not a directory of this user's";
    return NULL;
}

int place_writable(const char *path)
{
    char part[1024];
    char *slash;
    int above;

    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
        return 0;
    if (errno != ENOENT || (size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
        return errno;
    do {
        slash = strrchr(part, '/');
        if (!slash)
            snprintf(part, sizeof(part), ".");
        else
            slash[slash == part] = '\0';
        above = faccessat(AT_FDCWD, part, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
    } while (above == ENOENT && slash && slash > part);
    return above;
}

/* From the local file: the programs are linked statically, and name services are not. */
static bool home_of_user(char *buf, size_t size)
{
    _cleanup_fclose_ FILE *f = fopen("/etc/passwd", "re");
    const struct passwd *p;
    struct stat st;

    while (f && (p = fgetpwent(f)) != NULL)
        if (p->pw_uid == geteuid()) {
            snprintf(buf, size, "%s", p->pw_dir);
            return !unfit(buf) && stat(buf, &st) == 0;
        }
    return false;
}

static bool in_home(const char *beneath, char *buf, size_t size, char *why, size_t why_size)
{
    const char *home = getenv("HOME"), *lack = unfit(home);
    char entry[PLACE_MAX + 2];

    if (lack && home_of_user(entry, sizeof(entry)))
        home = entry;
    else if (lack) {
        snprintf(why, why_size, "HOME%s%.200s%s %s", home ? " '" : "", home ? home : "",
                 home ? "'" : "", lack);
        return false;
    }
    snprintf(buf, size, "%s/%s/cgrun", home, beneath);
    if (place_writable(buf) == 0)
        return true;
    snprintf(why, why_size, "%.200s cannot be written to", buf);
    return false;
}

static bool by_variable(const char *name, char *buf, size_t size)
{
    const char *value = getenv(name);

    if (unfit(value))
        return false;
    snprintf(buf, size, "%s/cgrun", value);
    return place_writable(buf) == 0;
}

/* A login makes /run/user/UID, also where the variable did not come through. */
static bool of_session(char *buf, size_t size)
{
    char path[64];
    struct stat st;

    if (by_variable("XDG_RUNTIME_DIR", buf, size))
        return true;
    snprintf(path, sizeof(path), "/run/user/%u", geteuid());
    if (stat(path, &st) < 0 || unfit(path))
        return false;
    snprintf(buf, size, "%s/cgrun", path);
    return true;
}

bool place_own(enum place_kind kind, char *buf, size_t size, char *why, size_t why_size)
{
    bool usual;

    if (kind == PLACE_RUN) {
        if (of_session(buf, size))
            return true;
        usual = place_own(PLACE_STATE, buf, size, why, why_size);
        snprintf(buf + strlen(buf), size - strlen(buf), "/run");
        return usual;
    }
    if (by_variable(kind == PLACE_STATE ? "XDG_STATE_HOME" : "XDG_CACHE_HOME", buf, size) ||
        in_home(kind == PLACE_STATE ? ".local/state" : ".cache", buf, size, why, why_size))
        return true;
    snprintf(buf, size, "/tmp/cgrun-%u", geteuid());
    return false;
}
