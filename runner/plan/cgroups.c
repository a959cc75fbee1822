/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From limits to cgroup files. Settings have v2's names and units everywhere; the only place that
 * knows what each becomes on a v1 hierarchy is the table below.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/plan/ordinary.h"
#include "runner/plan/plan.h"
#include "runner/plan/processors.h"
#include "runner/spec/settings.h"

/* The kernel's default period; the quota is given for this long. */
#define CPU_PERIOD_USEC 100000

struct planning {
    struct plan *plan;
    const struct job_spec *spec;
    const struct host_facts *facts;
    struct plan_inputs *inputs;
    struct err_list *errors;
    int failed; /* -ENOMEM, sticky */
};

static const char *amount(uint64_t value, bool v2, char *buf, size_t size)
{
    if (value == SPEC_INFINITY)
        snprintf(buf, size, "%s", v2 ? "max" : "-1");
    else
        snprintf(buf, size, "%" PRIu64, value);
    return buf;
}

/* In the setting's own unit: a quota is asked for in percent of a processor. */
static void asked_text(const char *key, uint64_t value, char *buf, size_t size)
{
    if (strcmp(key, "CPUQuota") == 0 && value != SPEC_INFINITY)
        snprintf(buf, size, "%.10g%%", (double)value / 1e4);
    else
        amount(value, true, buf, size);
}

/* Reports what cannot be enforced: an error, or with --allow-degraded a line of the record. */
static void cannot(struct planning *p, const char *key, const char *asked, const char *why,
                   const char *remedy)
{
    const struct setting *row = setting_by_key(key);
    struct plan_degraded *grown;
    struct err err;

    if (!p->spec->allow_degraded) {
        char retry[sizeof(err.retry)];

        snprintf(retry, sizeof(retry),
                 "nothing was started; %s, or add --allow-degraded to run without it", remedy);
        err_set(&err, ENOTSUP, "a limit that this host can enforce", retry, "%s '%s': %s",
                row ? row->option : key, asked, why);
        if (err_list_add(p->errors, &err) < 0)
            p->failed = -ENOMEM;
        return;
    }
    grown = realloc(p->plan->degraded, (p->plan->degraded_count + 1) * sizeof(*grown));
    if (!grown) {
        p->failed = -ENOMEM;
        return;
    }
    p->plan->degraded = grown;
    grown += p->plan->degraded_count++;
    *grown = (struct plan_degraded){strdup(key), strdup(asked), strdup(why)};
    if (!grown->key || !grown->asked || !grown->why)
        p->failed = -ENOMEM;
}

static struct plan_group *group_for(struct planning *p, const char *controller)
{
    const struct hierarchy *h = facts_controller(p->facts, controller);

    if (!h)
        return NULL;
    if (plan_add_group(p->plan, h, controller) < 0) {
        p->failed = -ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < p->plan->groups; i++)
        if (strcmp(p->plan->group[i].mount, h->mount) == 0)
            return &p->plan->group[i];
    return NULL;
}

static void add_setting(struct planning *p, struct plan_group *group, const char *key,
                        const char *asked, const char *file, const char *value)
{
    struct plan_setting *grown =
        realloc(group->setting, (group->settings + 1) * sizeof(*group->setting));

    if (!grown) {
        p->failed = -ENOMEM;
        return;
    }
    group->setting = grown;
    grown += group->settings++;
    *grown = (struct plan_setting){strdup(key), strdup(asked), strdup(file), strdup(value)};
    if (!grown->key || !grown->asked || !grown->file || !grown->value)
        p->failed = -ENOMEM;
}

/* What a limit needs to be turned into a file: which controller by each version's name. */
struct limit {
    const char *key, *v2_controller, *v1_controller;
    size_t offset; /* of the uint64_t in struct job_spec */
    /* Writes the value for that version, or returns why it cannot be enforced there. */
    const char *(*value)(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                         size_t size);
};

static const char *plain_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                               size_t size)
{
    (void)spec;
    amount(limit, v2, buf, size);
    return NULL;
}

static const char *pids_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                              size_t size)
{
    (void)v2; /* "max" in both */
    return plain_value(spec, limit, true, buf, size);
}

static const char *high_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                              size_t size)
{
    if (!v2)
        return "the memory controller is on cgroup v1 here, which cannot throttle at a mark";
    return plain_value(spec, limit, v2, buf, size);
}

/* v1 limits memory and swap together. */
static const char *swap_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                              size_t size)
{
    if (v2)
        return plain_value(spec, limit, v2, buf, size);
    if (limit == SPEC_INFINITY)
        return plain_value(spec, limit, v2, buf, size);
    if (spec->memory_max == SPEC_UNSET || spec->memory_max == SPEC_INFINITY)
        return "cgroup v1 limits memory and swap together, which needs memory-max as well";
    return plain_value(spec, limit + spec->memory_max, v2, buf, size);
}

