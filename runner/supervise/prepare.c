/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/policy.h"
#include "runner/apply/launch.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/base/places.h"
#include "runner/base/trusted.h"
#include "runner/host/disks.h"
#include "runner/host/processors.h"
#include "runner/host/program.h"
#include "runner/store/store.h"
#include "runner/supervise/outputs.h"
#include "runner/supervise/own_places.h"

const char *prepare_run_dir(void)
{
    static char own[256];
    const char *dir = getenv("CGRUN_RUN_DIR");
    char why[256];

    if (dir && *dir)
        return dir;
    if (geteuid() == 0)
        return "/run/cgrun";
    if (!*own)
        place_own(PLACE_RUN, own, sizeof(own), why, sizeof(why));
    return own;
}

/* Once: when the database is about to be made. */
int prepare_tell_places(const struct job_spec *spec, struct strv *notes)
{
    char dir[256], why[256], db[512];

    if (geteuid() == 0 || spec->db || place_own(PLACE_STATE, dir, sizeof(dir), why, sizeof(why)) ||
        store_path(NULL, db, sizeof(db)) < 0 || strncmp(db, dir, strlen(dir)) != 0 ||
        access(db, F_OK) == 0)
        return 0;
    return strv_addf(notes,
                     "records are kept in %s, which a reboot may empty: %s; set HOME or "
                     "XDG_STATE_HOME, or use --db",
                     dir, why);
}

