/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan in words and as JSON: the rehearsal that --dry-run prints. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "runner/base/capabilities.h"
#include "runner/base/units.h"
#include "runner/plan/plan.h"

static const char *const mount_words[] = {
    [PLAN_MOUNT_READONLY] = "read-only",
    [PLAN_MOUNT_READONLY_TREE] = "read-only with all beneath it",
    [PLAN_MOUNT_BIND_READONLY] = "bound read-only onto itself",
};

static void heading(struct buf *out, const char *text)
{
    buf_addf(out, "%s\n", text);
}

static void line(struct buf *out, const char *key, const char *value)
{
    buf_add(out, "  ");
    buf_pad(out, key, 18);
    buf_addf(out, " %s\n", value);
}

static void text_command(const struct plan *plan, struct buf *out)
{
    buf_addf(out, "job %s\n", plan->name);
    buf_add(out, "  command           ");
    strv_each (&plan->spec->argv, word)
        buf_addf(out, " %s", word);
    buf_add(out, "\n");
    if (plan->spec->owner)
        line(out, "owner", plan->spec->owner);
    if (plan->spec->rollback)
        line(out, "rollback", plan->spec->rollback);
    strv_each (&plan->spec->expect, e)
        line(out, "expect", e);
}

static void text_groups(const struct plan *plan, struct buf *out)
{
    heading(out, "cgroups, created now and removed at the end");
    for (size_t i = 0; i < plan->groups; i++) {
        const struct plan_group *g = &plan->group[i];

        buf_addf(out, "  %s %s%s%s%s\n", g->v2 ? "v2" : "v1", g->path, *g->controllers ? " (" : "",
                 g->controllers, *g->controllers ? ")" : "");
        for (size_t k = 0; k < g->settings; k++)
            buf_addf(out, "    %-30s = %-20s from %s %s\n", g->setting[k].file, g->setting[k].value,
                     g->setting[k].key, g->setting[k].asked);
    }
    for (size_t i = 0; i < plan->degraded_count; i++)
        buf_addf(out, "  NOT in force: %s %s: %s\n", plan->degraded[i].key, plan->degraded[i].asked,
                 plan->degraded[i].why);
}

static void text_limits(const struct plan *plan, struct buf *out)
{
    const struct job_spec *spec = plan->spec;
    char text[64];

    heading(out, "ended by the supervisor");
    if (spec->runtime_max_ns < SPEC_INFINITY)
        line(out, "after wall time",
             units_duration((double)spec->runtime_max_ns / 1e9, text, sizeof(text)));
    if (spec->cpu_time_max_ns < SPEC_INFINITY)
        line(out, "after CPU time",
             units_duration((double)spec->cpu_time_max_ns / 1e9, text, sizeof(text)));
    snprintf(text, sizeof(text), "%s, after %.3g s SIGKILL to the whole cgroup",
             strsignal(spec->stop_signal), (double)spec->kill_after_ns / 1e9);
    line(out, "how", text);
    for (size_t i = 0; i < plan->rlimits; i++)
        buf_addf(out, "  rlimit %-11d %" PRIu64 ":%" PRIu64 "\n", plan->rlimit[i].resource,
                 plan->rlimit[i].soft, plan->rlimit[i].hard);
    if (spec->nice != SPEC_INT_UNSET)
        buf_addf(out, "  nice               %d\n", spec->nice);
    if (spec->oom_score_adjust != SPEC_INT_UNSET)
        buf_addf(out, "  oom_score_adj      %d\n", spec->oom_score_adjust);
}

static void text_confinement(const struct plan *plan, struct buf *out)
{
    const struct policy_program *p = &plan->policy;
    char name[32];

    heading(out, "confinement");
    buf_addf(out, "  policy             %s, %u + %u instructions, %.12s\n", p->name, p->logged.len,
             p->quiet.len, p->hash);
    line(out, "no new privileges", plan->spec->no_new_privileges ? "yes" : "no");
    line(out, "Landlock domain", plan->landlock ? "yes" : "no");
    if (plan->drop_caps) {
        buf_add(out, "  capabilities taken");
        for (int cap = 0; cap < 64; cap++)
            if (plan->drop_caps >> cap & 1 && capability_name(cap, name, sizeof(name)))
                buf_addf(out, " %s", name);
        buf_add(out, "\n");
    }
    if (plan->user.change)
        buf_addf(out, "  user               uid %u gid %u\n", plan->user.uid, plan->user.gid);
    for (size_t i = 0; i < plan->mounts; i++)
        buf_addf(out, "  mount              %s %s\n", plan->mount[i].path,
                 mount_words[plan->mount[i].kind]);
    strv_each (&p->notes, note)
        line(out, "note", note);
}

