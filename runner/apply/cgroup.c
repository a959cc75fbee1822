/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <libcgroup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/apply/hierarchy.h"
#include "runner/apply/mount_table.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"

static void cgroup_freep(struct cgroup **g)
{
    if (*g)
        cgroup_free(g);
}

/*
 * libcgroup 2.0 finds no hierarchy for a cgroup2 mount without controllers, and in others it writes
 * to the groups all the way from the root, which only root may. There, mkdir.
 */
static bool library_can(const struct plan_group *group)
{
    return !group->v2 || (*group->controllers && geteuid() == 0);
}

static int library_init(const struct plan *plan, struct err *err)
{
    int r;

    for (size_t i = 0; i < plan->groups; i++)
        if (library_can(&plan->group[i]))
            mount_table_show(plan->group[i].mount, plan->group[i].v2, plan->group[i].controllers);
    r = cgroup_init();
    if (r != 0 && r != ECGROUPNOTMOUNTED)
        return err_set(err, EIO, NULL, ERR_RETRY_SAFE, "libcgroup cannot start: %s",
                       cgroup_strerror(r));
    return 0;
}

static struct cgroup *library_group(const struct plan_group *group)
{
    _cleanup_(cgroup_freep) struct cgroup *g = cgroup_new_cgroup(group->name);
    char words[128], *save = NULL;

    if (!g)
        return NULL;
    snprintf(words, sizeof(words), "%s", group->controllers);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (!cgroup_add_controller(g, w))
            return NULL;
    return steal(&g);
}

static int refused(const struct plan_group *group, int code, struct err *err)
{
    return err_set(err, EACCES, "a cgroup that the caller may create groups in",
                   "nothing was started; run as root, or in a delegated cgroup",
                   "cannot create %s: %s", group->path,
                   code == ECGOTHER ? strerror(cgroup_get_last_errno()) : cgroup_strerror(code));
}

/*
 * Settings go straight to the open directory: the library would read the mount table again for
 * each, would want a name only once where some files take a line per disk, and would not say which
 * failed.
 */
static int write_settings(int dir, const struct plan_group *group, struct err *err)
{
    for (size_t i = 0; i < group->settings; i++) {
        const struct plan_setting *s = &group->setting[i];
        int r = file_write_at(dir, s->file, s->value);

        if (r < 0)
            return err_sys(err, -r,
                           "nothing was started; check the value against what the caller's own "
                           "cgroup allows",
                           "%s '%s': writing %s to %s/%s", s->key, s->asked, s->value, group->path,
                           s->file);
    }
    return 0;
}

static int make_bare(const struct plan_group *group, struct err *err)
{
    if (mkdir(group->path, 0755) == 0)
        return 0;
    return err_sys(err, errno, "nothing was started; run as root, or in a delegated cgroup",
                   "cannot create %s", group->path);
}

