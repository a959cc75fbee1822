/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/measure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/capabilities.h"
#include "runner/base/files.h"
#include "runner/plan/words.h"

#define USEC_PER_S 1e6
#define NSEC_PER_S 1e9

static bool on_v2(const struct job_cgroups *g, const char *controller)
{
    const struct plan_group *group = plan_group_of(g->plan, controller);

    return group && group->v2;
}

static void set_from(struct record *r, enum metric_id id, const char *text, const char *key,
                     double divisor, const char *source, const char *why)
{
    uint64_t value;

    if (text_value(text, key, &value) == 0)
        metric_set(r, id, (double)value / divisor, source);
    else
        metric_unavailable(r, id, why);
}

static void measure_cpu(struct record *r, const struct job_cgroups *g)
{
    static const char source[] = "cgroup.v2:cpu.stat", why[] = "cpu.stat could not be read";
    char text[2048];

    cgroup_read(g, NULL, "cpu.stat", text, sizeof(text));
    set_from(r, METRIC_CPU_SECONDS, text, "usage_usec", USEC_PER_S, source, why);
    set_from(r, METRIC_CPU_USER_SECONDS, text, "user_usec", USEC_PER_S, source, why);
    set_from(r, METRIC_CPU_SYSTEM_SECONDS, text, "system_usec", USEC_PER_S, source, why);
    if (on_v2(g, "cpu")) {
        set_from(r, METRIC_CPU_THROTTLED_SECONDS, text, "throttled_usec", USEC_PER_S, source, why);
    } else if (cgroup_read(g, "cpu", "cpu.stat", text, sizeof(text)) > 0) {
        set_from(r, METRIC_CPU_THROTTLED_SECONDS, text, "throttled_time", NSEC_PER_S,
                 "cgroup.v1:cpu.stat", why);
    } else {
        metric_unavailable(r, METRIC_CPU_THROTTLED_SECONDS,
                           "no CPU limit was asked for, so no CPU controller watched the job");
    }
}

static void measure_memory(struct record *r, const struct job_cgroups *g)
{
    const char *peak = on_v2(g, "memory") ? "memory.peak" : "memory.max_usage_in_bytes";
    const char *events = on_v2(g, "memory") ? "memory.events" : "memory.oom_control";
    char text[512], source[64];

    if (!plan_group_of(g->plan, "memory")) {
        metric_unavailable(r, METRIC_MEMORY_PEAK_BYTES, "no memory controller in this cgroup");
        metric_unavailable(r, METRIC_OOM_KILLS, "no memory controller in this cgroup");
        return;
    }
    snprintf(source, sizeof(source), "cgroup.%s:%s", on_v2(g, "memory") ? "v2" : "v1", peak);
    if (cgroup_read(g, "memory", peak, text, sizeof(text)) > 0)
        metric_set(r, METRIC_MEMORY_PEAK_BYTES, (double)strtoull(text, NULL, 10), source);
    else
        metric_unavailable(r, METRIC_MEMORY_PEAK_BYTES, "memory.peak needs Linux 5.19");
    snprintf(source, sizeof(source), "cgroup.%s:%s", on_v2(g, "memory") ? "v2" : "v1", events);
    cgroup_read(g, "memory", events, text, sizeof(text));
    set_from(r, METRIC_OOM_KILLS, text, "oom_kill", 1, source, "the kernel does not count them");
}

static void measure_tasks(struct record *r, const struct job_cgroups *g)
{
    char text[64];

    if (!plan_group_of(g->plan, "pids")) {
        metric_unavailable(r, METRIC_TASKS_PEAK, "no pids controller in this cgroup");
        metric_unavailable(r, METRIC_FORK_FAILURES, "no pids controller in this cgroup");
        return;
    }
    cgroup_read(g, "pids", "pids.events", text, sizeof(text));
    set_from(r, METRIC_FORK_FAILURES, text, "max", 1,
             on_v2(g, "pids") ? "cgroup.v2:pids.events" : "cgroup.v1:pids.events",
             "this kernel has no pids.events");
    if (cgroup_read(g, "pids", "pids.peak", text, sizeof(text)) > 0)
        metric_set(r, METRIC_TASKS_PEAK, (double)strtoull(text, NULL, 10),
                   on_v2(g, "pids") ? "cgroup.v2:pids.peak" : "cgroup.v1:pids.peak");
    else
        metric_unavailable(r, METRIC_TASKS_PEAK, "this kernel has no pids.peak");
}

