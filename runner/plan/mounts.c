/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mounts are read-only to the job. The cgroup file systems always are, unless --delegate
 * asks otherwise: a root job would otherwise write its own limits. Under a shielding policy a root
 * job also gets the kernel's other controls read-only, since some of them (core_pattern,
 * uevent_helper, release_agent) make the kernel run a program outside every cgroup. procfs is
 * read-only as a whole: besides such controls (sys, irq, bus, ...) it has those of other processes,
 * whose oom_score_adj decides which of them the kernel ends. So are cgrun's own files, which decide
 * what other jobs may do and what their records say.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/plan/ordinary.h"
#include "runner/plan/plan.h"

static int add_mount(struct plan *plan, enum plan_mount_kind kind, const char *path, uint64_t flags)
{
    struct plan_mount *grown = realloc(plan->mount, (plan->mounts + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    plan->mount = grown;
    grown[plan->mounts] = (struct plan_mount){kind, strdup(path), flags, false};
    return grown[plan->mounts++].path ? 0 : -ENOMEM;
}

static bool is_cgroup(const struct host_mount *m)
{
    return strncmp(m->type, "cgroup", 6) == 0;
}

static bool beneath(const char *path, const char *of)
{
    size_t n = strlen(of);

    return strncmp(path, of, n) == 0 && path[n] == '/';
}

static bool wanted(const struct plan *plan, const struct host_mount *m, bool shield)
{
    if (is_cgroup(m))
        return !plan->spec->delegate && plan->spec->protect_control_groups;
    return shield;
}

/*
 * With mount_setattr one call serves a whole tree, so what lies beneath need not be listed; and
 * what lies beneath a path that is hidden, or bound onto itself alone, is gone.
 */
static bool covered(const struct plan *plan, const struct host_mount *m)
{
    for (size_t i = 0; i < plan->mounts; i++)
        if ((plan->mount[i].kind == PLAN_MOUNT_READONLY_TREE ||
             plan->mount[i].kind == PLAN_MOUNT_PATH_HIDDEN ||
             plan->mount[i].kind == PLAN_MOUNT_PROC ||
             plan->mount[i].kind == PLAN_MOUNT_PRIVATE_TMP) &&
            beneath(m->path, plan->mount[i].path))
            return true;
    return false;
}

/*
 * Before Linux has other hierarchies with a cgroup2 one, cgrun mounts its own in the run directory;
 * a job that is to write to it needs it.
 */
static bool needs_place(const struct plan *plan, const char *closed)
{
    return plan->spec->delegate && plan->groups && beneath(plan_v2(plan)->mount, closed);
}

static bool is_closed(const struct plan *plan, const char *path)
{
    strv_each (&plan->own.closed, place)
        if (beneath(path, place) && !needs_place(plan, place))
            return true;
    return false;
}

static int add_own(struct plan *plan)
{
    strv_each (&plan->own.closed, place) {
        if (needs_place(plan, place))
            continue;
        if (add_mount(plan, PLAN_MOUNT_OWN_CLOSED, place, 0) < 0)
            return -ENOMEM;
    }
    strv_each (&plan->own.readonly, place)
        if (add_mount(plan, PLAN_MOUNT_OWN_READONLY, place, 0) < 0)
            return -ENOMEM;
    return 0;
}

/* "PATH [rwm]" */
static bool is_allowed(const struct job_spec *spec, const char *device)
{
    size_t n = strlen(device);

    strv_each (&spec->device_allow, text)
        if (strncmp(text, device, n) == 0 && (text[n] == ' ' || text[n] == '\0'))
            return true;
    return false;
}

static int add_devices(struct plan *plan)
{
    strv_each (&plan->own.devices, device)
        if (!is_allowed(plan->spec, device) &&
            add_mount(plan, PLAN_MOUNT_DEVICE_CLOSED, device, 0) < 0)
            return -ENOMEM;
    return 0;
}

static int add_paths(struct plan *plan, enum plan_mount_kind kind, const struct strv *paths)
{
    strv_each (paths, path) {
        bool optional = *path == '-';

        if (add_mount(plan, kind, path + optional, 0) < 0)
            return -ENOMEM;
        plan->mount[plan->mounts - 1].optional = optional;
    }
    return 0;
}

/* What lies within another path comes after it, and of one path the stricter. */
static int outer_first(const void *a, const void *b)
{
    const struct plan_mount *x = a, *y = b;
    size_t n = strlen(x->path), m = strlen(y->path);

    return n != m ? (n > m) - (n < m) : (x->kind > y->kind) - (x->kind < y->kind);
}

/* Why a view of its own of the files cannot be had; NULL: it can. */
static const char *no_view(const struct host_facts *facts)
{
    if (!facts->root || !(facts->caps >> CAP_SYS_ADMIN & 1))
        return "root with CAP_SYS_ADMIN, which a mount namespace needs";
    return facts->mount_setattr ? NULL : "Linux 5.12 or newer, which can change mounts as a tree";
}

/*
 * Without a view of its own the whole may be read-only but for some paths, by Landlock: it takes
 * away everywhere and gives back beneath paths, and can do no more.
 */
static bool fits_landlock(const struct job_spec *spec, const struct host_facts *facts)
{
    strv_each (&spec->readonly_paths, path) {
        if (strcmp(path, "/") != 0)
            return false;
    }
    return facts->landlock >= 1 && spec->readonly_paths.count && !spec->inaccessible_paths.count &&
           !spec->private_tmp;
}

static int use_landlock(struct plan *plan)
{
    plan->landlock_read_only = plan->landlock_paths = true;
    return strv_add(&plan->policy.notes,
                    "read-only by Landlock, which leaves modes, owners and times of files to their "
                    "owners: --policy readonly refuses to change these");
}

/*
 * Paths as asked for, before all else: the kernel's interfaces stay read-only also within what is
 * made writable.
 */
static int plan_paths(struct plan *plan, const struct host_facts *facts, struct err_list *errors)
{
    const struct job_spec *spec = plan->spec;
    bool wanted = spec->readonly_paths.count || spec->writable_paths.count ||
                  spec->inaccessible_paths.count || spec->private_tmp;
    const char *lack = wanted ? no_view(facts) : NULL;
    int r;

    if (lack && fits_landlock(spec, facts))
        return use_landlock(plan);
    if (lack) {
        return ordinary_refuse(plan, errors, "paths or a /tmp of its own", lack);
    }
    r = add_paths(plan, PLAN_MOUNT_PATH_READONLY, &spec->readonly_paths);
    r |= add_paths(plan, PLAN_MOUNT_PATH_WRITABLE, &spec->writable_paths);
    r |= add_paths(plan, PLAN_MOUNT_PATH_HIDDEN, &spec->inaccessible_paths);
    if (plan->mounts)
        qsort(plan->mount, plan->mounts, sizeof(*plan->mount), outer_first);
    if (spec->private_tmp) {
        r |= add_mount(plan, PLAN_MOUNT_PRIVATE_TMP, "/tmp", 0);
        r |= add_mount(plan, PLAN_MOUNT_PRIVATE_TMP, "/var/tmp", 0);
    }
    return r < 0 ? -ENOMEM : 0;
}

int plan_mounts(struct plan *plan, const struct host_facts *facts, struct err_list *errors)
{
    bool job_is_root = facts->root && (!plan->user.change || plan->user.uid == 0);
    bool shield = plan->policy.shield && job_is_root;
    /* A tree would take the job's own, delegated cgroup along. */
    enum plan_mount_kind kind = facts->mount_setattr && !plan->spec->delegate
                                    ? PLAN_MOUNT_READONLY_TREE
                                    : PLAN_MOUNT_READONLY;

    if (plan_paths(plan, facts, errors) < 0)
        return -ENOMEM;
    if (!facts->root)
        return 0; /* the file modes already keep it out, and a namespace would need privilege */
    if (plan->spec->private_pids && add_mount(plan, PLAN_MOUNT_PROC, "/proc", 0) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < facts->interfaces; i++) {
        const struct host_mount *m = &facts->interface[i];

        if (wanted(plan, m, shield) && !covered(plan, m) && !(shield && is_closed(plan, m->path)) &&
            add_mount(plan, kind, m->path, m->flags) < 0)
            return -ENOMEM;
    }
    if (shield && (add_own(plan) < 0 || add_devices(plan) < 0))
        return -ENOMEM;
    return 0;
}

void plan_own_free(struct plan_own *own)
{
    strv_free(&own->closed);
    strv_free(&own->readonly);
    strv_free(&own->devices);
}

void plan_mounts_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->mounts; i++)
        free(plan->mount[i].path);
    free(plan->mount);
    plan->mount = NULL;
    plan->mounts = 0;
}

int plan_mounts_again(struct plan *plan, const struct host_facts *facts)
{
    _cleanup_err_list_ struct err_list errors = {0};

    plan_mounts_free(plan);
    return plan_mounts(plan, facts, &errors);
}
