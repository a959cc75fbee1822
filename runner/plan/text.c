/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan in words: the rehearsal that --dry-run prints. */
#include <stdio.h>
#include <string.h>

#include "runner/base/capabilities.h"
#include "runner/base/escape.h"
#include "runner/base/units.h"
#include "runner/plan/plan.h"
#include "runner/plan/words.h"

static void heading(struct buf *out, const char *text)
{
    buf_addf(out, "%s\n", text);
}

static void line(struct buf *out, const char *key, const char *value)
{
    buf_add(out, "  ");
    buf_pad(out, key, 18);
    buf_add(out, " ");
    escape_terminal(value, out);
    buf_add(out, "\n");
}

static void given(struct buf *out, const char *key, const char *value)
{
    if (value)
        line(out, key, value);
}

static void text_identity(const struct plan *plan, struct buf *out)
{
    const struct job_spec *spec = plan->spec;

    buf_add(out, "job ");
    escape_terminal(plan->name, out);
    buf_add(out, "\n  command           ");
    strv_each (&spec->argv, word) {
        buf_add(out, " ");
        escape_terminal(word, out);
    }
    buf_add(out, "\n");
    given(out, "owner", spec->owner);
    given(out, "reason", spec->reason);
    given(out, "rollback", spec->rollback);
    given(out, "session", spec->session);
    given(out, "label", spec->label);
    strv_each (&spec->tags, tag)
        line(out, "tag", tag);
    strv_each (&spec->expect, e)
        line(out, "expect", e);
}

static void text_stream(const struct spec_stream *stream, const char *key, struct buf *out)
{
    char value[512];

    if (stream->kind == SPEC_STREAM_INHERIT)
        return;
    snprintf(value, sizeof(value), "%s%s%.480s", plan_stream_words(stream->kind),
             stream->path ? ":" : "", stream->path ? stream->path : "");
    line(out, key, value);
}

static void text_features(const struct job_spec *spec, struct buf *out)
{
    _cleanup_buf_ struct buf names = {0};

    for (int i = 0; i < TRACE_FEATURES; i++)
        if (spec->trace_features >> i & 1)
            buf_addf(&names, "%s%s", names.len ? ", " : "",
                     trace_feature_name((enum trace_feature)i));
    if (names.len)
        line(out, "traced as well", buf_text(&names));
}

static void text_lock(const struct job_spec *spec, struct buf *out)
{
    char wait[48] = "for ever", value[256];

    if (spec->lock_wait_ns < SPEC_INFINITY)
        units_duration((double)spec->lock_wait_ns / 1e9, wait, sizeof(wait));
    snprintf(value, sizeof(value), "%.128s, waited for %s", spec->lock,
             spec->lock_wait_ns ? wait : "not at all");
    line(out, "lock", value);
}

static void text_run(const struct plan *plan, struct buf *out)
{
    const struct job_spec *spec = plan->spec;
    char kept[40];

    heading(out, "run");
    given(out, "directory", spec->chdir);
    text_stream(&spec->input, "standard input", out);
    text_stream(&spec->output, "standard output", out);
    text_stream(&spec->error, "standard error", out);
    for (size_t i = 0; i < spec->inherit.count; i++)
        buf_addf(out, "  descriptor         %d, a %s, named by %s\n", spec->inherit.item[i].number,
                 spec->inherit.item[i].kind, spec->inherit.item[i].named_by);
    if (spec->inherit.listening)
        line(out, "LISTEN_PID", "the job's own");
    if (spec->lock)
        text_lock(spec, out);
    if (spec->journal)
        line(out, "output", "to the journal");
    else if (spec->when_shown == SPEC_OUTPUT_ON_FAILURE)
        buf_addf(out, "  output             shown if it fails, the newest %s of it\n",
                 units_size((double)spec->log_max, kept, sizeof(kept)));
    else if (spec->detach)
        buf_addf(out, "  output             the newest %s of it, in a log\n",
                 units_size((double)spec->log_max, kept, sizeof(kept)));
    if (spec->detach)
        line(out, "background", "yes, and its number is printed");
    line(out, "ends with",
         spec->wait == SPEC_WAIT_ALL ? "its last process" : "the command; the rest is killed");
    line(out, "if cgrun is killed",
         spec->if_lost == SPEC_LOST_KEEP  ? "it goes on"
         : plan->no_cgroup                ? "its command is ended; what that started may go on"
         : spec->if_lost == SPEC_LOST_END ? "it is ended at once"
                                          : "what is left of it is ended by the next cgrun");
    line(out, "processes counted",
         spec->trace == SPEC_TRACE_NONE    ? "no"
         : plan->no_cgroup                 ? "no, that takes a cgroup"
         : spec->trace == SPEC_TRACE_EXITS ? "yes, or nothing is started"
                                           : "yes, if this kernel allows");
    text_features(spec, out);
    line(out, "ledger",
         spec->ledger == SPEC_LEDGER_FULL ? "every process" : "failures and the largest");
    given(out, "record as JSON", spec->json_path);
    given(out, "database", spec->db);
}