static int make_group(struct job_cgroups *job, size_t i, struct err *err)
{
    const struct plan_group *group = &job->plan->group[i];
    _cleanup_(cgroup_freep) struct cgroup *g = NULL;
    int r;

    if (!library_can(group)) {
        r = make_bare(group, err);
        if (r < 0)
            return r;
    } else {
        g = library_group(group);
        if (!g)
            return err_oom(err);
        /* Ownership is the caller's already; asking for it costs a chown per file. */
        r = cgroup_create_cgroup(g, 1);
        job->made = i + 1;
        if (r != 0)
            return refused(group, r, err);
    }
    job->made = i + 1;
    job->dir[i] = open(group->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (job->dir[i] < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot open %s", group->path);
    return write_settings(job->dir[i], group, err);
}

/*
 * A job that may make groups of its own is born in a leaf, so that its own group can have
 * controllers for the others; all that it has itself.
 */
static int make_leaf(struct job_cgroups *job, struct err *err)
{
    const struct plan_group *group = &job->plan->group[0];
    char all[128], enable[256] = "", *save = NULL;
    int r = file_read_at(job->dir[0], "cgroup.controllers", all, sizeof(all));

    for (char *w = strtok_r(all, " \n", &save); r >= 0 && w; w = strtok_r(NULL, " \n", &save)) {
        size_t n = strlen(enable);

        snprintf(enable + n, sizeof(enable) - n, "%s+%s", n ? " " : "", w);
    }
    r = r < 0 ? r : file_write_at(job->dir[0], "cgroup.subtree_control", enable);
    if (r == 0 && mkdirat(job->dir[0], HOST_LEAF, 0755) < 0)
        r = -errno;
    if (r < 0)
        return err_sys(err, -r, ERR_RETRY_SAFE, "cannot delegate %s", group->path);
    job->birth_fd = openat(job->dir[0], HOST_LEAF, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (job->birth_fd < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot open a leaf of %s", group->path);
    return 0;
}

/* The number that identifies a cgroup2 directory is its inode's, on every kernel since 5.5. */
static int read_id(struct job_cgroups *job, struct err *err)
{
    struct stat st;

    if (fstat(job->dir[0], &st) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot stat %s", job->plan->group[0].path);
    job->id = st.st_ino;
    return 0;
}

size_t cgroup_ancestors(const struct job_cgroups *job, uint64_t *ids, size_t size)
{
    const struct plan_group *group = &job->plan->group[0];
    _cleanup_free_ char *path = strdup(group->path);
    size_t root = strlen(group->mount), count = 0;
    struct stat st;
    char *slash;

    while (path && count < size && (slash = strrchr(path, '/')) != NULL && slash > path + root) {
        *slash = '\0';
        if (stat(path, &st) < 0)
            break;
        ids[count++] = st.st_ino;
    }
    return count;
}

int cgroup_create(struct job_cgroups *job, const struct plan *plan, struct err *err)
{
    int r = 0;

    *job = (struct job_cgroups){.plan = plan, .birth_fd = -1, .handles = CGROUP_HANDLES_NONE};
    for (size_t i = 0; i < CGROUP_GROUPS; i++)
        job->dir[i] = -1;
    if (plan->no_cgroup)
        return 0;
    if (plan->groups > CGROUP_GROUPS)
        return err_set(err, E2BIG, NULL, NULL, "%zu cgroup hierarchies", plan->groups);
    if (plan->mount_cgroup2)
        r = hierarchy_mount(plan_v2(plan)->mount, err);
    if (r == 0)
        r = library_init(plan, err);
    for (size_t i = 0; r == 0 && i < plan->groups; i++)
        r = make_group(job, i, err);
    if (r == 0)
        r = read_id(job, err);
    if (r == 0 && plan->place.job_leaf)
        r = make_leaf(job, err);
    if (r == 0)
        cgroup_handles_open(&job->handles, job->dir[0]);
    if (r < 0) {
        cgroup_remove(job, NULL);
        cgroup_close(job);
    }
    return r;
}

int cgroup_read(const struct job_cgroups *job, const char *controller, const char *file, char *buf,
                size_t size)
{
    buf[0] = '\0';
    for (size_t i = 0; i < job->made; i++)
        if (controller ? facts_word_in(job->plan->group[i].controllers, controller)
                       : job->plan->group[i].v2)
            return file_read_at(job->dir[i], file, buf, size);
    return -ENOENT;
}

/*
 * One controller at a time: told of several, libcgroup 2.0 removes the first and reports success.
 * The group is empty by now, and told so the library does not look for tasks to move to the parent.
 */
static int remove_by_library(const struct plan_group *group)
{
    char words[128], *save = NULL;
    int r = -1;

    snprintf(words, sizeof(words), "%s", group->controllers);
    for (char *w = strtok_r(words, " ", &save); w && r != 0; w = strtok_r(NULL, " ", &save)) {
        _cleanup_(cgroup_freep) struct cgroup *g = cgroup_new_cgroup(group->name);

        if (!g || !cgroup_add_controller(g, w))
            return -1;
        r = cgroup_delete_cgroup_ext(g, CGFLAG_DELETE_EMPTY_ONLY);
    }
    return r;
}

/* A group that is still busy, or in which the job made groups of its own, is walked. */
static int remove_group(const struct plan_group *group, struct err *err)
{
    bool gone = *group->controllers ? remove_by_library(group) == 0 : rmdir(group->path) == 0;

    return gone ? 0 : cgroup_remove_path(group->path, err);
}

int cgroup_remove(struct job_cgroups *job, struct err *err)
{
    int failed = 0;

    if (job->removed)
        return 0;
    if (job->birth_fd >= 0)
        unlinkat(job->dir[0], HOST_LEAF, AT_REMOVEDIR);
    for (size_t i = job->made; i-- > 0;) {
        int r = remove_group(&job->plan->group[i], err);

        if (r < 0)
            failed = r;
    }
    job->removed = failed == 0;
    return failed;
}

void cgroup_close(struct job_cgroups *job)
{
    descendants_end(&job->descendants);
    cgroup_handles_close(&job->handles);
    if (job->birth_fd >= 0)
        close(job->birth_fd);
    job->birth_fd = -1;
    for (size_t i = 0; i < CGROUP_GROUPS; i++) {
        if (job->dir[i] >= 0)
            close(job->dir[i]);
        job->dir[i] = -1;
    }
}