static void measure_pressure(struct record *r, const struct job_cgroups *g)
{
    static const struct {
        enum metric_id id;
        const char *file, *source;
    } files[] = {
        {METRIC_PRESSURE_CPU_SECONDS, "cpu.pressure", "cgroup.v2:cpu.pressure"},
        {METRIC_PRESSURE_MEMORY_SECONDS, "memory.pressure", "cgroup.v2:memory.pressure"},
        {METRIC_PRESSURE_IO_SECONDS, "io.pressure", "cgroup.v2:io.pressure"},
    };
    char text[512];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (cgroup_read(g, NULL, files[i].file, text, sizeof(text)) > 0) {
            text[strcspn(text, "\n")] = '\0'; /* the first line is "some" */
            set_from(r, files[i].id, text, "total", USEC_PER_S, files[i].source,
                     "the pressure file could not be read");
        } else {
            metric_unavailable(r, files[i].id, "pressure stall information is off (psi=1)");
        }
    }
}

/* io.stat has a line per disk. */
static void measure_io(struct record *r, const struct job_cgroups *g)
{
    static const char why[] = "cgroup v1 counts them for direct I/O only";
    uint64_t reads = 0, writes = 0, value;
    char text[8192], *save = NULL;

    if (!on_v2(g, "io") || cgroup_read(g, "io", "io.stat", text, sizeof(text)) < 0) {
        const char *reason =
            plan_group_of(g->plan, "blkio") ? why : "no io controller in this cgroup";

        metric_unavailable(r, METRIC_IO_READ_OPS, reason);
        metric_unavailable(r, METRIC_IO_WRITE_OPS, reason);
        return;
    }
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        reads += text_value(line, "rios", &value) == 0 ? value : 0;
        writes += text_value(line, "wios", &value) == 0 ? value : 0;
    }
    metric_set(r, METRIC_IO_READ_OPS, (double)reads, "cgroup.v2:io.stat");
    metric_set(r, METRIC_IO_WRITE_OPS, (double)writes, "cgroup.v2:io.stat");
}

void measure_cgroups(struct record *r, const struct job_cgroups *groups)
{
    measure_cpu(r, groups);
    measure_memory(r, groups);
    measure_tasks(r, groups);
    measure_pressure(r, groups);
    measure_io(r, groups);
}

/* The kernel counts processors' time in ticks: shorter runs are a matter of luck. */
#define HOST_SECONDS_MIN 0.1

static void set_host(struct record *r, enum metric_id id, bool known, double value,
                     const char *source)
{
    if (known)
        metric_set(r, id, value > 0 ? value : 0, source);
    else
        metric_unavailable(r, id, "not to be read on this host");
}

/* They are the last in the catalogue. */
static void too_short(struct record *r)
{
    for (int id = METRIC_OTHERS_CPU_SECONDS; id < METRIC_COUNT; id++)
        metric_unavailable(r, (enum metric_id)id,
                           "the run was shorter than 100 ms: ten ticks of the kernel's");
}

void measure_host(struct record *r, const struct host_load *from)
{
    static const enum metric_id pressures[LOAD_PRESSURES] = {METRIC_HOST_PRESSURE_CPU_SECONDS,
                                                             METRIC_HOST_PRESSURE_MEMORY_SECONDS,
                                                             METRIC_HOST_PRESSURE_IO_SECONDS};
    static const char *const files[LOAD_PRESSURES] = {"/proc/pressure/cpu", "/proc/pressure/memory",
                                                      "/proc/pressure/io"};
    struct host_load to;
    bool known;

    if (r->metric[METRIC_WALL_SECONDS].value < HOST_SECONDS_MIN) {
        too_short(r);
        return;
    }
    host_load_read(&to);
    known = from->has_cpu && to.has_cpu;
    set_host(r, METRIC_OTHERS_CPU_SECONDS, known && r->metric[METRIC_CPU_SECONDS].available,
             to.busy_seconds - from->busy_seconds - r->metric[METRIC_CPU_SECONDS].value,
             "/proc/stat");
    set_host(r, METRIC_STEAL_SECONDS, known, to.steal_seconds - from->steal_seconds, "/proc/stat");
    for (int i = 0; i < LOAD_PRESSURES; i++)
        set_host(r, pressures[i], from->has_pressure[i] && to.has_pressure[i],
                 to.pressure_seconds[i] - from->pressure_seconds[i], files[i]);
    if (to.has_frequency)
        metric_set(r, METRIC_CPU_FREQUENCY_HERTZ, to.frequency_hertz, "cpufreq:scaling_cur_freq");
    else
        metric_unavailable(r, METRIC_CPU_FREQUENCY_HERTZ, "no cpufreq on this host");
}

