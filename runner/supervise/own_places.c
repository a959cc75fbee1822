/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/own_places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/trusted.h"
#include "runner/store/store.h"
#include "runner/supervise/prepare.h"

#define USUAL_RUN_DIR   "/run/cgrun"
#define USUAL_CACHE_DIR "/var/cache/cgrun"
#define USUAL_STORE_DIR "/var/lib/cgrun"

static int add(struct strv *to, const char *path)
{
    char real[PATH_MAX];
    const char *name = realpath(path, real) ? real : path;

    strv_each (to, known)
        if (strcmp(known, name) == 0)
            return 0;
    return strv_add(to, name);
}

/* Beside a database elsewhere there may be anything: only what belongs to it. */
static int add_database(struct strv *to, const char *db)
{
    static const char *const beside[] = {"logs", "ledgers"};
    static const char *const companions[] = {"", "-wal", "-shm"};
    char path[PATH_MAX + 16];
    size_t dir = (size_t)(strrchr(db, '/') - db);
    int r = 0;

    if (dir == strlen(USUAL_STORE_DIR) && strncmp(db, USUAL_STORE_DIR, dir) == 0)
        return 0;
    for (size_t i = 0; r == 0 && i < sizeof(companions) / sizeof(companions[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", db, companions[i]);
        r = strv_add(to, path);
    }
    for (size_t i = 0; r == 0 && i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(path, sizeof(path), "%.*s/%s", (int)dir, db, beside[i]);
        r = strv_add(to, path);
    }
    return r;
}

/*
 * Opening, reading or writing these is all it takes, so that no filter of commands helps. The
 * policies refuse their numbers in mknod. Containers have links in their place, to a terminal for
 * example.
 */
static int add_devices(struct strv *to)
{
    static const char *const devices[] = {
        "/dev/kmsg",                   /* syslog */
        "/dev/watchdog",               /* reboot: when whoever opened it ends */
        "/dev/watchdog0", "/dev/cuse", /* typing, and anything else that is a device of the host */
        "/dev/uhid",
    };
    struct stat st;

    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (lstat(devices[i], &st) == 0 && S_ISCHR(st.st_mode) && strv_add(to, devices[i]) < 0)
            return -ENOMEM;
    return 0;
}

int own_places(struct plan_own *own, const struct job_spec *spec)
{
    char cache[512], db[PATH_MAX];
    int r;

    if (geteuid() != 0)
        return 0;
    r = add(&own->closed, prepare_run_dir());
    if (r == 0)
        r = add(&own->closed, USUAL_RUN_DIR);
    if (r == 0)
        r = add(&own->readonly, USUAL_STORE_DIR);
    if (r == 0)
        r = add(&own->readonly, USUAL_CACHE_DIR);
    if (r == 0 && strcmp(prepare_cache_dir(cache, sizeof(cache)), POLICY_CACHE_DIR) != 0)
        r = add(&own->readonly, cache);
    if (r == 0)
        r = add_devices(&own->devices);
    /* A path that is too long is an error when the database is opened. */
    if (r == 0 && store_file_name(spec->db, db, sizeof(db)) == 0)
        r = add_database(&own->readonly, db);
    return r;
}

void own_places_make(const struct plan *plan)
{
    const char *run_dir = prepare_run_dir();
    bool closed = false;
    int fd;

    for (size_t i = 0; i < plan->mounts; i++)
        closed |= plan->mount[i].kind == PLAN_MOUNT_OWN_CLOSED;
    if (!closed || access(run_dir, F_OK) == 0)
        return;
    fd = trusted_directory("run directory", run_dir, TRUSTED_MAKE, NULL);
    if (fd >= 0)
        close(fd);
}