static const char *quota_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                               size_t size)
{
    (void)spec;
    if (limit == SPEC_INFINITY)
        snprintf(buf, size, v2 ? "max %d" : "-1", CPU_PERIOD_USEC);
    else if (v2)
        snprintf(buf, size, "%" PRIu64 " %d", limit * CPU_PERIOD_USEC / 1000000, CPU_PERIOD_USEC);
    else
        snprintf(buf, size, "%" PRIu64, limit * CPU_PERIOD_USEC / 1000000);
    return NULL;
}

/* v2's default weight is 100, v1's 1024; the kernel's least share is 2. */
static const char *weight_value(const struct job_spec *spec, uint64_t limit, bool v2, char *buf,
                                size_t size)
{
    uint64_t shares = limit * 1024 / 100;

    (void)spec;
    snprintf(buf, size, "%" PRIu64, v2 ? limit : shares < 2 ? 2 : shares);
    return NULL;
}

static const struct limit limits[] = {
    {"MemoryMax", "memory", "memory", offsetof(struct job_spec, memory_max), plain_value},
    {"MemoryHigh", "memory", "memory", offsetof(struct job_spec, memory_high), high_value},
    {"MemorySwapMax", "memory", "memory", offsetof(struct job_spec, memory_swap_max), swap_value},
    {"TasksMax", "pids", "pids", offsetof(struct job_spec, tasks_max), pids_value},
    {"CPUQuota", "cpu", "cpu", offsetof(struct job_spec, cpu_quota_usec), quota_value},
    {"CPUWeight", "cpu", "cpu", offsetof(struct job_spec, cpu_weight), weight_value},
};

static void no_controller(struct planning *p, const char *key, const char *asked,
                          const char *controller)
{
    bool read_only = facts_read_only_controller(p->facts, controller);
    char why[160], command[ORDINARY_CALL_MAX];

    if (facts_denied_controller(p->facts, controller) ||
        (strcmp(controller, "io") == 0 && facts_denied_controller(p->facts, "blkio"))) {
        snprintf(why, sizeof(why), "the %s controller's cgroup belongs to another user",
                 controller);
        ordinary_elsewhere(p->spec, p->facts, true, command, sizeof(command));
        cannot(p, key, asked, why, command);
        return;
    }
    snprintf(why, sizeof(why), "the %s controller is %s", controller,
             read_only ? "mounted read-only" : "not available in this cgroup");
    cannot(p, key, asked, why,
           read_only
               ? "have its hierarchy mounted for writing, as a container's runtime decides"
               : "run `cgjob doctor` to see which controllers are where and how to enable them");
}

static void plan_limit(struct planning *p, const struct limit *limit)
{
    uint64_t value = *(const uint64_t *)((const char *)p->spec + limit->offset);
    const struct setting *row = setting_by_key(limit->key);
    struct plan_group *group;
    char asked[32], text[64];
    const char *why;

    if (value == SPEC_UNSET || !row)
        return;
    asked_text(limit->key, value, asked, sizeof(asked));
    group = group_for(p, limit->v2_controller);
    if (!group) {
        no_controller(p, limit->key, asked, limit->v2_controller);
        return;
    }
    why = limit->value(p->spec, value, group->v2, text, sizeof(text));
    if (why)
        cannot(p, limit->key, asked, why, "drop the limit");
    else
        add_setting(p, group, limit->key, asked, group->v2 ? row->v2_file : row->v1_file, text);
}

static void plan_cpus(struct planning *p)
{
    const char *asked = p->spec->allowed_cpus;
    bool isolated = asked && strcmp(asked, SPEC_CPUS_ISOLATED) == 0;
    struct plan_group *group;
    unsigned long missing;
    char why[400];

    if (!asked)
        return;
    group = group_for(p, "cpuset");
    if (!group) {
        no_controller(p, "AllowedCPUs", asked, "cpuset");
        return;
    }
    if (!isolated && p->inputs->processors[0] &&
        !processors_within(asked, p->inputs->processors, &missing)) {
        snprintf(why, sizeof(why), "processor %lu is not among those there are for it, %s", missing,
                 p->inputs->processors);
        cannot(p, "AllowedCPUs", asked, why, "name some of those");
        return;
    }
    /* A v1 cpuset admits no task before it has memory nodes. */
    if (!group->v2)
        add_setting(p, group, "AllowedCPUs", "the caller's nodes", "cpuset.mems",
                    p->inputs->memory_nodes[0] ? p->inputs->memory_nodes : "0");
    add_setting(p, group, "AllowedCPUs", asked, "cpuset.cpus",
                isolated ? p->inputs->processor : asked);
}