static void text_place(const struct plan_place *place, struct buf *out)
{
    if (place->scope) {
        line(out, "systemd scope", place->scope);
        line(out, "  described as", place->description);
        line(out, "  asked of", place->user_manager ? "the user's own systemd" : "PID 1");
        given(out, "  stopped with", place->part_of);
    }
    given(out, "cgrun moves to", place->leaf);
    if (place->enable)
        buf_addf(out, "  in %s: cgroup.subtree_control = %s\n", place->base, place->enable);
}

static void text_groups(const struct plan *plan, struct buf *out)
{
    if (plan->no_cgroup) {
        heading(out, "cgroup");
        line(out, "none", plan->no_cgroup);
        line(out, "held together by",
             "descent: every process that the command starts, daemons too");
        line(out, "figures", "CPU, faults and I/O of processes when they have ended");
    } else {
        heading(out, "cgroups, created now and removed at the end");
    }
    text_place(&plan->place, out);
    if (plan->mount_cgroup2)
        buf_addf(out, "  cgroup2 mounted at %s, and left for later jobs\n", plan_v2(plan)->mount);
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

static void text_rlimit(const struct plan_rlimit *limit, struct buf *out)
{
    char soft[32], hard[32], both[80];

    snprintf(both, sizeof(both), "%s:%s", plan_rlimit_text(limit->soft, soft, sizeof(soft)),
             plan_rlimit_text(limit->hard, hard, sizeof(hard)));
    line(out, plan_rlimit_key(limit->resource), both);
}

static void text_stop(const struct plan *plan, struct buf *out)
{
    const struct job_spec *spec = plan->spec;
    const char *all = plan->no_cgroup ? "every process of the job" : "the whole cgroup";
    const char *name = sigabbrev_np(spec->stop_signal);
    char grace[32], how[100];

    units_duration((double)spec->kill_after_ns / 1e9, grace, sizeof(grace));
    if (name)
        snprintf(how, sizeof(how), "SIG%s, after %s SIGKILL to %s", name, grace, all);
    else
        snprintf(how, sizeof(how), "signal %d, after %s SIGKILL to %s", spec->stop_signal, grace,
                 all);
    line(out, "how", how);
}

static void text_limits(const struct plan *plan, struct buf *out)
{
    const struct job_spec *spec = plan->spec;
    char text[64];

    heading(out, "limits of the supervisor and of each process");
    if (spec->runtime_max_ns < SPEC_INFINITY)
        line(out, "after wall time",
             units_duration((double)spec->runtime_max_ns / 1e9, text, sizeof(text)));
    if (spec->cpu_time_max_ns < SPEC_INFINITY && !plan->no_cgroup)
        line(out, "after CPU time",
             units_duration((double)spec->cpu_time_max_ns / 1e9, text, sizeof(text)));
    text_stop(plan, out);
    if (plan->keeper)
        line(out, "should cgrun fail", "a process beside it ends the job at these");
    for (size_t i = 0; i < plan->rlimits; i++)
        text_rlimit(&plan->rlimit[i], out);
    if (plan->landlock_read_only)
        buf_add(out, "  files              none can be written to, but devices\n");
    strv_each (&spec->writable_paths, path)
        if (plan->landlock_read_only)
            buf_addf(out, "  files              but beneath %s\n", path);
    if (spec->private_network)
        buf_add(out, "  network            its own, with nothing but a loopback\n");
    strv_each (&spec->ip_allow, range)
        buf_addf(out, "  addresses          %s allowed\n", range);
    strv_each (&spec->ip_deny, range)
        buf_addf(out, "  addresses          %s refused\n", range);
    if (spec->device_policy != SPEC_DEVICES_AUTO || spec->device_allow.count)
        buf_addf(out, "  devices            %s\n",
                 spec->device_policy == SPEC_DEVICES_CLOSED ? "the usual ones, and" : "only");
    strv_each (&spec->device_allow, device)
        buf_addf(out, "                     %s\n", device);
    if (spec->umask != SPEC_INT_UNSET)
        buf_addf(out, "  umask              %03o\n", (unsigned)spec->umask);
    if (spec->clean_environment)
        buf_add(out, "  environment        clean\n");
    if (!spec->address_randomization)
        buf_add(out, "  address layout     the same in each run\n");
    if (spec->nice != SPEC_INT_UNSET)
        buf_addf(out, "  nice               %d\n", spec->nice);
    if (spec->oom_score_adjust != SPEC_INT_UNSET)
        buf_addf(out, "  oom_score_adj      %d\n", spec->oom_score_adjust);
}

static void text_user(const struct job_user *u, struct buf *out)
{
    buf_addf(out, "  user               uid %u gid %u", u->uid, u->gid);
    for (size_t i = 0; i < u->groups_count; i++)
        buf_addf(out, "%s%u", i ? " " : ", groups ", u->groups[i]);
    buf_add(out, "\n");
}

static void text_confinement(const struct plan *plan, struct buf *out)
{
    const struct policy_program *p = &plan->policy;
    char name[32];

    heading(out, "confinement");
    for (size_t i = 0; i < plan->floor.count; i++)
        buf_addf(out, "  policy             %s, for every job here, %u + %u instructions, %.12s\n",
                 plan->floor.item[i].name, plan->floor.item[i].logged.len,
                 plan->floor.item[i].quiet.len, plan->floor.item[i].hash);
    buf_addf(out, "  policy             %s, %u + %u instructions, %.12s\n", p->name, p->logged.len,
             p->quiet.len, p->hash);
    if (plan->listening.len)
        line(out, "refused calls", "told as they happen");
    if (plan->spec->harden)
        line(out, "hardened", "yes: the settings of --harden are among these");
    if (plan->spec->restrict_namespaces)
        line(out, "namespaces", "none can be made or entered");
    line(out, "no new privileges", plan->spec->no_new_privileges ? "yes" : "no");
    line(out, "Landlock domain", plan->landlock || plan->landlock_signals ? "yes" : "no");
    line(out, "signals", plan_signals_words(plan));
    line(out, "process group", plan->own_group ? "its own" : "the caller's");
    if (plan->drop_caps) {
        buf_add(out, "  capabilities taken");
        for (int cap = 0; cap < 64; cap++)
            if (plan->drop_caps >> cap & 1 && capability_name(cap, name, sizeof(name)))
                buf_addf(out, " %s", name);
        buf_add(out, "\n");
    }
    if (plan->user.change)
        text_user(&plan->user, out);
    for (size_t i = 0; i < plan->mounts; i++)
        buf_addf(out, "  mount              %s %s\n", plan->mount[i].path,
                 plan_mount_words(plan->mount[i].kind));
    strv_each (&p->notes, note)
        line(out, "note", note);
}

void plan_text(const struct plan *plan, struct buf *out)
{
    text_identity(plan, out);
    text_run(plan, out);
    text_groups(plan, out);
    text_limits(plan, out);
    text_confinement(plan, out);
    heading(out, "nothing was started: this was a dry run");
}
