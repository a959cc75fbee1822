/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "policy/join.h"
#include "policy/listen.h"
#include "runner/base/cleanup.h"
#include "runner/plan/ordinary.h"
#include "runner/spec/front_ends.h"

static bool add_word(char **list, const char *word)
{
    char *grown;

    if (!word || (*list && facts_word_in(*list, word)))
        return true;
    if (asprintf(&grown, "%s%s%s", *list ? *list : "", *list && **list ? " " : "", word) < 0)
        return false;
    free(*list);
    *list = grown;
    return true;
}

/* Beneath the caller's own cgroup, so that the caller's limits go on binding the job. */
static char *group_place(const struct plan *plan, const struct hierarchy *h)
{
    const char *own = strcmp(h->own, "/") == 0 ? "" : h->own + 1, *parent = plan->spec->parent;
    char *name = NULL;

    if (parent && parent[0] == '/') {
        own = parent + 1;
        parent = NULL;
    }
    if (asprintf(&name, "%s%s%s%s%s", own, *own ? "/" : "", parent ? parent : "",
                 parent && *parent ? "/" : "", plan->group_name) < 0)
        return NULL;
    return name;
}

int plan_add_group(struct plan *plan, const struct hierarchy *h, const char *controller)
{
    struct plan_group *g = NULL;

    for (size_t i = 0; i < plan->groups; i++)
        if (strcmp(plan->group[i].mount, h->mount) == 0)
            g = &plan->group[i];
    if (!g) {
        struct plan_group *grown = realloc(plan->group, (plan->groups + 1) * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        plan->group = grown;
        g = &plan->group[plan->groups++];
        *g = (struct plan_group){.v2 = h->v2,
                                 .mount = strdup(h->mount),
                                 .controllers = strdup(""),
                                 .name = group_place(plan, h),
                                 .own_length = strlen(h->own) - 1};
        if (!g->mount || !g->controllers || !g->name ||
            asprintf(&g->path, "%s/%s", g->mount, g->name) < 0)
            return -ENOMEM;
    }
    return add_word(&g->controllers, controller) ? 0 : -ENOMEM;
}

const struct plan_group *plan_group_of(const struct plan *plan, const char *controller)
{
    for (size_t i = 0; i < plan->groups; i++)
        if (facts_word_in(plan->group[i].controllers, controller))
            return &plan->group[i];
    return NULL;
}

static bool climbs(const char *path)
{
    for (size_t n; *path; path += n + (path[n] == '/')) {
        n = strcspn(path, "/");
        if (n && n <= 2 && strspn(path, ".") == n)
            return true;
    }
    return false;
}

/* --parent must lie within the caller's own cgroup, or the caller's limits would not bind. */
static int check_parent(const struct plan *plan, const struct host_facts *facts,
                        struct err_list *errors)
{
    const char *parent = plan->spec->parent;
    struct err err;

    if (parent && climbs(parent)) {
        err_set(&err, EINVAL, "a path without '.' and '..'", ERR_CORRECT_AND_RETRY, "parent '%s'",
                parent);
        return err_list_add(errors, &err);
    }
    for (size_t i = 0; parent && parent[0] == '/' && i < facts->hierarchies; i++) {
        const char *own = facts->hierarchy[i].own;
        size_t n = strcmp(own, "/") == 0 ? 0 : strlen(own);

        if (strncmp(parent, own, n) == 0 && (parent[n] == '/' || parent[n] == '\0'))
            continue;
        err_set(&err, EINVAL, "a path within the caller's own cgroup, or a relative one",
                ERR_CORRECT_AND_RETRY, "parent '%s': outside %s, the caller's cgroup in %s", parent,
                own, facts->hierarchy[i].mount);
        return err_list_add(errors, &err);
    }
    return 0;
}

static int plan_rlimits(struct plan *plan)
{
    plan->rlimit = calloc(SPEC_RLIMITS, sizeof(*plan->rlimit));
    if (!plan->rlimit)
        return -ENOMEM;
    for (int i = 0; i < SPEC_RLIMITS; i++) {
        const struct rlimit_spec *r = &plan->spec->rlimit[i];

        if (r->given)
            plan->rlimit[plan->rlimits++] = (struct plan_rlimit){
                .resource = i,
                .soft = r->soft == SPEC_INFINITY ? RLIM_INFINITY : r->soft,
                .hard = r->hard == SPEC_INFINITY ? RLIM_INFINITY : r->hard,
            };
    }
    return 0;
}

static const char *command_name(const struct job_spec *spec)
{
    const char *command = spec->argv.count ? spec->argv.item[0] : "", *slash;

    if (spec->name)
        return spec->name;
    slash = strrchr(command, '/');
    return slash && slash[1] ? slash + 1 : command;
}

static int refuse(struct err_list *errors, const char *what, const char *expected)
{
    struct err err;

    err_set(&err, ENOTSUP, expected, "nothing was started; run it there, or without it", "%s",
            what);
    return err_list_add(errors, &err);
}

const struct sock_fprog *plan_refusing(const struct plan *plan)
{
    return plan->trial.logged.len ? &plan->trial.logged : &plan->policy.logged;
}

/* Refusals hold either way; that they are not told is noted. */
static int plan_listening(struct plan *plan)
{
    const struct sock_fprog *from = plan_refusing(plan);
    const char *call;
    int r;

    if (from->len == 0 || !(plan->spec->tell_refused || plan->policy.tell))
        return 0;
    r = listen_program(from, plan->trial.logged.len > 0, &plan->listening, &call);
    if (r != -EBUSY)
        return r;
    return strv_addf(&plan->policy.notes,
                     "what is refused is not told: the policy refuses %s, which starts the job",
                     call);
}

/* Too long for one, or without need of both, they stay as they are. */
static int plan_joining(struct plan *plan)
{
    const struct policy_program *p = &plan->policy;
    int r;

    if (p->quiet.len == 0 || p->logged.len == 0 || plan->listening.len)
        return 0;
    r = join_programs(&p->quiet, &p->logged, &plan->joined);
    return r == -E2BIG ? 0 : r;
}

/* Without a cgroup there is nothing by which another process could end the job. */
static bool needs_keeper(const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;

    return !plan->no_cgroup &&
           (spec->runtime_max_ns < SPEC_INFINITY || spec->cpu_time_max_ns < SPEC_INFINITY ||
            spec->if_lost == SPEC_LOST_END || spec->private_pids);
}

/* The ABI that brought scopes for signals. */
#define LANDLOCK_SIGNALS 6

static enum plan_signals choose_signals(const struct plan *plan, const struct host_facts *facts)
{
    if (plan->spec->private_pids)
        return PLAN_SIGNALS_NAMESPACE;
    if (!plan->policy.shield)
        return PLAN_SIGNALS_OPEN;
    if (plan->spec->signal_scope == SPEC_SIGNALS_HOST)
        return PLAN_SIGNALS_HOST;
    return facts->landlock >= LANDLOCK_SIGNALS ? PLAN_SIGNALS_LANDLOCK : PLAN_SIGNALS_FILTER;
}

const char *plan_signals_words(const struct plan *plan)
{
    static const char *const words[] = {
        [PLAN_SIGNALS_OPEN] = "to any process its user may signal, cgrun included",
        [PLAN_SIGNALS_HOST] = "to any process its user may signal but cgrun and PID 1 (seccomp)",
        [PLAN_SIGNALS_FILTER] = "not to cgrun, its caller and PID 1 (seccomp)",
        [PLAN_SIGNALS_LANDLOCK] = "within the job (Landlock)",
        [PLAN_SIGNALS_NAMESPACE] = "within the job (PID namespace)",
    };

    return words[plan->signals];
}

/* A mount that another can take off again is no boundary. */
static bool has_paths(const struct job_spec *spec)
{
    return spec->readonly_paths.count || spec->inaccessible_paths.count;
}

static int plan_confinement(struct plan *plan, const struct host_facts *facts,
                            struct err_list *errors)
{
    bool job_is_root = facts->root && (!plan->user.change || plan->user.uid == 0);
    int r = 0;

    if (plan->spec->private_network && !(facts->root && facts->caps >> CAP_SYS_ADMIN & 1))
        r = ordinary_refuse(plan, errors, "private-network", "root with CAP_SYS_ADMIN");
    if (plan->spec->private_pids && !(facts->root && facts->caps >> CAP_SYS_ADMIN & 1))
        r |= ordinary_refuse(plan, errors, "private-pids", "root with CAP_SYS_ADMIN");
    if (plan->spec->ambient_capabilities & ~facts->caps)
        r |= ordinary_refuse(plan, errors, "ambient-capabilities",
                             "capabilities that cgrun has itself");
    if (r < 0)
        return r;

    for (size_t i = 0; i < plan->floor.count; i++) {
        plan->policy.take_caps |= plan->floor.item[i].take_caps;
        plan->policy.shield |= plan->floor.item[i].shield;
        plan->policy.read_only |= plan->floor.item[i].read_only;
    }
    if (plan_listening(plan) < 0 || plan_joining(plan) < 0)
        return -ENOMEM;
    plan->drop_caps = plan->policy.take_caps;
    if (plan->spec->capability_set_given)
        plan->drop_caps |= ~plan->spec->capability_bounding_set;
    if (plan->spec->ambient_capabilities & plan->drop_caps &&
        refuse(errors, "ambient-capabilities",
               "capabilities that neither the policy nor the bounding set takes") < 0)
        return -ENOMEM;
    plan->signals = choose_signals(plan, facts);
    plan->landlock_signals =
        facts->landlock >= LANDLOCK_SIGNALS &&
        (plan->signals == PLAN_SIGNALS_LANDLOCK || plan->signals == PLAN_SIGNALS_NAMESPACE) &&
        (job_is_root || plan->spec->no_new_privileges);
    plan->keeper = needs_keeper(plan);
    plan->own_group = !facts->terminal || plan->spec->detach;
    plan->landlock_abi = facts->landlock;
    plan->landlock_read_only = plan->policy.read_only;
    if (plan->policy.read_only && facts->landlock < 1 &&
        refuse(errors, "policy readonly", "Linux 5.13 or newer with Landlock") < 0)
        return -ENOMEM;
    if ((plan->policy.shield || has_paths(plan->spec)) && job_is_root) {
        plan->landlock = facts->landlock >= 2;
        if (!plan->landlock &&
            strv_add(&plan->policy.notes,
                     "no Landlock of ABI 2 here: another root process without capabilities, if "
                     "there is one, lets a root job reach the host's files through "
                     "/proc/PID/root") < 0)
            return -ENOMEM;
    }
    return plan_mounts(plan, facts, errors);
}

int plan_make(struct plan *plan, const struct job_spec *spec, const struct host_facts *facts,
              struct plan_inputs *inputs, struct err_list *errors)
{
    size_t before = errors->count;
    char elsewhere[ORDINARY_CALL_MAX];
    int r;

    *plan = (struct plan){.spec = spec, .mount_cgroup2 = facts->cgroup2_planned};
    /* Up to 6.3 a cpuset does not hold for those who are born in it by clone3(). */
    plan->joins_itself = spec->allowed_cpus && !facts_kernel_at_least(facts, 6, 4);
    plan->user = inputs->user;
    inputs->user = (struct job_user){0};
    plan->policy = inputs->policy;
    inputs->policy = (struct policy_program){0};
    plan->trial = inputs->trial;
    inputs->trial = (struct policy_program){0};
    plan->floor = inputs->floor;
    inputs->floor.count = 0;
    plan->place = inputs->place;
    inputs->place = (struct plan_place){0};
    plan->own = inputs->own;
    inputs->own = (struct plan_own){0};
    if (spec->inherit.notes.item && strv_add_all(&plan->policy.notes, spec->inherit.notes.item) < 0)
        return -ENOMEM;
    plan->name = strdup(command_name(spec));
    if (!plan->name ||
        asprintf(&plan->group_name, "cgrun.job-%" PRId64 "-%d", inputs->now_ms, inputs->pid) < 0)
        return -ENOMEM;
    r = check_parent(plan, facts, errors);
    if (r == 0)
        job_spec_check_company(spec, errors);
    plan->no_cgroup = ordinary_no_cgroup(facts);
    if (!facts->root) {
        ordinary_elsewhere(spec, facts, false, elsewhere, sizeof(elsewhere));
        plan->elsewhere = strdup(elsewhere);
    }
    if (r == 0)
        r = plan->no_cgroup ? ordinary_plan(plan, facts, errors)
                            : plan_cgroups(plan, facts, inputs, errors);
    if (r == 0 && !plan->no_cgroup)
        r = plan_leaves(plan, facts, errors);
    if (r == 0)
        r = plan_rlimits(plan);
    if (r == 0)
        r = plan_confinement(plan, facts, errors);
    if (r == 0)
        r = ordinary_privileges(plan, facts, errors);
    if (r < 0)
        return r;
    return errors->count > before ? -EINVAL : 0;
}

static void free_group(struct plan_group *g)
{
    for (size_t i = 0; i < g->settings; i++) {
        free(g->setting[i].key);
        free(g->setting[i].asked);
        free(g->setting[i].file);
        free(g->setting[i].value);
    }
    free(g->setting);
    free(g->controllers);
    free(g->mount);
    free(g->name);
    free(g->path);
}

void plan_inputs_free(struct plan_inputs *inputs)
{
    job_user_free(&inputs->user);
    for (size_t i = 0; i < 4; i++)
        strv_free(&inputs->disk[i]);
    policy_program_free(&inputs->policy);
    policy_program_free(&inputs->trial);
    policy_floor_free(&inputs->floor);
    plan_place_free(&inputs->place);
    plan_own_free(&inputs->own);
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->groups; i++)
        free_group(&plan->group[i]);
    free(plan->group);
    for (size_t i = 0; i < plan->degraded_count; i++) {
        free(plan->degraded[i].key);
        free(plan->degraded[i].asked);
        free(plan->degraded[i].why);
    }
    free(plan->degraded);
    plan_mounts_free(plan);
    plan_own_free(&plan->own);
    free(plan->rlimit);
    job_user_free(&plan->user);
    policy_program_free(&plan->policy);
    policy_floor_free(&plan->floor);
    policy_program_free(&plan->trial);
    free(plan->listening.filter);
    free(plan->joined.filter);
    plan_place_free(&plan->place);
    free(plan->no_cgroup);
    free(plan->elsewhere);
    free(plan->name);
    free(plan->group_name);
    *plan = (struct plan){0};
}