static void plan_io_weight(struct planning *p)
{
    const struct hierarchy *h = facts_controller(p->facts, "io");
    char asked[32], value[64];
    struct plan_group *group;

    if (p->spec->io_weight == SPEC_UNSET)
        return;
    asked_text("IOWeight", p->spec->io_weight, asked, sizeof(asked));
    group = group_for(p, h ? "io" : "blkio");
    if (!group) {
        no_controller(p, "IOWeight", asked, "io");
        return;
    }
    if (!p->inputs->io_weight_honoured) {
        cannot(p, "IOWeight", asked, "no disk here uses the bfq scheduler, which honours weights",
               "choose bfq in /sys/block/DISK/queue/scheduler");
        return;
    }
    /* bfq's range ends at 1000 where the setting's ends at 10000. */
    snprintf(value, sizeof(value), "%" PRIu64,
             p->spec->io_weight > 1000 ? 1000 : p->spec->io_weight);
    add_setting(p, group, "IOWeight", asked, group->v2 ? "io.bfq.weight" : "blkio.bfq.weight",
                value);
}

static void plan_io_list(struct planning *p, const char *key, const struct io_limits *list,
                         const struct strv *disks, const char *v2_word, bool write)
{
    const struct setting *row = setting_by_key(key);
    bool v2 = facts_controller(p->facts, "io") != NULL;

    for (size_t i = 0; i < list->count && i < disks->count && row; i++) {
        struct plan_group *group = group_for(p, v2 ? "io" : "blkio");
        char asked[400], value[128], number[32];

        snprintf(asked, sizeof(asked), "%.300s %s", list->item[i].path,
                 amount(list->item[i].value, true, number, sizeof(number)));
        if (!group) {
            no_controller(p, key, asked, "io");
            continue;
        }
        if (v2)
            snprintf(value, sizeof(value), "%s %s=%s", disks->item[i], v2_word, number);
        else
            snprintf(value, sizeof(value), "%s %" PRIu64, disks->item[i],
                     list->item[i].value == SPEC_INFINITY ? 0 : list->item[i].value);
        if (!v2 && write && !p->spec->allow_degraded) {
            cannot(p, key, asked, "cgroup v1 holds only direct writes to it, not buffered ones",
                   "drop the limit");
            continue;
        }
        if (!v2 && write)
            cannot(p, key, asked, "only direct writes are held to it (cgroup v1)", "");
        add_setting(p, group, key, asked, v2 ? row->v2_file : row->v1_file, value);
    }
}

/* An ordinary user's shell shares its group; figures alone are no reason to refuse the job. */
static bool costs_the_job(const struct planning *p, const char *controller)
{
    const struct hierarchy *h = facts_controller(p->facts, controller);
    const struct host_place *place = &p->facts->place;

    return !p->facts->root && h && h->v2 && place->crowded && !place->root &&
           !facts_word_in(place->enabled, controller);
}

/* Controllers that are wanted without a limit, because figures are read from them. */
static void plan_figures(struct planning *p)
{
    static const char *const wanted[] = {"memory", "pids"};
    static const char *const wanted_v2[] = {"cpu", "io"};

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!costs_the_job(p, wanted[i]))
            group_for(p, wanted[i]);
    for (size_t i = 0; i < sizeof(wanted_v2) / sizeof(wanted_v2[0]); i++) {
        const struct hierarchy *h = facts_controller(p->facts, wanted_v2[i]);

        if (h && h->v2 && !costs_the_job(p, wanted_v2[i]))
            group_for(p, wanted_v2[i]);
    }
}

int plan_cgroups(struct plan *plan, const struct host_facts *facts, struct plan_inputs *inputs,
                 struct err_list *errors)
{
    struct planning p = {plan, plan->spec, facts, inputs, errors, 0};
    const struct hierarchy *v2 = facts_v2(facts);
    const struct job_spec *spec = plan->spec;
    struct err err;

    if (!v2) {
        err_set(&err, ENOTSUP, "a cgroup2 hierarchy",
                "nothing was started; run as root with CAP_SYS_ADMIN, which a container has to be "
                "granted: cgrun then mounts one",
                "cgroup2 is not mounted, so a job has no identity");
        return err_list_add(errors, &err) < 0 ? -ENOMEM : 0;
    }
    if (v2->read_only) {
        err_set(&err, EROFS, "a cgroup2 hierarchy that can be written",
                "nothing was started; give an outer cgrun --delegate, or have the container's "
                "runtime mount it so (podman: --security-opt unmask=/sys/fs/cgroup)",
                "cgroup2 is mounted read-only at %s, so a job can have no cgroup", v2->mount);
        return err_list_add(errors, &err) < 0 ? -ENOMEM : 0;
    }
    if (plan_add_group(plan, v2, NULL) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        plan_limit(&p, &limits[i]);
    plan_cpus(&p);
    plan_io_weight(&p);
    plan_io_list(&p, "IOReadBandwidthMax", &spec->io_read_bandwidth_max, &inputs->disk[0], "rbps",
                 false);
    plan_io_list(&p, "IOWriteBandwidthMax", &spec->io_write_bandwidth_max, &inputs->disk[1], "wbps",
                 true);
    plan_io_list(&p, "IOReadIOPSMax", &spec->io_read_iops_max, &inputs->disk[2], "riops", false);
    plan_io_list(&p, "IOWriteIOPSMax", &spec->io_write_iops_max, &inputs->disk[3], "wiops", true);
    plan_figures(&p);
    return p.failed;
}