int prepare_check_places(struct err *err)
{
    static const char *const names[] = {"CGRUN_RUN_DIR", "CGRUN_CACHE_DIR"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *place = getenv(names[i]);
        int r;

        if (place && strlen(place) > PLACE_MAX)
            return err_set(err, ENAMETOOLONG, "a path of at most 200 bytes", ERR_CORRECT_AND_RETRY,
                           "%s '%s'", names[i], place);
        r = place && *place ? trusted_so_far(names[i], place, err) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

const char *prepare_cache_dir(char *buf, size_t size)
{
    char own[256], why[256];
    const char *dir = getenv("CGRUN_CACHE_DIR");

    if ((!dir || !*dir) && geteuid() == 0)
        return POLICY_CACHE_DIR;
    if (!dir || !*dir) {
        place_own(PLACE_CACHE, own, sizeof(own), why, sizeof(why));
        dir = own;
    }
    snprintf(buf, size, "%s/policy", dir);
    return buf;
}

static int resolve_disks(struct strv *disks, const struct io_limits *list, struct err_list *errors)
{
    for (size_t i = 0; i < list->count; i++) {
        struct err err;
        char disk[32];
        int r = disk_of_path(list->item[i].path, disk, sizeof(disk), &err);

        if (r < 0 && err_list_add(errors, &err) < 0)
            return -ENOMEM;
        if (strv_add(disks, r < 0 ? "" : disk) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The nodes that the caller may use are the ones its job may use. */
static void read_memory_nodes(struct plan_inputs *inputs, const struct host_facts *facts)
{
    const struct hierarchy *h = facts_controller(facts, "cpuset");
    char path[1024];

    if (!h || h->v2)
        return;
    snprintf(path, sizeof(path), "%s%s/cpuset.mems", h->mount,
             strcmp(h->own, "/") == 0 ? "" : h->own);
    file_read_at(AT_FDCWD, path, inputs->memory_nodes, sizeof(inputs->memory_nodes));
    inputs->memory_nodes[strcspn(inputs->memory_nodes, "\n")] = '\0';
}

static void read_text(const char *dir, const char *file, char *buf, size_t size)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (file_read_at(AT_FDCWD, path, buf, size) < 0)
        buf[0] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
}

/* The caller's, which bind its job too; a group that is still to be made has those of the host. */
static void read_processors(struct plan_inputs *inputs, const struct host_facts *facts,
                            const struct job_spec *spec)
{
    const struct hierarchy *h = facts_controller(facts, "cpuset");
    char dir[800];

    if (!h)
        return;
    snprintf(dir, sizeof(dir), "%s%s", h->mount, strcmp(h->own, "/") == 0 ? "" : h->own);
    if (spec->parent && spec->parent[0] == '/')
        snprintf(dir, sizeof(dir), "%s%s", h->mount, spec->parent);
    read_text(dir, h->v2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus", inputs->processors,
              sizeof(inputs->processors));
    if (!inputs->processors[0])
        read_text("/sys/devices/system/cpu", "online", inputs->processors,
                  sizeof(inputs->processors));
}

struct policy_request prepare_policy(const struct job_spec *spec, const struct host_facts *facts,
                                     const struct job_user *user)
{
    struct policy_request request = {
        .policy = spec->policy,
        .filter = &spec->syscall_filter,
        .restrict_namespaces = spec->restrict_namespaces,
        .audit = spec->audit,
        .capabilities = user->change && user->uid != 0 ? 0 : facts->caps,
    };

    if (spec->capability_set_given)
        request.capabilities &= spec->capability_bounding_set;
    return request;
}

static int compile_policy(struct plan_inputs *inputs, const struct host_facts *facts,
                          const struct job_spec *spec, struct err *err)
{
    struct policy_request request = prepare_policy(spec, facts, &inputs->user);
    char cache[512];

    /* A rehearsal changes nothing, not even the cache. */
    request.cache_dir = spec->dry_run ? NULL : prepare_cache_dir(cache, sizeof(cache));
    if (policy_floor_read(POLICY_FLOOR_DIR, &request, &inputs->floor, err) < 0)
        return -err->code;
    if (policy_compile(&request, &inputs->policy, err) < 0)
        return -err->code;
    if (!spec->audit || !spec->tell_refused)
        return 0;
    request.audit = false;
    return policy_compile(&request, &inputs->trial, err);
}

/* A filter may be installed by the privileged, or by those who gave up gaining privileges. */
static int check_privileges(const struct plan_inputs *inputs, const struct job_spec *spec,
                            const struct host_facts *facts, struct err *err)
{
    bool unprivileged = !facts->root || (inputs->user.change && inputs->user.uid != 0);

    if (spec->no_new_privileges || !inputs->policy.confines || !unprivileged)
        return 0;
    return err_set(err, EINVAL, "'yes' for a job that is not root and has a policy",
                   ERR_CORRECT_AND_RETRY, "no-new-privileges 'no' with policy '%s'",
                   inputs->policy.name);
}

/* Whether its user may enter it shows when the job is started. */
static int check_directory(const struct job_spec *spec, struct err *err)
{
    struct stat st;

    if (!spec->chdir)
        return 0;
    if (stat(spec->chdir, &st) < 0)
        return err_sys(err, errno, ERR_CORRECT_AND_RETRY, "chdir '%.300s'", spec->chdir);
    return S_ISDIR(st.st_mode) ? 0
                               : err_set(err, ENOTDIR, "a directory", ERR_CORRECT_AND_RETRY,
                                         "chdir '%.300s'", spec->chdir);
}

static int resolve(struct plan_inputs *inputs, const struct host_facts *facts,
                   const struct job_spec *spec, struct err_list *errors)
{
    const struct io_limits *lists[] = {
        &spec->io_read_bandwidth_max,
        &spec->io_write_bandwidth_max,
        &spec->io_read_iops_max,
        &spec->io_write_iops_max,
    };
    struct err err;

    if (users_resolve(spec->user, spec->group, &spec->supplementary_groups, &inputs->user, &err) <
        0)
        err_list_add(errors, &err);
    if (check_directory(spec, &err) < 0)
        err_list_add(errors, &err);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (resolve_disks(&inputs->disk[i], lists[i], errors) < 0)
            return -ENOMEM;
    if (spec->allowed_cpus)
        read_memory_nodes(inputs, facts);
    if (spec->allowed_cpus)
        read_processors(inputs, facts, spec);
    if (spec->allowed_cpus && strcmp(spec->allowed_cpus, SPEC_CPUS_ISOLATED) == 0 &&
        processor_choose(inputs->processor, sizeof(inputs->processor), &err) < 0)
        err_list_add(errors, &err);
    if (spec->io_weight != SPEC_UNSET)
        inputs->io_weight_honoured = disk_weights_honoured();
    if (compile_policy(inputs, facts, spec, &err) < 0)
        err_list_add(errors, &err);
    else if (check_privileges(inputs, spec, facts, &err) < 0)
        err_list_add(errors, &err);
    return 0;
}

int prepare_plan(struct plan *plan, struct host_facts *facts, const struct job_spec *spec,
                 struct err_list *errors)
{
    _cleanup_plan_inputs_ struct plan_inputs inputs = {0};
    char cgroup2[256];
    struct err err;
    int r;

    snprintf(cgroup2, sizeof(cgroup2), "%s/cgroup2", prepare_run_dir());
    if (facts_read(facts, cgroup2, &err) < 0)
        return err_list_add(errors, &err) < 0 ? -ENOMEM : -err.code;
    r = own_places(&inputs.own, spec);
    if (r < 0)
        return r;
    inputs.now_ms = realtime_ns() / NS_PER_MS;
    inputs.pid = getpid();
    r = plan_scope(&inputs.place, spec, facts, &inputs, errors);
    if (r == 0)
        r = resolve(&inputs, facts, spec, errors);
    if (r == 0)
        r = plan_make(plan, spec, facts, &inputs, errors);
    return r < 0 ? r : errors->count ? -EINVAL : 0;
}

/* One that can be read and not written keeps no job from starting, nor one that is full or held. */
static int look_at_database(const struct job_spec *spec, struct err *err)
{
    char db[512];
    int number = store_path(spec->db, db, sizeof(db)) < 0 ? ENAMETOOLONG : place_writable(db);

    if (!number || store_is_unavailable(number) || access(db, R_OK) == 0)
        return 0;
    return err_sys(err, number, store_remedy(db, number), "database %.300s", db);
}

int prepare_rehearse(const struct plan *plan, struct err_list *errors)
{
    struct err err;
    int r = outputs_look(plan->spec, &err);

    if (r == 0)
        r = look_at_database(plan->spec, &err);
    if (r == 0)
        r = launch_rehearse(plan, &err);

    return r < 0 && err_list_add(errors, &err) < 0 ? -ENOMEM : r;
}

int prepare_mounts_again(struct plan *plan)
{
    /* Not static: memory that is, is asked for at each start (runner/base/start.S). */
    _cleanup_facts_ struct host_facts facts = {0};
    int r = facts_read(&facts, NULL, NULL);

    return r < 0 ? r : plan_mounts_again(plan, &facts);
}

int prepare_tools(struct job_spec *spec)
{
    char version[128];

    strv_each (&spec->tools, tool) {
        bool told = program_version(tool, version, sizeof(version));

        if (strv_addf(&spec->tool_versions, "%s=%s", tool, told ? version : "no answer") < 0)
            return -ENOMEM;
    }
    return 0;
}
