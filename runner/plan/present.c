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

static struct json *json_groups(const struct plan *plan)
{
    struct json *groups = js_array();

    for (size_t i = 0; i < plan->groups; i++) {
        const struct plan_group *g = &plan->group[i];
        struct json *o = js_object(), *settings = js_array();

        js_set(o, "version", js_int(g->v2 ? 2 : 1));
        js_set(o, "path", js_bytes(g->path));
        js_set(o, "controllers", js_string(g->controllers));
        for (size_t k = 0; k < g->settings; k++) {
            struct json *s = js_object();

            js_set(s, "key", js_string(g->setting[k].key));
            js_set(s, "asked", js_bytes(g->setting[k].asked));
            js_set(s, "file", js_string(g->setting[k].file));
            js_set(s, "value", js_string(g->setting[k].value));
            js_append(settings, s);
        }
        js_set(o, "settings", settings);
        js_append(groups, o);
    }
    return groups;
}

static struct json *json_degraded(const struct plan *plan)
{
    struct json *list = js_array();

    for (size_t i = 0; i < plan->degraded_count; i++) {
        struct json *o = js_object();

        js_set(o, "key", js_string(plan->degraded[i].key));
        js_set(o, "asked", js_bytes(plan->degraded[i].asked));
        js_set(o, "why", js_string(plan->degraded[i].why));
        js_append(list, o);
    }
    return list;
}

static struct json *json_mounts(const struct plan *plan)
{
    struct json *list = js_array();

    for (size_t i = 0; i < plan->mounts; i++) {
        struct json *o = js_object();

        js_set(o, "path", js_bytes(plan->mount[i].path));
        js_set(o, "how", js_string(mount_words[plan->mount[i].kind]));
        js_append(list, o);
    }
    return list;
}

static struct json *json_caps(const struct plan *plan)
{
    struct json *list = js_array();
    char name[32];

    for (int cap = 0; cap < 64; cap++)
        if (plan->drop_caps >> cap & 1 && capability_name(cap, name, sizeof(name)))
            js_append(list, js_string(name));
    return list;
}

static struct json *json_rlimits(const struct plan *plan)
{
    struct json *list = js_array();

    for (size_t i = 0; i < plan->rlimits; i++) {
        struct json *o = js_object();

        js_set(o, "resource", js_int(plan->rlimit[i].resource));
        js_set(o, "soft",
               plan->rlimit[i].soft == RLIM_INFINITY ? js_string("infinity")
                                                     : js_int((int64_t)plan->rlimit[i].soft));
        js_set(o, "hard",
               plan->rlimit[i].hard == RLIM_INFINITY ? js_string("infinity")
                                                     : js_int((int64_t)plan->rlimit[i].hard));
        js_append(list, o);
    }
    return list;
}

static struct json *seconds_or_null(uint64_t ns)
{
    return ns >= SPEC_INFINITY ? js_null() : js_real((double)ns / 1e9);
}

struct json *plan_json(const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;
    struct json *o = js_object(), *policy = js_object(), *user;

    js_set(o, "name", js_bytes(plan->name));
    js_set(o, "argv", js_strv(&spec->argv));
    js_set(o, "owner", js_bytes(spec->owner));
    js_set(o, "rollback", js_bytes(spec->rollback));
    js_set(o, "expect", js_strv(&spec->expect));
    js_set(o, "cgroups", json_groups(plan));
    js_set(o, "degraded", json_degraded(plan));
    js_set(o, "runtime_max_seconds", seconds_or_null(spec->runtime_max_ns));
    js_set(o, "cpu_time_max_seconds", seconds_or_null(spec->cpu_time_max_ns));
    js_set(o, "stop_signal", js_int(spec->stop_signal));
    js_set(o, "kill_after_seconds", js_real((double)spec->kill_after_ns / 1e9));
    js_set(o, "rlimits", json_rlimits(plan));
    js_set(policy, "name", js_bytes(plan->policy.name));
    js_set(policy, "hash", js_string(plan->policy.hash));
    js_set(policy, "instructions", js_int(plan->policy.logged.len + plan->policy.quiet.len));
    js_set(policy, "notes", js_strv(&plan->policy.notes));
    js_set(o, "policy", policy);
    js_set(o, "no_new_privileges", js_bool(spec->no_new_privileges));
    js_set(o, "capabilities_taken", json_caps(plan));
    js_set(o, "landlock", js_bool(plan->landlock));
    js_set(o, "mounts", json_mounts(plan));
    if (plan->user.change) {
        user = js_object();
        js_set(user, "uid", js_int(plan->user.uid));
        js_set(user, "gid", js_int(plan->user.gid));
        js_set(o, "user", user);
    }
    return o;
}
