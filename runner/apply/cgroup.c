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

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

static void cgroup_freep(struct cgroup **g)
{
    if (*g)
        cgroup_free(g);
}

int cgroup_library_init(struct err *err)
{
    int r = cgroup_init();

    if (r != 0 && r != ECGROUPNOTMOUNTED)
        return err_set(err, EIO, NULL, ERR_RETRY_SAFE, "libcgroup cannot start: %s",
                       cgroup_strerror(r));
    return 0;
}

/* libcgroup sorts settings by controller, which is the part of a file's name before the dot. */
static int add_value(struct cgroup *g, const struct plan_setting *s)
{
    char controller[32];
    struct cgroup_controller *c;

    snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(s->file, "."), s->file);
    c = cgroup_get_controller(g, controller);
    if (!c)
        c = cgroup_add_controller(g, controller);
    return c ? cgroup_add_value_string(c, s->file, s->value) : ECGFAIL;
}

/* A file that takes one line per disk holds them all; the library wants each name once. */
static bool takes_lines(const struct plan_setting *s)
{
    return strncmp(s->file, "io.max", 6) == 0 || strncmp(s->file, "blkio.throttle.", 15) == 0;
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
    for (size_t i = 0; i < group->settings; i++)
        if (!takes_lines(&group->setting[i]) && add_value(g, &group->setting[i]) != 0)
            return NULL;
    return steal(&g);
}

/* Which write failed, in the words of the kernel: tried again one by one. */
static int explain(const struct plan_group *group, int library_code, struct err *err)
{
    _cleanup_close_ int dir = open(group->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; dir >= 0 && i < group->settings; i++) {
        const struct plan_setting *s = &group->setting[i];
        int r = file_write_at(dir, s->file, s->value);

        if (r < 0)
            return err_sys(err, -r,
                           "nothing was started; check the value against what the "
                           "caller's own cgroup allows",
                           "%s '%s': writing %s to %s/%s", s->key, s->asked, s->value, group->path,
                           s->file);
    }
    return err_set(err, EACCES, "a cgroup that the caller may create groups in",
                   "nothing was started; run as root, or in a delegated cgroup",
                   "cannot create %s: %s", group->path,
                   library_code == ECGOTHER ? strerror(cgroup_get_last_errno())
                                            : cgroup_strerror(library_code));
}

static int write_lines(int dir, const struct plan_group *group, struct err *err)
{
    for (size_t i = 0; i < group->settings; i++) {
        const struct plan_setting *s = &group->setting[i];
        int r = takes_lines(s) ? file_write_at(dir, s->file, s->value) : 0;

        if (r < 0)
            return err_sys(err, -r, ERR_CORRECT_AND_RETRY, "%s '%s': writing '%s' to %s/%s", s->key,
                           s->asked, s->value, group->path, s->file);
    }
    return 0;
}

/* libcgroup 2.0 finds no hierarchy for a cgroup2 mount without controllers: there, mkdir. */
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

    if (!*group->controllers) {
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
            return explain(group, r, err);
    }
    job->made = i + 1;
    job->dir[i] = open(group->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (job->dir[i] < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot open %s", group->path);
    return write_lines(job->dir[i], group, err);
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

    *job = (struct job_cgroups){.plan = plan};
    for (size_t i = 0; i < CGROUP_GROUPS; i++)
        job->dir[i] = -1;
    if (plan->groups > CGROUP_GROUPS)
        return err_set(err, E2BIG, NULL, NULL, "%zu cgroup hierarchies", plan->groups);
    for (size_t i = 0; r == 0 && i < plan->groups; i++)
        r = make_group(job, i, err);
    if (r == 0)
        r = read_id(job, err);
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

/* One controller at a time: told of several, libcgroup 2.0 removes the first and reports success.
 */
static void remove_by_library(const struct plan_group *group)
{
    char words[128], *save = NULL;

    snprintf(words, sizeof(words), "%s", group->controllers);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        _cleanup_(cgroup_freep) struct cgroup *g = cgroup_new_cgroup(group->name);

        if (!g || !cgroup_add_controller(g, w))
            return;
        cgroup_delete_cgroup_ext(g, CGFLAG_DELETE_RECURSIVE | CGFLAG_DELETE_IGNORE_MIGRATION);
        if (access(group->path, F_OK) < 0)
            return;
    }
}

int cgroup_remove(struct job_cgroups *job, struct err *err)
{
    int failed = 0;

    if (job->removed)
        return 0;
    for (size_t i = job->made; i-- > 0;) {
        const struct plan_group *group = &job->plan->group[i];
        int r = 0;

        /* A job without groups of its own inside, the usual case, leaves nothing to walk. */
        if (*group->controllers)
            remove_by_library(group);
        if (access(group->path, F_OK) == 0)
            r = cgroup_remove_path(group->path, err);
        if (r < 0)
            failed = r;
    }
    job->removed = failed == 0;
    return failed;
}

void cgroup_close(struct job_cgroups *job)
{
    for (size_t i = 0; i < CGROUP_GROUPS; i++) {
        if (job->dir[i] >= 0)
            close(job->dir[i]);
        job->dir[i] = -1;
    }
}
