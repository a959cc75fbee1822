/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests look at themselves: processes, cgroups and files of the host. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "tests/system/harness.h"

#define TEXT_LIMIT (1UL << 20)
#define REMEMBERED 4096

static pid_t remembered[REMEMBERED];
static unsigned remembered_count;

void host_remember(pid_t pid)
{
    remembered[remembered_count++ % REMEMBERED] = pid;
}

bool host_kernel_at_least(int major, int minor)
{
    struct utsname name;
    int is_major = 0, is_minor = 0;

    if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &is_major, &is_minor) != 2)
        return false;
    return is_major > major || (is_major == major && is_minor >= minor);
}

bool file_holds(const char *path, const char *text)
{
    _cleanup_free_ char *whole = NULL;

    return file_read_all(path, 16UL << 20, &whole) >= 0 && strstr(whole, text);
}

void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    if (!f || fputs(text, f) == EOF || fclose(f) == EOF)
        fail_test("cannot write %s", path);
}

/* Calls `fn` for each mounted cgroup hierarchy until it returns true. */
static bool each_hierarchy(bool (*fn)(const char *mount, bool v2, const char *options, void *data),
                           void *data)
{
    _cleanup_free_ char *mounts = NULL;
    char *save = NULL, at[512], type[32], options[256];

    if (file_read_all("/proc/self/mountinfo", TEXT_LIMIT, &mounts) < 0)
        return false;
    for (char *l = strtok_r(mounts, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
        const char *dash = strstr(l, " - ");

        if (!dash || sscanf(dash, " - %31s %*s %255s", type, options) != 2 ||
            strncmp(type, "cgroup", 6) != 0 || sscanf(l, "%*s %*s %*s %*s %511s", at) != 1)
            continue;
        if (fn(at, strcmp(type, "cgroup2") == 0, options, data))
            return true;
    }
    return false;
}

static bool take_v2(const char *mount, bool v2, const char *options, void *data)
{
    (void)options;
    if (v2)
        snprintf(data, 512, "%s", mount);
    return v2;
}

const char *host_v2_mount(void)
{
    static char mount[512];

    return each_hierarchy(take_v2, mount) ? mount : NULL;
}

static bool has_word(const char *list, const char *word, const char *separators)
{
    size_t n = strlen(word);

    for (const char *p = list; *p; p += strspn(p, separators)) {
        size_t length = strcspn(p, separators);

        if (length == n && strncmp(p, word, n) == 0)
            return true;
        p += length;
    }
    return false;
}

static bool has_v1_controller(const char *mount, bool v2, const char *options, void *data)
{
    (void)mount;
    return !v2 && has_word(options, *(const char *const *)data, ",");
}

int host_controller(const char *name)
{
    char path[600], text[512] = "";
    const char *v2 = host_v2_mount();

    if (each_hierarchy(has_v1_controller, &name))
        return 1;
    if (!v2)
        return 0;
    snprintf(path, sizeof(path), "%s/cgroup.controllers", v2);
    file_read_at(AT_FDCWD, path, text, sizeof(text));
    return has_word(text, name, " \n") ? 2 : 0;
}

char *host_kernel_mounts(void)
{
    struct buf text = {0};
    _cleanup_free_ char *mounts = NULL;
    char *save = NULL, at[512], options[256];

    if (file_read_all("/proc/self/mountinfo", TEXT_LIMIT, &mounts) < 0)
        return NULL;
    for (char *l = strtok_r(mounts, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
        if (sscanf(l, "%*s %*s %*s %*s %511s %255s", at, options) == 2 && !strstr(l, " - bpf ") &&
            (strncmp(at, "/proc", 5) == 0 || strncmp(at, "/sys", 4) == 0))
            buf_addf(&text, "%s %s\n", at, options);
    return text.data;
}

/* A dead process that nobody has reaped yet is none. */
static bool lives(const char *pid)
{
    char path[64], text[512];
    const char *after;

    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    if (file_read_at(AT_FDCWD, path, text, sizeof(text)) <= 0)
        return false;
    after = strrchr(text, ')');
    return after && after[1] && after[2] != 'Z' && after[2] != 'X';
}

static bool environment_holds(const char *pid, const char *text)
{
    static char environment[131072];
    char path[64];
    int n;

    snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
    n = file_read_at(AT_FDCWD, path, environment, sizeof(environment));
    return n > 0 && memmem(environment, (size_t)n, text, strlen(text));
}

unsigned host_marked(const char *text, pid_t *pids, unsigned size)
{
    _cleanup_closedir_ DIR *dir = opendir("/proc");
    struct dirent *e;
    unsigned n = 0;

    while (dir && (e = readdir(dir))) {
        pid_t pid = (pid_t)atoi(e->d_name);

        if (pid <= 0 || pid == getpid() || !environment_holds(e->d_name, text) || !lives(e->d_name))
            continue;
        if (n < size)
            pids[n] = pid;
        n++;
    }
    return n;
}

static unsigned groups_found;
static bool groups_remove;

/* Job groups are called "cgrun.job-<time>-<pid of cgrun>". */
static int look_at_group(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    const char *name = path + walk->base, *dash = strrchr(name, '-');

    (void)st;
    if (kind != FTW_DP || strncmp(name, "cgrun.job-", 10) != 0 || !dash)
        return 0;
    for (unsigned i = 0; i < remembered_count && i < REMEMBERED; i++) {
        if (remembered[i] != (pid_t)atoi(dash + 1))
            continue;
        groups_found++;
        if (groups_remove)
            rmdir(path);
        else
            print_error("left behind: %s\n", path);
        break;
    }
    return 0;
}

static bool look_at_hierarchy(const char *mount, bool v2, const char *options, void *data)
{
    (void)v2;
    (void)options;
    (void)data;
    nftw(mount, look_at_group, 32, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
    return false;
}

unsigned host_cgroups_left(bool remove)
{
    groups_found = 0;
    groups_remove = remove;
    each_hierarchy(look_at_hierarchy, NULL);
    return groups_found;
}