void measure_left(struct record *r, int dir)
{
    static const char source[] = "cgroup.v2:cpu.stat", why[] = "cpu.stat could not be read";
    char text[2048];

    if (file_read_at(dir, "cpu.stat", text, sizeof(text)) < 0)
        return;
    set_from(r, METRIC_CPU_SECONDS, text, "usage_usec", USEC_PER_S, source, why);
    set_from(r, METRIC_CPU_USER_SECONDS, text, "user_usec", USEC_PER_S, source, why);
    set_from(r, METRIC_CPU_SYSTEM_SECONDS, text, "system_usec", USEC_PER_S, source, why);
}

void measure_memory_end(struct ending *e, const struct job_cgroups *groups, const struct record *r)
{
    const struct plan_group *group = plan_group_of(groups->plan, "memory");
    const char *limit = on_v2(groups, "memory") ? "memory.max" : "memory.limit_in_bytes";
    char text[64];

    e->memory_limit = UINT64_MAX;
    if (r->metric[METRIC_OOM_KILLS].available)
        e->oom_kills = (uint64_t)r->metric[METRIC_OOM_KILLS].value;
    if (r->metric[METRIC_MEMORY_PEAK_BYTES].available)
        e->memory_peak = (uint64_t)r->metric[METRIC_MEMORY_PEAK_BYTES].value;
    if (!group || !e->oom_kills)
        return;
    e->cgroup = group->path;
    if (groups->plan->spec->memory_max != SPEC_UNSET &&
        cgroup_read(groups, "memory", limit, text, sizeof(text)) > 0 && text[0] != 'm')
        e->memory_limit = strtoull(text, NULL, 10);
}

/* Files with a line per disk, or more words than the value, are quoted as they are, on one line. */
static int add_setting(struct record *r, const struct job_cgroups *g, size_t group,
                       const struct plan_setting *s)
{
    char text[256];
    size_t n;

    if (file_read_at(g->dir[group], s->file, text, sizeof(text)) < 0)
        return record_add_limit(r, s->key, s->asked, NULL, s->file, "could not be read back");
    n = strlen(text);
    while (n && text[n - 1] == '\n')
        text[--n] = '\0';
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ';';
    return record_add_limit(r, s->key, s->asked, text, s->file, NULL);
}

static int add_seconds(struct record *r, const char *key, uint64_t ns, const char *file)
{
    char text[32];

    if (ns == SPEC_UNSET)
        return 0;
    if (ns == SPEC_INFINITY)
        snprintf(text, sizeof(text), "infinity");
    else
        snprintf(text, sizeof(text), "%.9g", (double)ns / 1e9);
    return record_add_limit(r, key, text, text, file, NULL);
}

static int add_rlimit(struct record *r, const struct plan_rlimit *limit)
{
    char soft[32], hard[32], text[80];

    snprintf(text, sizeof(text), "%s:%s", plan_rlimit_text(limit->soft, soft, sizeof(soft)),
             plan_rlimit_text(limit->hard, hard, sizeof(hard)));
    return record_add_limit(r, plan_rlimit_key(limit->resource), text, text, "setrlimit", NULL);
}

static int add_user(struct record *r, const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;
    char uid[16], gid[16];
    int failed = 0;

    snprintf(uid, sizeof(uid), "%u", plan->user.uid);
    snprintf(gid, sizeof(gid), "%u", plan->user.gid);
    if (spec->user)
        failed |= record_add_limit(r, "User", spec->user, uid, "setresuid", NULL);
    if (spec->group)
        failed |= record_add_limit(r, "Group", spec->group, gid, "setresgid", NULL);
    strv_each (&spec->supplementary_groups, name)
        failed |= record_add_limit(r, "SupplementaryGroups", name, name, "setgroups", NULL);
    return failed;
}

