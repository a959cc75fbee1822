/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/spec_text.h"

#include <string.h>

static void word(struct buf *out, const char *name)
{
    buf_addf(out, "%s%s=", out->len ? " " : "", name);
}

static void text(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    word(out, name);
    buf_add(out, value);
}

static void number(struct buf *out, const char *name, uint64_t value, uint64_t fresh)
{
    if (value == fresh)
        return;
    word(out, name);
    if (value == SPEC_INFINITY)
        buf_add(out, "infinity");
    else
        buf_addf(out, "%llu", (unsigned long long)value);
}

static void sign(struct buf *out, const char *name, int value, int fresh)
{
    if (value == fresh)
        return;
    word(out, name);
    buf_addf(out, "%d", value);
}

static void list(struct buf *out, const char *name, const struct strv *v)
{
    strv_each (v, s)
        text(out, name, s);
}

static void io(struct buf *out, const char *name, const struct io_limits *limits)
{
    for (size_t i = 0; i < limits->count; i++) {
        word(out, name);
        buf_addf(out, "%s:%llu", limits->item[i].path, (unsigned long long)limits->item[i].value);
    }
}

static void stream(struct buf *out, const char *name, const struct spec_stream *s)
{
    sign(out, name, (int)s->kind, SPEC_STREAM_INHERIT);
    if (s->path)
        buf_addf(out, ":%s", s->path);
}

static void limits(const struct job_spec *spec, struct buf *out)
{
    number(out, "memory_max", spec->memory_max, SPEC_UNSET);
    number(out, "memory_high", spec->memory_high, SPEC_UNSET);
    number(out, "memory_swap_max", spec->memory_swap_max, SPEC_UNSET);
    number(out, "tasks_max", spec->tasks_max, SPEC_UNSET);
    number(out, "cpu_quota_usec", spec->cpu_quota_usec, SPEC_UNSET);
    number(out, "cpu_weight", spec->cpu_weight, SPEC_UNSET);
    text(out, "allowed_cpus", spec->allowed_cpus);
    number(out, "io_weight", spec->io_weight, SPEC_UNSET);
    io(out, "read_bandwidth", &spec->io_read_bandwidth_max);
    io(out, "write_bandwidth", &spec->io_write_bandwidth_max);
    io(out, "read_iops", &spec->io_read_iops_max);
    io(out, "write_iops", &spec->io_write_iops_max);
    number(out, "runtime_max_ns", spec->runtime_max_ns, SPEC_UNSET);
    number(out, "cpu_time_max_ns", spec->cpu_time_max_ns, SPEC_UNSET);
    sign(out, "nice", spec->nice, SPEC_INT_UNSET);
    sign(out, "oom_score_adjust", spec->oom_score_adjust, SPEC_INT_UNSET);
    for (int i = 0; i < SPEC_RLIMITS; i++) {
        const struct rlimit_spec *l = &spec->rlimit[i];

        if (!l->given)
            continue;
        buf_addf(out, "%srlimit%d", out->len ? " " : "", i);
        buf_addf(out, l->soft == SPEC_INFINITY ? "=inf" : "=%llu", (unsigned long long)l->soft);
        buf_addf(out, l->hard == SPEC_INFINITY ? ":inf" : ":%llu", (unsigned long long)l->hard);
    }
}

static void session(const struct job_spec *spec, struct buf *out)
{
    number(out, "runs", spec->runs, 0);
    number(out, "warmup", spec->warmup, 0);
    number(out, "runs_max", spec->runs_max, 0);
    sign(out, "interleave", spec->interleave, false);
    if (spec->until > 0) {
        word(out, "until");
        buf_addf(out, "%g", spec->until);
    }
    number(out, "session_max_ns", spec->session_max_ns, 0);
    number(out, "cooldown_ns", spec->cooldown_ns, 0);
    text(out, "prepare", spec->prepare);
    sign(out, "drop_caches", spec->drop_caches, false);
    sign(out, "resume", spec->resume, false);
    sign(out, "ignore_failure", spec->ignore_failure, false);
}

