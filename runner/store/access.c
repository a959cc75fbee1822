/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/store/access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/store/store.h"

#define DIRECTORY_MODE       0700
#define DIRECTORY_MODE_GROUP 02750
#define FILE_MODE            0600
#define FILE_MODE_GROUP      0640

/* Looked up in the host's own file: no library that asks a server is loaded for it. */
static bool find_group(gid_t *ret)
{
    _cleanup_fclose_ FILE *f = fopen("/etc/group", "re");
    const struct group *g;

    while (f && (g = fgetgrent(f)) != NULL)
        if (strcmp(g->gr_name, ACCESS_GROUP) == 0) {
            *ret = g->gr_gid;
            return true;
        }
    return false;
}

/* Only a directory that hands its group on can be one for the group; others cost no look-up. */
static bool is_for_group(int dir)
{
    struct stat st;
    gid_t group;

    return fstat(dir, &st) == 0 && st.st_mode & S_ISGID && st.st_mode & S_IRGRP &&
           find_group(&group) && st.st_gid == group;
}

/* By the descriptor, which may be one for paths only. */
static void set(int fd, gid_t group, mode_t mode)
{
    char self[64];
    struct stat st;

    if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || S_ISLNK(st.st_mode))
        return;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    if (group != (gid_t)-1 && st.st_gid != group && chown(self, (uid_t)-1, group) < 0)
        mode &= (mode_t)~S_IRWXG; /* better for nobody than for another group */
    if ((st.st_mode & 07777) != mode && chmod(self, mode) < 0)
        errno = 0; /* it stays as it is */
}

int access_directory(const char *db, const char *name, enum trusted_directory how, struct err *err)
{
    char path[600], parent_path[560];
    _cleanup_close_ int fd = -1, parent = -1;
    struct stat st;
    gid_t group;

    store_beside(db, name, path, sizeof(path));
    fd = trusted_directory(name, path, how, err);
    if (fd < 0 || how == TRUSTED_THERE || fstat(fd, &st) < 0)
        return steal_fd(&fd);
    if (st.st_mode & S_IRWXO || (st.st_mode & S_ISGID && (st.st_mode & 07777) == 02700)) {
        snprintf(parent_path, sizeof(parent_path), "%.*s", (int)(strrchr(path, '/') - path), path);
        parent = trusted_directory(name, parent_path, TRUSTED_THERE, NULL);
        if (parent >= 0 && is_for_group(parent) && find_group(&group))
            set(fd, group, DIRECTORY_MODE_GROUP);
        else
            set(fd, (gid_t)-1, DIRECTORY_MODE);
    }
    return steal_fd(&fd);
}

int access_create(int dir, const char *name, int flags)
{
    int fd = openat(dir, name,
                    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags,
                    FILE_MODE);

    if (fd >= 0 && is_for_group(dir) && fchmod(fd, FILE_MODE_GROUP) < 0)
        errno = 0; /* readable by root alone then */
    return fd;
}

static int open_path(int dir, const char *name)
{
    return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static void tighten_file(int dir, const char *name, gid_t group, bool for_group)
{
    _cleanup_close_ int fd = open_path(dir, name);

    if (fd >= 0)
        set(fd, group, for_group ? FILE_MODE_GROUP : FILE_MODE);
}

static void tighten_files_in(int dir, const char *name, gid_t group, bool for_group)
{
    _cleanup_close_ int sub = open_path(dir, name);
    int list = sub < 0 ? -1 : openat(sub, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = list < 0 ? NULL : fdopendir(list);
    const struct dirent *e;

    if (!d && list >= 0)
        close(list);
    if (sub >= 0)
        set(sub, group, for_group ? DIRECTORY_MODE_GROUP : DIRECTORY_MODE);
    while (d && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            tighten_file(sub, e->d_name, group, for_group);
}

void access_tighten(int dir, const char *base, bool own)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""}; /* the database last: it tells */
    gid_t group = (gid_t)-1;
    bool for_group = own ? find_group(&group) : is_for_group(dir);
    char name[512];

    if (own)
        set(dir, group, for_group ? DIRECTORY_MODE_GROUP : DIRECTORY_MODE);
    if (own) {
        tighten_files_in(dir, "logs", group, for_group);
        tighten_files_in(dir, "ledgers", group, for_group);
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", base, suffixes[i]);
        tighten_file(dir, name, group, for_group);
    }
}