/* What of the sandbox was asked for; each is in force, or nothing would have been started. */
static int add_confinement(struct record *r, const struct plan *plan)
{
    const struct job_spec *spec = plan->spec;
    const struct {
        const char *key, *file;
        bool on;
    } flags[] = {
        {"Harden", "the settings it stands for", spec->harden},
        {"PrivateNetwork", "network namespace", spec->private_network},
        {"PrivateTmp", "mount namespace", spec->private_tmp},
        {"RestrictNamespaces", "seccomp", spec->restrict_namespaces},
        {"CleanEnvironment", "execve", spec->clean_environment},
        {"PolicyAudit", "seccomp", spec->audit},
    };
    const struct {
        const char *key;
        const struct strv *paths;
    } lists[] = {{"ReadOnlyPaths", &spec->readonly_paths},
                 {"ReadWritePaths", &spec->writable_paths},
                 {"InaccessiblePaths", &spec->inaccessible_paths}};
    char mode[8], name[32];
    int failed = add_user(r, plan);

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (flags[i].on)
            failed |= record_add_limit(r, flags[i].key, "yes", "yes", flags[i].file, NULL);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        strv_each (lists[i].paths, path)
            failed |= record_add_limit(r, lists[i].key, path, path,
                                       plan->landlock_paths ? "Landlock" : "mount namespace", NULL);
    if (!spec->protect_control_groups)
        failed |= record_add_limit(r, "ProtectControlGroups", "no", "no", "mount namespace", NULL);
    for (int cap = 0; cap < 64; cap++)
        if (spec->ambient_capabilities >> cap & 1 && capability_name(cap, name, sizeof(name)))
            failed |= record_add_limit(r, "AmbientCapabilities", name, name, "prctl", NULL);
    snprintf(mode, sizeof(mode), "%03o", (unsigned)spec->umask);
    if (spec->umask != SPEC_INT_UNSET)
        failed |= record_add_limit(r, "UMask", mode, mode, "umask", NULL);
    return failed;
}

/* What no cgroup file holds. */
static int add_own(struct record *r, const struct plan *plan)
{
    int failed = 0;

    failed |= add_seconds(r, "RuntimeMaxSec", plan->spec->runtime_max_ns, "supervisor's timer");
    if (!plan->no_cgroup)
        failed |= add_seconds(r, "CPUTimeMax", plan->spec->cpu_time_max_ns, "supervisor, cpu.stat");
    failed |= add_confinement(r, plan);
    if (!plan->spec->address_randomization)
        failed |= record_add_limit(r, "AddressRandomization", "no", "no", "personality", NULL);
    if (plan->spec->drop_caches)
        failed |= record_add_limit(r, "DropCaches", "yes", "yes", "vm/drop_caches", NULL);
    for (size_t i = 0; i < plan->rlimits; i++)
        failed |= add_rlimit(r, &plan->rlimit[i]);
    return failed;
}

int measure_limits(struct record *r, const struct job_cgroups *groups)
{
    const struct plan *plan = groups->plan;
    int failed = 0;

    for (size_t i = 0; i < plan->groups; i++)
        for (size_t k = 0; k < plan->group[i].settings; k++)
            failed |= add_setting(r, groups, i, &plan->group[i].setting[k]);
    for (size_t i = 0; i < plan->degraded_count; i++)
        failed |= record_add_limit(r, plan->degraded[i].key, plan->degraded[i].asked, NULL, "",
                                   plan->degraded[i].why);
    return failed | add_own(r, plan) ? -ENOMEM : 0;
}

int measure_asked(struct record *r, const struct plan *plan)
{
    int failed = 0;

    for (size_t i = 0; i < plan->groups; i++)
        for (size_t k = 0; k < plan->group[i].settings; k++) {
            const struct plan_setting *s = &plan->group[i].setting[k];

            failed |= record_add_limit(r, s->key, s->asked, NULL, s->file, NULL);
        }
    for (size_t i = 0; i < plan->degraded_count; i++)
        failed |= record_add_limit(r, plan->degraded[i].key, plan->degraded[i].asked, NULL, "",
                                   plan->degraded[i].why);
    return failed | add_own(r, plan) ? -ENOMEM : 0;
}