void spec_text(const struct job_spec *spec, struct buf *out)
{
    text(out, "name", spec->name);
    text(out, "owner", spec->owner);
    text(out, "reason", spec->reason);
    text(out, "rollback", spec->rollback);
    text(out, "session", spec->session);
    text(out, "label", spec->label);
    list(out, "expect", &spec->expect);
    list(out, "tag", &spec->tags);
    list(out, "tool", &spec->tools);
    list(out, "supplementary", &spec->supplementary_groups);
    limits(spec, out);
    text(out, "policy", spec->policy);
    sign(out, "tell_refused", spec->tell_refused, false);
    sign(out, "audit", spec->audit, false);
    list(out, "filter", &spec->syscall_filter);
    sign(out, "no_new_privileges", spec->no_new_privileges, true);
    if (spec->capability_set_given) {
        word(out, "capabilities");
        buf_addf(out, "%llx", (unsigned long long)spec->capability_bounding_set);
    }
    if (spec->ambient_capabilities) {
        word(out, "ambient");
        buf_addf(out, "%llx", (unsigned long long)spec->ambient_capabilities);
    }
    list(out, "readonly", &spec->readonly_paths);
    list(out, "writable", &spec->writable_paths);
    list(out, "inaccessible", &spec->inaccessible_paths);
    sign(out, "harden", spec->harden, false);
    sign(out, "private_tmp", spec->private_tmp, false);
    sign(out, "private_pids", spec->private_pids, false);
    sign(out, "signal_scope", (int)spec->signal_scope, SPEC_SIGNALS_JOB);
    sign(out, "private_network", spec->private_network, false);
    list(out, "ip_allow", &spec->ip_allow);
    list(out, "ip_deny", &spec->ip_deny);
    sign(out, "device_policy", (int)spec->device_policy, SPEC_DEVICES_AUTO);
    list(out, "device", &spec->device_allow);
    sign(out, "restrict_namespaces", spec->restrict_namespaces, false);
    sign(out, "protect_control_groups", spec->protect_control_groups, true);
    sign(out, "umask", spec->umask, SPEC_INT_UNSET);
    sign(out, "clean_environment", spec->clean_environment, false);
    list(out, "keep", &spec->keep_environment);
    list(out, "env", &spec->environment);
    text(out, "user", spec->user);
    text(out, "group", spec->group);
    sign(out, "dry_run", (int)spec->dry_run, SPEC_DRY_RUN_NO);
    sign(out, "stop_signal", spec->stop_signal, 15);
    number(out, "kill_after_ns", spec->kill_after_ns, 2000000000);
    sign(out, "detach", spec->detach, false);
    number(out, "log_max", spec->log_max, 64 << 20);
    sign(out, "journal", spec->journal, false);
    text(out, "lock", spec->lock);
    number(out, "lock_wait_ns", spec->lock_wait_ns, 0);
    sign(out, "scope", (int)spec->scope, SPEC_SCOPE_AUTO);
    sign(out, "if_lost", (int)spec->if_lost, SPEC_LOST_RECOVER);
    sign(out, "wait", (int)spec->wait, SPEC_WAIT_MAIN);
    text(out, "parent", spec->parent);
    text(out, "json", spec->json_path);
    sign(out, "summary", (int)spec->summary, SPEC_SUMMARY_AUTO);
    sign(out, "output", (int)spec->when_shown, SPEC_OUTPUT_ALWAYS);
    sign(out, "quiet", spec->quiet, false);
    text(out, "chdir", spec->chdir);
    stream(out, "stdin", &spec->input);
    stream(out, "stdout", &spec->output);
    stream(out, "stderr", &spec->error);
    sign(out, "pass_fds", (int)spec->pass_fds, SPEC_FDS_AUTO);
    for (size_t i = 0; i < spec->fds.count; i++)
        sign(out, "fd", spec->fds.item[i], -1);
    sign(out, "trace", (int)spec->trace, SPEC_TRACE_AUTO);
    sign(out, "trace_features", (int)spec->trace_features, 0);
    sign(out, "ledger", (int)spec->ledger, SPEC_LEDGER_KEPT);
    sign(out, "allow_degraded", spec->allow_degraded, false);
    sign(out, "delegate", spec->delegate, false);
    text(out, "db", spec->db);
    sign(out, "rollback_on_failure", spec->rollback_on_failure, false);
    sign(out, "shell", spec->shell, false);
    sign(out, "address_randomization", spec->address_randomization, true);
    session(spec, out);
    list(out, "arg", &spec->argv);
}
