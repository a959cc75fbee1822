/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/plan/ordinary.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/shell.h"
#include "runner/spec/settings.h"

enum need_type { NEED_AMOUNT, NEED_TEXT, NEED_LIST, NEED_IO, NEED_FLAG, NEED_DEVICES };

/* What needs a cgroup, and whether a job may do without it if that is allowed. */
static const struct need {
    const char *key;
    size_t offset; /* in struct job_spec */
    enum need_type type;
    bool limit; /* with allow_degraded it is left out; else it is a boundary, and never is */
} needs[] = {
    {"MemoryMax", offsetof(struct job_spec, memory_max), NEED_AMOUNT, true},
    {"MemoryHigh", offsetof(struct job_spec, memory_high), NEED_AMOUNT, true},
    {"MemorySwapMax", offsetof(struct job_spec, memory_swap_max), NEED_AMOUNT, true},
    {"TasksMax", offsetof(struct job_spec, tasks_max), NEED_AMOUNT, true},
    {"CPUQuota", offsetof(struct job_spec, cpu_quota_usec), NEED_AMOUNT, true},
    {"CPUWeight", offsetof(struct job_spec, cpu_weight), NEED_AMOUNT, true},
    {"CPUTimeMax", offsetof(struct job_spec, cpu_time_max_ns), NEED_AMOUNT, true},
    {"AllowedCPUs", offsetof(struct job_spec, allowed_cpus), NEED_TEXT, true},
    {"IOWeight", offsetof(struct job_spec, io_weight), NEED_AMOUNT, true},
    {"IOReadBandwidthMax", offsetof(struct job_spec, io_read_bandwidth_max), NEED_IO, true},
    {"IOWriteBandwidthMax", offsetof(struct job_spec, io_write_bandwidth_max), NEED_IO, true},
    {"IOReadIOPSMax", offsetof(struct job_spec, io_read_iops_max), NEED_IO, true},
    {"IOWriteIOPSMax", offsetof(struct job_spec, io_write_iops_max), NEED_IO, true},
    {"IPAddressAllow", offsetof(struct job_spec, ip_allow), NEED_LIST, false},
    {"IPAddressDeny", offsetof(struct job_spec, ip_deny), NEED_LIST, false},
    {"DevicePolicy", offsetof(struct job_spec, device_policy), NEED_DEVICES, false},
    {"DeviceAllow", offsetof(struct job_spec, device_allow), NEED_LIST, false},
    {"Parent", offsetof(struct job_spec, parent), NEED_TEXT, false},
    {"Delegate", offsetof(struct job_spec, delegate), NEED_FLAG, false},
};

static bool is_asked(const struct need *need, const struct job_spec *spec)
{
    const void *at = (const char *)spec + need->offset;

    switch (need->type) {
    case NEED_AMOUNT:
        return *(const uint64_t *)at < SPEC_INFINITY;
    case NEED_TEXT:
        return *(char *const *)at != NULL;
    case NEED_LIST:
        return ((const struct strv *)at)->count > 0;
    case NEED_IO:
        return ((const struct io_limits *)at)->count > 0;
    case NEED_FLAG:
        return *(const bool *)at;
    case NEED_DEVICES:
        return spec->device_policy != SPEC_DEVICES_AUTO;
    }
    return false;
}

static const char *option_of(const char *key)
{
    const struct setting *row = setting_by_key(key);

    return row && row->option ? row->option : key;
}

char *ordinary_no_cgroup(const struct host_facts *facts)
{
    const struct hierarchy *v2 = facts_v2(facts);
    char *why = NULL;
    int r;

    if (v2 && !v2->read_only && !v2->denied)
        return NULL;
    if (facts->root && (!v2 || v2->read_only))
        return NULL; /* an error of its own: root is to have the host mended */
    if (!v2)
        r = asprintf(&why, "cgroup2 is not mounted");
    else if (v2->read_only)
        r = asprintf(&why, "cgroup2 is mounted read-only at %s", v2->mount);
    else
        r = asprintf(&why, "the caller's cgroup %s%s belongs to another user", v2->mount,
                     strcmp(v2->own, "/") == 0 ? "" : v2->own);
    return r < 0 ? NULL : why;
}

static bool by_systemd(const struct host_facts *facts, bool cgroup)
{
    return cgroup && facts->layout == HOST_V2 && facts->user_manager;
}

/* The shortest way first: the caller's own systemd, if a cgroup of v2 is all that is missing. */
static void words_before(const struct job_spec *spec, const struct host_facts *facts, bool cgroup,
                         struct buf *out)
{
    bool systemd = by_systemd(facts, cgroup);

    buf_add(out, systemd       ? "systemd-run --user --scope -p Delegate=yes "
                 : facts->sudo ? "sudo "
                               : "");
    shell_word(spec->call && strchr(spec->call[0], '/') ? spec->call[0] : "cgrun", out);
    if (systemd || spec->user || spec->group || facts->root)
        return;
    if (*facts->user) {
        buf_add(out, " --user ");
        shell_word(facts->user, out);
    } else {
        buf_addf(out, " --user %u --group %u", facts->uid, facts->gid);
    }
}

