/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan as JSON, for programs that rehearse; `cgrun --dry-run=json`. */
#include <sys/resource.h>

#include "runner/base/capabilities.h"
#include "runner/plan/plan.h"
#include "runner/plan/words.h"

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
        json_set(o, "how", json_string(plan_mount_words(plan->mount[i].kind)));
        json_append(list, o);
    }
    return list;
}

static struct json *place(const struct plan_place *p)
{
    struct json *o = json_object_new();

    json_set(o, "scope", json_bytes(p->scope));
    json_set(o, "scope_path", json_bytes(p->scope_path));
    json_set(o, "base", json_bytes(p->base));
    json_set(o, "leaf", json_bytes(p->leaf));
    json_set(o, "enable", json_bytes(p->enable));
    return o;
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

static struct json *rlimit_value(uint64_t value)
{
    return value == RLIM_INFINITY ? json_string("infinity") : json_int((int64_t)value);
}

static struct json *list_rlimits(const struct plan *plan)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < plan->rlimits; i++) {
        struct json *o = json_object_new();

        json_set(o, "key", json_string(plan_rlimit_key(plan->rlimit[i].resource)));
        json_set(o, "soft", rlimit_value(plan->rlimit[i].soft));
        json_set(o, "hard", rlimit_value(plan->rlimit[i].hard));
        json_append(list, o);
    }
    return list;
}

static struct json *seconds_or_null(uint64_t ns)
{
    return ns >= SPEC_INFINITY ? json_null_new() : json_real((double)ns / 1e9);
}

static struct json *features(unsigned bits)
{
    struct json *list = json_array_new();

    for (int i = 0; i < TRACE_FEATURES; i++)
        if (bits >> i & 1)
            json_append(list, json_string(trace_feature_name((enum trace_feature)i)));
    return list;
}

static struct json *stream(const struct spec_stream *s)
{
    struct json *o = json_object_new();

    json_set(o, "kind", json_string(plan_stream_words(s->kind)));
    json_set(o, "path", json_bytes(s->path));
    return o;
}

static struct json *int_or_null(int value)
{
    return value == SPEC_INT_UNSET ? json_null_new() : json_int(value);
}

static void add_identity(const struct plan *plan, struct json *o)
{
    const struct job_spec *spec = plan->spec;

    json_set(o, "name", json_bytes(plan->name));
    json_set(o, "argv", json_strv(&spec->argv));
    json_set(o, "owner", json_bytes(spec->owner));
    json_set(o, "reason", json_bytes(spec->reason));
    json_set(o, "rollback", json_bytes(spec->rollback));
    json_set(o, "session", json_bytes(spec->session));
    json_set(o, "label", json_bytes(spec->label));
    json_set(o, "tags", json_strv(&spec->tags));
    json_set(o, "expect", json_strv(&spec->expect));
}

static struct json *list_descriptors(const struct spec_inherit *inherit)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < inherit->count; i++) {
        struct json *o = json_object_new();

        json_set(o, "number", json_int(inherit->item[i].number));
        json_set(o, "kind", json_string(inherit->item[i].kind));
        json_set(o, "named_by", json_string(inherit->item[i].named_by));
        json_append(list, o);
    }
    return list;
}

