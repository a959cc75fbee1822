/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup_write [PREFIX]: tries to open its own cgroups' control files for writing, to make a group
 * beneath them, and to open the hierarchies' root `cgroup.procs`, through PREFIX (such as
 * /proc/1/root). Writes nothing. Says "opened PATH" for each that it could, then how often it tried
 * and how many of the paths are there to be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/jobs/own_cgroups.h"

static unsigned tried, seen;

static void try_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    tried++;
    seen += fd >= 0 || errno == EROFS || (errno == EACCES && access(path, F_OK) == 0);
    if (fd < 0)
        return;
    printf("opened %s\n", path);
    close(fd);
}

static void try_mkdir(const char *dir)
{
    char path[PATH_MAX + 320];

    snprintf(path, sizeof(path), "%s/escape", dir);
    tried++;
    if (mkdir(path, 0755) < 0)
        return;
    rmdir(path);
    printf("opened %s\n", path);
}

int main(int argc, char **argv)
{
    static const char *const files[] = {
        "cgroup.procs",          "tasks",      "memory.max", "memory.limit_in_bytes",
        "memory.high",           "pids.max",   "cpu.max",    "cpu.cfs_quota_us",
        "cpuset.cpus",           "cpu.shares", "cpu.weight", "cgroup.subtree_control",
        "cgroup.clone_children", "io.max",     "cgroup.kill"};
    static struct own_cgroup group[OWN_CGROUPS];
    const char *prefix = argc > 1 ? argv[1] : "";
    size_t n = own_cgroups(group);

    for (size_t k = 0; k < n; k++) {
        char path[PATH_MAX + 256];

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
            snprintf(path, sizeof(path), "%s%s/%s", prefix, group[k].dir, files[i]);
            try_open(path);
            snprintf(path, sizeof(path), "%s%s/../%s", prefix, group[k].dir, files[i]);
            try_open(path);
        }
        snprintf(path, sizeof(path), "%s%s", prefix, group[k].dir);
        try_mkdir(path);
    }
    printf("hierarchies %zu tried %u seen %u\n", n, tried, seen);
    return 0;
}
