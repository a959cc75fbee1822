/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/exposure.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define BIT(cap) (UINT64_C(1) << (cap))

/* With any of these a root job has more than one way to the rest of the host. */
#define POWERFUL                                                                                   \
    (BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_MODULE) | BIT(CAP_SYS_RAWIO) |         \
     BIT(CAP_SYS_BOOT) | BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_TIME) | BIT(CAP_DAC_OVERRIDE) |          \
     BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SETUID) | BIT(CAP_MKNOD) | BIT(CAP_SYS_RESOURCE))

struct look {
    struct exposure *to;
    const struct plan *plan;
    const struct job_spec *spec;
    const struct host_facts *facts;
    bool root; /* the job is */
};

static void add(struct look *l, const char *what, double weight, double open, const char *state,
                const char *mend)
{
    l->to->line[l->to->lines++] = (struct exposure_line){
        .what = what, .state = state, .mend = open > 0 ? mend : "", .weight = weight, .open = open};
}

static void look_at_identity(struct look *l)
{
    uint64_t kept = l->root ? l->facts->caps & ~l->plan->drop_caps : l->spec->ambient_capabilities;
    int powerful = __builtin_popcountll(kept & POWERFUL), all = __builtin_popcountll(POWERFUL);

    add(l, "user", 8, l->root, l->root ? "root" : "not root", "--user NAME");
    add(l, "capabilities", 8, (double)powerful / all,
        powerful == 0    ? "none that matter"
        : powerful < all ? "some powerful ones"
                         : "all",
        "--capability-bounding-set ''");
    add(l, "new privileges", 4, !l->spec->no_new_privileges,
        l->spec->no_new_privileges ? "none through setuid programs" : "through setuid programs",
        "leave out --no-new-privileges=no");
}

static bool is_policy(const struct look *l, const char *name)
{
    return strcmp(l->plan->policy.name, name) == 0;
}

static void look_at_calls(struct look *l)
{
    static const double signals[] = {
        [PLAN_SIGNALS_OPEN] = 1,     [PLAN_SIGNALS_HOST] = 0.6,    [PLAN_SIGNALS_FILTER] = 0.5,
        [PLAN_SIGNALS_LANDLOCK] = 0, [PLAN_SIGNALS_NAMESPACE] = 0,
    };
    bool none = !l->plan->policy.confines && l->plan->floor.count == 0;
    bool strict = is_policy(l, "strict");
    bool closed = l->plan->policy.shield || l->spec->restrict_namespaces;

    add(l, "system calls", 10,
        l->spec->audit || none ? 1
        : strict               ? 0
                               : 0.2,
        l->spec->audit ? "all: the policy is on trial"
        : none         ? "all"
        : strict       ? "few, others kill it"
                       : "those of its policy",
        none || l->spec->audit ? "--policy batch" : "--policy strict, or one that is learned");
    add(l, "namespaces", 4, !closed, closed ? "none can be made" : "as its policy allows",
        "--restrict-namespaces");
    add(l, "signals", 4, signals[l->plan->signals], plan_signals_words(l->plan),
        l->facts->landlock >= 6 && !l->plan->policy.shield ? "--policy batch, or --private-pids"
                                                           : "--private-pids");
    add(l, "kernel interfaces", 4, l->root && !l->plan->policy.shield,
        l->root && !l->plan->policy.shield ? "writable for root" : "read-only", "--policy batch");
    add(l, "control groups", 4, l->spec->delegate || !l->spec->protect_control_groups,
        l->spec->delegate || !l->spec->protect_control_groups ? "writable" : "read-only",
        "leave out --delegate");
}

static bool denies_all(const struct job_spec *spec)
{
    strv_each (&spec->ip_deny, range)
        if (strcmp(range, "any") == 0)
            return true;
    return false;
}

static void look_at_network(struct look *l)
{
    double open = 1;
    const char *state = "the host's";

    if (l->spec->private_network) {
        open = 0;
        state = "its own, empty";
    } else if (is_policy(l, "build") || is_policy(l, "strict")) {
        open = 0.1;
        state = "no Internet sockets";
    } else if (denies_all(l->spec)) {
        open = 0.2;
        state = "some addresses";
    } else if (is_policy(l, "network-client")) {
        open = 0.6;
        state = "the host's, as a client";
    }
    add(l, "network", 5, open, state, "--private-network, or --ip-address-deny any and exceptions");
}