void plan_text(const struct plan *plan, struct buf *out)
{
    text_command(plan, out);
    text_groups(plan, out);
    text_limits(plan, out);
    text_confinement(plan, out);
    heading(out, "nothing was started: this was a dry run");
}

static struct json *list_groups(const struct plan *plan)
{
    struct json *groups = json_array_new();

    for (size_t i = 0; i < plan->groups; i++) {
        const struct plan_group *g = &plan->group[i];
        struct json *o = json_object_new(), *settings = json_array_new();

        json_set(o, "version", json_int(g->v2 ? 2 : 1));
        json_set(o, "path", json_bytes(g->path));
        json_set(o, "controllers", json_string(g->controllers));
        for (size_t k = 0; k < g->settings; k++) {
            struct json *s = json_object_new();

            json_set(s, "key", json_string(g->setting[k].key));
            json_set(s, "asked", json_bytes(g->setting[k].asked));
            json_set(s, "file", json_string(g->setting[k].file));
            json_set(s, "value", json_string(g->setting[k].value));
            json_append(settings, s);
        }
        json_set(o, "settings", settings);
        json_append(groups, o);
    }
    return groups;
}

static struct json *list_degraded(const struct plan *plan)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < plan->degraded_count; i++) {
        struct json *o = json_object_new();

        json_set(o, "key", json_string(plan->degraded[i].key));
        json_set(o, "asked", json_bytes(plan->degraded[i].asked));
        json_set(o, "why", json_string(plan->degraded[i].why));
        json_append(list, o);
    }
    return list;
}

static struct json *list_mounts(const struct plan *plan)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < plan->mounts; i++) {
        struct json *o = json_object_new();

        json_set(o, "path", json_bytes(plan->mount[i].path));
        json_set(o, "how", json_string(mount_words[plan->mount[i].kind]));
        json_append(list, o);
    }
    return list;
}

static struct json *list_caps(const struct plan *plan)
{
    struct json *list = json_array_new();
    char name[32];

    for (int cap = 0; cap < 64; cap++)
        if (plan->drop_caps >> cap & 1 && capability_name(cap, name, sizeof(name)))
            json_append(list, json_string(name));
    return list;
}

static struct json *list_rlimits(const struct plan *plan)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < plan->rlimits; i++) {
        struct json *o = json_object_new();

        json_set(o, "resource", json_int(plan->rlimit[i].resource));
        json_set(o, "soft",
                 plan->rlimit[i].soft == RLIM_INFINITY ? json_string("infinity")
                                                       : json_int((int64_t)plan->rlimit[i].soft));
        json_set(o, "hard",
                 plan->rlimit[i].hard == RLIM_INFINITY ? json_string("infinity")
                                                       : json_int((int64_t)plan->rlimit[i].hard));
        json_append(list, o);
    }
    return list;
}

static struct json *seconds_or_null(uint64_t ns)
{
    return ns >= SPEC_INFINITY ? json_null_new() : json_real((double)ns / 1e9);
}

struct json *plan_json(const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;
    struct json *o = json_object_new(), *policy = json_object_new(), *user;

    json_set(o, "name", json_bytes(plan->name));
    json_set(o, "argv", json_strv(&spec->argv));
    json_set(o, "owner", json_bytes(spec->owner));
    json_set(o, "rollback", json_bytes(spec->rollback));
    json_set(o, "expect", json_strv(&spec->expect));
    json_set(o, "cgroups", list_groups(plan));
    json_set(o, "degraded", list_degraded(plan));
    json_set(o, "runtime_max_seconds", seconds_or_null(spec->runtime_max_ns));
    json_set(o, "cpu_time_max_seconds", seconds_or_null(spec->cpu_time_max_ns));
    json_set(o, "stop_signal", json_int(spec->stop_signal));
    json_set(o, "kill_after_seconds", json_real((double)spec->kill_after_ns / 1e9));
    json_set(o, "rlimits", list_rlimits(plan));
    json_set(policy, "name", json_bytes(plan->policy.name));
    json_set(policy, "hash", json_string(plan->policy.hash));
    json_set(policy, "instructions", json_int(plan->policy.logged.len + plan->policy.quiet.len));
    json_set(policy, "notes", json_strv(&plan->policy.notes));
    json_set(o, "policy", policy);
    json_set(o, "no_new_privileges", json_bool(spec->no_new_privileges));
    json_set(o, "capabilities_taken", list_caps(plan));
    json_set(o, "landlock", json_bool(plan->landlock));
    json_set(o, "mounts", list_mounts(plan));
    if (plan->user.change) {
        user = json_object_new();
        json_set(user, "uid", json_int(plan->user.uid));
        json_set(user, "gid", json_int(plan->user.gid));
        json_set(o, "user", user);
    }
    return o;
}
