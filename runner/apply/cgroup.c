/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/apply/hierarchy.h"
#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"

/*
 * The plan's groups lie beneath the caller's own, in a delegated subtree perhaps, which its owner
 * may rearrange at any time. So every step is relative to a directory that is already open.
 */
static int open_directory(int at, const char *name)
{
    int fd = openat(at, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 ? -errno : fd;
}

static int refused(int code, const char *path, struct err *err)
{
    return err_sys(err, -code, "nothing was started; run as root, or in a delegated cgroup",
                   "cannot create %s", path);
}

/* Controllers of cgroup v2 are enabled in each group between the caller's own and the job's. */
static int enable_controllers(int dir, const char *controllers)
{
    char words[128], *save = NULL, *text = NULL;
    _cleanup_buf_ struct buf enable = {0};

    snprintf(words, sizeof(words), "%s", controllers);
    for (text = strtok_r(words, " \n", &save); text; text = strtok_r(NULL, " \n", &save))
        buf_addf(&enable, "%s+%s", enable.len ? " " : "", text);
    if (enable.failed)
        return -ENOMEM;
    return enable.len ? file_write_at(dir, "cgroup.subtree_control", buf_text(&enable)) : 0;
}

/* One step down, into a group that --parent names and that may not exist yet in this hierarchy. */
static int enter(int *dir, const char *name, const struct plan_group *group)
{
    int next = open_directory(*dir, name), r = 0;

    if (next == -ENOENT) {
        if (mkdirat(*dir, name, 0755) < 0 && errno != EEXIST)
            return -errno;
        next = open_directory(*dir, name);
    }
    if (next < 0)
        return next;
    close(*dir);
    *dir = next;
    if (group->v2)
        r = enable_controllers(next, group->controllers);
    return r;
}

/* The directory that the job's group is made in, and the group's name there. */
static int open_parent(const struct plan_group *group, const char **ret_name)
{
    _cleanup_free_ char *path = strndup(group->name, group->own_length);
    const char *name = group->name + group->own_length, *slash;
    _cleanup_close_ int root = open_directory(AT_FDCWD, group->mount), dir = -1;
    int r = root < 0 ? root : 0;

    if (!path)
        return -ENOMEM;
    if (r == 0)
        dir = r = *path ? open_directory(root, path) : steal_fd(&root);
    for (; r >= 0 && (slash = strchr(name, '/')) != NULL; name = slash + 1) {
        _cleanup_free_ char *step = strndup(name, (size_t)(slash - name));

        if (!step)
            return -ENOMEM;
        if (*step)
            r = enter(&dir, step, group);
    }
    *ret_name = name;
    return r < 0 ? r : steal_fd(&dir);
}

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

static int make_group(struct job_cgroups *job, size_t i, struct err *err)
{
    const struct plan_group *group = &job->plan->group[i];
    int r = open_parent(group, &job->name[i]);

    if (r < 0)
        return refused(r, group->path, err);
    job->parent[i] = r;
    if (mkdirat(job->parent[i], job->name[i], 0755) < 0)
        return refused(-errno, group->path, err);
    job->made = i + 1;
    job->dir[i] = open_directory(job->parent[i], job->name[i]);
    if (job->dir[i] < 0)
        return err_sys(err, -job->dir[i], ERR_RETRY_SAFE, "cannot open %s", group->path);
    return write_settings(job->dir[i], group, err);
}

/*
 * A job that may make groups of its own is born in a leaf, so that its own group can have
 * controllers for the others; all that it has itself.
 */
static int make_leaf(struct job_cgroups *job, struct err *err)
{
    const struct plan_group *group = &job->plan->group[0];
    char all[128];
    int r = file_read_at(job->dir[0], "cgroup.controllers", all, sizeof(all));

    if (r >= 0)
        r = enable_controllers(job->dir[0], all);
    if (r == 0 && mkdirat(job->dir[0], HOST_LEAF, 0755) < 0)
        r = -errno;
    if (r < 0)
        return err_sys(err, -r, ERR_RETRY_SAFE, "cannot delegate %s", group->path);
    job->birth_fd = open_directory(job->dir[0], HOST_LEAF);
    if (job->birth_fd < 0)
        return err_sys(err, -job->birth_fd, ERR_RETRY_SAFE, "cannot open a leaf of %s",
                       group->path);
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
    _cleanup_buf_ struct buf up = {0};
    size_t count = 0;
    struct stat st;

    for (const char *c = job->plan->group[0].name; *c && count < size; c++) {
        if (*c != '/')
            continue;
        buf_add(&up, "../");
        if (up.failed || fstatat(job->dir[0], buf_text(&up), &st, 0) < 0)
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
        job->dir[i] = job->parent[i] = -1;
    if (plan->no_cgroup)
        return 0;
    if (plan->groups > CGROUP_GROUPS)
        return err_set(err, E2BIG, NULL, NULL, "%zu cgroup hierarchies", plan->groups);
    if (plan->mount_cgroup2)
        r = hierarchy_mount(plan_v2(plan)->mount, err);
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

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void cgroup_close(struct job_cgroups *job)
{
    descendants_end(&job->descendants);
    cgroup_handles_close(&job->handles);
    close_fd(&job->birth_fd);
    for (size_t i = 0; i < CGROUP_GROUPS; i++) {
        close_fd(&job->dir[i]);
        close_fd(&job->parent[i]);
    }
}