static void add_run(const struct job_spec *spec, struct json *o)
{
    json_set(o, "chdir", json_bytes(spec->chdir));
    json_set(o, "stdin", stream(&spec->input));
    json_set(o, "stdout", stream(&spec->output));
    json_set(o, "stderr", stream(&spec->error));
    json_set(o, "descriptors", list_descriptors(&spec->inherit));
    json_set(o, "if_lost",
             json_string(spec->if_lost == SPEC_LOST_KEEP  ? "keep"
                         : spec->if_lost == SPEC_LOST_END ? "end"
                                                          : "recover"));
    json_set(o, "wait", json_string(spec->wait == SPEC_WAIT_ALL ? "all" : "main"));
    json_set(o, "trace",
             json_string(spec->trace == SPEC_TRACE_NONE    ? "none"
                         : spec->trace == SPEC_TRACE_EXITS ? "exits"
                                                           : "auto"));
    json_set(o, "trace_features", features(spec->trace_features));
    json_set(o, "ledger", json_string(spec->ledger == SPEC_LEDGER_FULL ? "full" : "kept"));
    json_set(o, "json", json_bytes(spec->json_path));
    json_set(o, "detach", json_bool(spec->detach));
    json_set(o, "log_max", json_int((int64_t)spec->log_max));
    json_set(o, "output",
             json_string(spec->when_shown == SPEC_OUTPUT_ON_FAILURE ? "on-failure" : "always"));
    json_set(o, "journal", json_bool(spec->journal));
    json_set(o, "lock", json_bytes(spec->lock));
    json_set(o, "lock_wait_seconds", seconds_or_null(spec->lock_wait_ns));
    json_set(o, "db", json_bytes(spec->db));
}

struct json *plan_json(const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;
    struct json *o = json_object_new(), *policy = json_object_new(), *user;
    struct json *floor = json_array_new();

    add_identity(plan, o);
    add_run(spec, o);
    json_set(o, "mount_cgroup2",
             plan->mount_cgroup2 ? json_bytes(plan_v2(plan)->mount) : json_null_new());
    json_set(o, "place", place(&plan->place));
    json_set(o, "cgroup", json_string(plan->no_cgroup ? "none" : "own"));
    json_set(o, "no_cgroup_reason", json_bytes(plan->no_cgroup));
    json_set(o, "cgroups", list_groups(plan));
    json_set(o, "degraded", list_degraded(plan));
    json_set(o, "runtime_max_seconds", seconds_or_null(spec->runtime_max_ns));
    json_set(o, "cpu_time_max_seconds",
             seconds_or_null(plan->no_cgroup ? SPEC_INFINITY : spec->cpu_time_max_ns));
    json_set(o, "stop_signal", json_int(spec->stop_signal));
    json_set(o, "kill_after_seconds", json_real((double)spec->kill_after_ns / 1e9));
    json_set(o, "rlimits", list_rlimits(plan));
    json_set(o, "harden", json_bool(spec->harden));
    json_set(o, "restrict_namespaces", json_bool(spec->restrict_namespaces));
    json_set(o, "private_tmp", json_bool(spec->private_tmp));
    json_set(o, "private_pids", json_bool(spec->private_pids));
    json_set(o, "signals", json_string(plan_signals_words(plan)));
    json_set(o, "keeper", json_bool(plan->keeper));
    json_set(o, "process_group", json_string(plan->own_group ? "its own" : "the caller's"));
    json_set(o, "private_network", json_bool(spec->private_network));
    json_set(o, "ip_address_allow", json_strv(&spec->ip_allow));
    json_set(o, "ip_address_deny", json_strv(&spec->ip_deny));
    json_set(o, "device_allow", json_strv(&spec->device_allow));
    json_set(o, "devices_closed",
             json_bool(spec->device_policy != SPEC_DEVICES_AUTO || spec->device_allow.count));
    json_set(o, "umask", int_or_null(spec->umask));
    json_set(o, "clean_environment", json_bool(spec->clean_environment));
    json_set(o, "address_randomization", json_bool(spec->address_randomization));
    json_set(o, "nice", int_or_null(spec->nice));
    json_set(o, "oom_score_adjust", int_or_null(spec->oom_score_adjust));
    json_set(policy, "name", json_bytes(plan->policy.name));
    json_set(policy, "hash", json_string(plan->policy.hash));
    json_set(policy, "instructions", json_int(plan->policy.logged.len + plan->policy.quiet.len));
    json_set(policy, "tells_refused", json_bool(plan->listening.len > 0));
    json_set(policy, "notes", json_strv(&plan->policy.notes));
    json_set(o, "policy", policy);
    for (size_t i = 0; i < plan->floor.count; i++)
        json_append(floor, json_string(plan->floor.item[i].name));
    json_set(o, "policy_floor", floor);
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