static bool names_path(const struct strv *paths, const char *wanted)
{
    strv_each (paths, path)
        if (strcmp(path + (*path == '-'), wanted) == 0)
            return true;
    return false;
}

static void look_at_files(struct look *l)
{
    const struct job_spec *s = l->spec;
    bool all = l->plan->landlock_read_only || names_path(&s->readonly_paths, "/");
    bool homes =
        names_path(&s->inaccessible_paths, "/home") || names_path(&s->inaccessible_paths, "/root");
    bool devices = s->device_policy != SPEC_DEVICES_AUTO || s->device_allow.count > 0;

    add(l, "files", 5,
        all                       ? 0
        : s->readonly_paths.count ? 0.5
                                  : 1,
        all                       ? "read-only"
        : s->readonly_paths.count ? "some read-only"
                                  : "writable where its user may",
        "--read-only-paths / --read-write-paths DIR");
    add(l, "homes", 2, !homes, homes ? "closed" : "readable where its user may",
        "--inaccessible-paths /home");
    add(l, "temporary files", 2, !s->private_tmp, s->private_tmp ? "its own" : "shared with others",
        "--private-tmp");
    add(l, "devices", 3, !devices, devices ? "those that are listed" : "where its user may",
        "--device-policy closed");
    add(l, "environment", 1, !s->clean_environment, s->clean_environment ? "clean" : "the caller's",
        "--clean-env");
}

static void look_at_limits(struct look *l)
{
    const struct job_spec *s = l->spec;
    const struct {
        const char *what, *mend;
        bool set;
        double weight;
    } limits[] = {
        {"memory", "--memory-max SIZE", s->memory_max < SPEC_INFINITY, 3},
        {"tasks", "--tasks-max NUMBER", s->tasks_max < SPEC_INFINITY, 2},
        {"time", "--timeout TIME", s->runtime_max_ns < SPEC_INFINITY, 2},
        {"processors", "--cpu-quota PERCENT", s->cpu_quota_usec < SPEC_INFINITY, 1},
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        add(l, limits[i].what, limits[i].weight, !limits[i].set,
            limits[i].set ? "limited" : "without limit", limits[i].mend);
}

void exposure_of(struct exposure *e, const struct plan *plan, const struct host_facts *facts)
{
    struct look l = {.to = e,
                     .plan = plan,
                     .spec = plan->spec,
                     .facts = facts,
                     .root = facts->root && (!plan->user.change || plan->user.uid == 0)};
    double all = 0;

    *e = (struct exposure){0};
    look_at_identity(&l);
    look_at_calls(&l);
    look_at_network(&l);
    look_at_files(&l);
    look_at_limits(&l);
    for (size_t i = 0; i < e->lines; i++)
        all += e->line[i].weight;
    for (size_t i = 0; i < e->lines; i++) {
        e->line[i].points = 10 * e->line[i].weight * e->line[i].open / all;
        e->score += e->line[i].points;
    }
}

static const char *in_words(double score)
{
    return score < 2 ? "shut in" : score < 4.5 ? "confined" : score < 7 ? "exposed" : "wide open";
}

void exposure_text(const struct exposure *e, struct buf *out)
{
    buf_addf(out, "exposure %.1f of 10: %s\n", e->score, in_words(e->score));
    for (size_t i = 0; i < e->lines; i++) {
        const struct exposure_line *line = &e->line[i];

        buf_addf(out, "  %3.1f  %-18s %-30s %s", line->points, line->what, line->state, line->mend);
        buf_end_line(out);
    }
}

struct json *exposure_json(const struct exposure *e)
{
    struct json *o = json_object_new(), *list = json_array_new();

    for (size_t i = 0; i < e->lines; i++) {
        struct json *line = json_object_new();

        json_set(line, "what", json_string(e->line[i].what));
        json_set(line, "state", json_string(e->line[i].state));
        json_set(line, "points", json_real(e->line[i].points));
        json_set(line, "mend", json_string(e->line[i].mend));
        json_append(list, line);
    }
    json_set(o, "score", json_real(e->score));
    json_set(o, "lines", list);
    return o;
}