void ordinary_elsewhere(const struct job_spec *spec, const struct host_facts *facts, bool cgroup,
                        char *buf, size_t size)
{
    const char *who = facts->root                                ? "as the host's root "
                      : facts->sudo || by_systemd(facts, cgroup) ? ""
                                                                 : "as root ";
    _cleanup_buf_ struct buf before = {0}, call = {0};

    words_before(spec, facts, cgroup, &before);
    for (char *const *word = spec->call ? spec->call + 1 : NULL; word && *word; word++) {
        buf_add(&call, " ");
        shell_word(*word, &call);
    }
    if ((size_t)snprintf(buf, size, "run %s`%s%s`", who, buf_text(&before),
                         spec->call ? buf_text(&call) : " ...") >= size)
        snprintf(buf, size, "run %sthe same call as `%.200s ...`", who, buf_text(&before));
}

/* As the record has it: in the setting's own unit. */
static char *asked_for(const struct need *need, const struct job_spec *spec)
{
    const void *at = (const char *)spec + need->offset;
    const struct io_limits *io = at;
    char *text = NULL;
    int r;

    if (need->type == NEED_TEXT)
        return strdup(*(char *const *)at);
    if (need->type == NEED_IO)
        r = asprintf(&text, "%s %" PRIu64, io->item[0].path, io->item[0].value);
    else if (need->offset == offsetof(struct job_spec, cpu_quota_usec))
        r = asprintf(&text, "%.10g%%", (double)spec->cpu_quota_usec / 1e4);
    else if (need->offset == offsetof(struct job_spec, cpu_time_max_ns))
        r = asprintf(&text, "%.9g", (double)spec->cpu_time_max_ns / 1e9);
    else
        r = asprintf(&text, "%" PRIu64, *(const uint64_t *)at);
    return r < 0 ? NULL : text;
}

static int degrade(struct plan *plan, const struct need *need, const char *why)
{
    struct plan_degraded *grown =
        realloc(plan->degraded, (plan->degraded_count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    plan->degraded = grown;
    grown += plan->degraded_count++;
    *grown = (struct plan_degraded){strdup(need->key), asked_for(need, plan->spec), strdup(why)};
    return grown->key && grown->asked && grown->why ? 0 : -ENOMEM;
}

int ordinary_plan(struct plan *plan, const struct host_facts *facts, struct err_list *errors)
{
    char names[320] = "", retry[sizeof(((struct err *)0)->retry)], command[ORDINARY_CALL_MAX],
         why[400];
    const struct job_spec *spec = plan->spec;
    bool only_limits = true;
    struct err err;

    snprintf(why, sizeof(why), "needs a cgroup, and %.350s", plan->no_cgroup);
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        size_t n = strlen(names);

        if (!is_asked(&needs[i], spec))
            continue;
        if (spec->allow_degraded && needs[i].limit) {
            if (degrade(plan, &needs[i], why) < 0)
                return -ENOMEM;
            continue;
        }
        only_limits &= needs[i].limit;
        snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", option_of(needs[i].key));
    }
    if (!*names)
        return 0;
    ordinary_elsewhere(spec, facts, true, command, sizeof(command));
    snprintf(retry, sizeof(retry), "nothing was started; %s%s", command,
             only_limits ? ", or add --allow-degraded to run without it" : "");
    err_set(&err, EACCES, NULL, retry, "%s: %s", names, why);
    return err_list_add(errors, &err);
}

int ordinary_refuse(const struct plan *plan, struct err_list *errors, const char *what,
                    const char *expected)
{
    char retry[sizeof(((struct err *)0)->retry)];
    const char *elsewhere = plan->elsewhere;
    struct err err;

    snprintf(retry, sizeof(retry), "nothing was started; %s, or leave it out",
             elsewhere ? elsewhere : "run it there");
    err_set(&err, ENOTSUP, expected, retry, "%s", what);
    return err_list_add(errors, &err);
}

static bool has(const struct host_facts *facts, int capability)
{
    return facts->caps >> capability & 1;
}

int ordinary_privileges(const struct plan *plan, const struct host_facts *facts,
                        struct err_list *errors)
{
    static const char tracing[] = "root, who may trace";
    const struct job_spec *spec = plan->spec;
    bool traces = has(facts, CAP_SYS_ADMIN);
    char text[64];
    int r = 0;

    if (facts->root)
        return 0;
    if (plan->user.change && !(has(facts, CAP_SETUID) && has(facts, CAP_SETGID)))
        r |= ordinary_refuse(plan, errors, "another user or group", "root");
    if (spec->trace == SPEC_TRACE_EXITS && !traces)
        r |= ordinary_refuse(plan, errors, "trace 'exits'", tracing);
    for (int i = 0; i < TRACE_FEATURES; i++)
        if (spec->trace_features >> i & 1 && !traces) {
            snprintf(text, sizeof(text), "trace '%s'", trace_feature_name((enum trace_feature)i));
            r |= ordinary_refuse(plan, errors, text, tracing);
        }
    if (spec->audit && plan->listening.len == 0 && !traces)
        r |= ordinary_refuse(plan, errors, "audit", "root, who may trace, or -v beside it");
    if (spec->drop_caches && !has(facts, CAP_SYS_ADMIN))
        r |= ordinary_refuse(plan, errors, "drop-caches", "root");
    return r < 0 ? -ENOMEM : 0;
}
