/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caller's place in the cgroup2 hierarchy. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "runner/host/facts.h"

static struct hierarchy *v2_of(struct host_facts *facts)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].v2)
            return &facts->hierarchy[i];
    return NULL;
}

void facts_leave_leaf(struct host_facts *facts)
{
    struct hierarchy *h = v2_of(facts);
    char *slash = h ? strrchr(h->own, '/') : NULL;

    if (slash && strncmp(slash + 1, HOST_LEAF, strlen(HOST_LEAF)) == 0)
        slash[slash == h->own] = '\0';
}

void facts_enter_scope(struct host_facts *facts, const char *path)
{
    struct hierarchy *h = v2_of(facts);

    if (!h)
        return;
    snprintf(h->own, sizeof(h->own), "%s", path);
    snprintf(h->controllers, sizeof(h->controllers), "%s",
             facts->root ? facts->place.all : facts->place.users);
    facts->place.root = facts->place.crowded = h->denied = false;
    facts->place.delegated = true;
    facts->place.enabled[0] = '\0';
}

static void read_line(int dir, const char *file, char *buf, size_t size)
{
    if (file_read_at(dir, file, buf, size) < 0)
        buf[0] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
}

/* One process is the caller; a reader in another pid namespace sees the others as 0. */
static bool is_crowded(int dir)
{
    char procs[256];
    long pid;
    char *end;

    if (file_read_at(dir, "cgroup.procs", procs, sizeof(procs)) <= 0)
        return false;
    pid = strtol(procs, &end, 10);
    return pid != getpid() || (*end == '\n' && end[1] != '\0');
}

/* systemd marks what it delegates; what lies beneath is delegated with it. */
static bool is_delegated(const struct hierarchy *h)
{
    static const char *const marks[] = {"trusted.delegate", "user.delegate"};
    size_t top = strlen(h->mount);
    char path[1024], value[4];
    char *slash;

    snprintf(path, sizeof(path), "%s%s", h->mount, h->own);
    while (strlen(path) > top + 1) {
        for (size_t i = 0; i < 2; i++)
            if (getxattr(path, marks[i], value, sizeof(value)) == 1 && value[0] == '1')
                return true;
        slash = strrchr(path, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    return false;
}

void facts_read_users_systemd(struct host_facts *facts)
{
    const struct hierarchy *h = v2_of(facts);
    char path[512];

    if (!h)
        return;
    snprintf(path, sizeof(path), "%s/user.slice/user-%u.slice/user@%u.service/cgroup.controllers",
             h->mount, facts->uid, facts->uid);
    read_line(AT_FDCWD, path, facts->place.users, sizeof(facts->place.users));
}

/*
 * A group of its own needs a directory to be made, and on v2 a process to be moved from here: the
 * kernel asks for cgroup.procs of the group that both lie in.
 */
static bool is_denied(const struct hierarchy *h)
{
    char path[1024];
    size_t n;

    n = (size_t)snprintf(path, sizeof(path), "%s%s", h->mount,
                         strcmp(h->own, "/") == 0 ? "" : h->own);
    if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
        return true;
    snprintf(path + n, sizeof(path) - n, "/cgroup.procs");
    return h->v2 && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0;
}

void facts_read_denied(struct host_facts *facts)
{
    /* Root is denied one only in a user namespace, and then the cgroup2 one as well. */
    for (size_t i = 0; i < facts->hierarchies; i++)
        facts->hierarchy[i].denied =
            (geteuid() != 0 || facts->hierarchy[i].v2) && is_denied(&facts->hierarchy[i]);
}

void facts_read_place(struct host_facts *facts)
{
    struct hierarchy *h = v2_of(facts);
    struct host_place *place = &facts->place;
    char path[1024];
    int top, dir;

    if (!h)
        return;
    snprintf(path, sizeof(path), "%s%s", h->mount, strcmp(h->own, "/") == 0 ? "" : h->own);
    top = open(h->mount, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    dir = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (top >= 0 && dir >= 0) {
        read_line(top, "cgroup.controllers", place->all, sizeof(place->all));
        read_line(dir, "cgroup.controllers", h->controllers, sizeof(h->controllers));
        read_line(dir, "cgroup.subtree_control", place->enabled, sizeof(place->enabled));
        /* Only the root has no type. */
        place->root = faccessat(dir, "cgroup.type", F_OK, 0) < 0;
        place->crowded = !place->root && is_crowded(dir);
        place->delegated = facts->layout == HOST_V2 && is_delegated(h);
    }
    if (top >= 0)
        close(top);
    if (dir >= 0)
        close(dir);
}
