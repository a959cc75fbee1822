/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the calling process's own cgroups are, in every mounted hierarchy. */
#ifndef CGRUN_TESTS_SYSTEM_JOBS_OWN_CGROUPS_H
#define CGRUN_TESTS_SYSTEM_JOBS_OWN_CGROUPS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_CGROUPS 32

struct own_cgroup {
    bool v2;
    char options[128]; /* v1: the controllers, among other mount options */
    char dir[PATH_MAX];
};

static inline bool own_has_option(const char *options, const char *word, size_t n)
{
    for (const char *p = options; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && strncmp(p, word, n) == 0)
            return true;
    return false;
}

/* A line of /proc/self/mountinfo; false when it is no cgroup hierarchy's. */
static inline bool own_parse_mount(char *line, char *root, struct own_cgroup *g)
{
    char *dash = strstr(line, " - "), type[32], options[256] = "", mount[1024];

    if (!dash || sscanf(dash, " - %31s %*s %255s", type, options) < 1 ||
        strncmp(type, "cgroup", 6) != 0 ||
        sscanf(line, "%*s %*s %*s %1023s %1023s", root, mount) != 2)
        return false;
    g->v2 = strcmp(type, "cgroup2") == 0;
    snprintf(g->options, sizeof(g->options), "%.127s", options);
    snprintf(g->dir, sizeof(g->dir), "%s", mount);
    return true;
}

/* The process's path within the hierarchy, from /proc/self/cgroup. */
static inline bool own_path(const struct own_cgroup *g, char *path, size_t size)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char line[4096];
    bool found = false;

    while (f && !found && fgets(line, sizeof(line), f)) {
        char *controllers = strchr(line, ':'), *at = controllers ? strchr(++controllers, ':') : 0;

        if (!at)
            continue;
        found = at == controllers
                    ? g->v2
                    : !g->v2 && own_has_option(g->options, controllers, strcspn(controllers, ",:"));
        at[strcspn(at, "\n")] = '\0';
        if (found)
            snprintf(path, size, "%s", at + 1);
    }
    if (f)
        fclose(f);
    return found;
}

static inline size_t own_cgroups(struct own_cgroup *list)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char line[4096], root[1024], path[1024];
    size_t n = 0;

    while (f && n < OWN_CGROUPS && fgets(line, sizeof(line), f)) {
        struct own_cgroup *g = &list[n];
        const char *rest = path;

        if (!own_parse_mount(line, root, g) || !own_path(g, path, sizeof(path)))
            continue;
        if (strcmp(root, "/") != 0 && strncmp(path, root, strlen(root)) == 0)
            rest += strlen(root);
        strncat(g->dir, rest, sizeof(g->dir) - strlen(g->dir) - 1);
        n++;
    }
    if (f)
        fclose(f);
    return n;
}

#endif
