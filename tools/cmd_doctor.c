/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host can do for a job: each lack with what it costs and how to mend it. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tracer.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/host/disks.h"
#include "runner/host/facts.h"
#include "runner/plan/exposure.h"
#include "runner/plan/ordinary.h"
#include "runner/spec/front_ends.h"
#include "runner/supervise/inherit.h"
#include "runner/supervise/prepare.h"
#include "tools/cmd.h"

struct report {
    struct buf text;
    struct json *list; /* NULL: as text */
    int lacks;
};

/* One line: what, how it is, and if it is not well what that costs and what mends it. */
static void finding(struct report *r, const char *what, bool well, const char *state,
                    const char *cost, const char *mend)
{
    r->lacks += !well;
    if (r->list) {
        struct json *o = json_object_new();

        json_set(o, "what", json_string(what));
        json_set(o, "ok", json_bool(well));
        json_set(o, "state", json_string(state));
        json_set(o, "cost", well ? json_null_new() : json_string(cost));
        json_set(o, "mend", well ? json_null_new() : json_string(mend));
        json_append(r->list, o);
        return;
    }
    buf_addf(&r->text, "%-4s %-18s %s\n", well ? "ok" : "LACK", what, state);
    if (!well)
        buf_addf(&r->text, "     %-18s costs: %s\n     %-18s mend:  %s\n", "", cost, "", mend);
}

/* The caller's own systemd would be asked for a scope by a job. */
static void as_in_a_scope(struct host_facts *f)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    const struct plan_inputs inputs = {.pid = getpid()};
    struct plan_place place;

    job_spec_init(&spec);
    if (!f->root && strv_add(&spec.argv, "job") == 0 &&
        plan_scope(&place, &spec, f, &inputs, &errors) == 0)
        plan_place_free(&place);
}

/* Of an ordinary user: decided by the same code as a job's start. */
static void check_ordinary(struct report *r, const struct host_facts *f)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_free_ char *why = ordinary_no_cgroup(f);
    char call[ORDINARY_CALL_MAX];

    if (!why)
        return;
    job_spec_init(&spec);
    ordinary_elsewhere(&spec, f, true, call, sizeof(call));
    finding(r, "own cgroup", false, why,
            "jobs run without one: no limits of memory, tasks, CPU and I/O, no figures of them, no "
            "ledger; time limits, resource limits and policies hold",
            call);
}

static bool denied(const struct host_facts *f, const char *v2, const char *v1)
{
    return facts_denied_controller(f, v2) || facts_denied_controller(f, v1);
}

static void check_cgroups(struct report *r, const struct host_facts *f)
{
    static const struct {
        const char *v2, *v1, *cost;
    } controllers[] = {
        {"memory", "memory", "no memory limits, no memory peak"},
        {"pids", "pids", "no TasksMax, no peak of tasks"},
        {"cpu", "cpu", "no CPUQuota and CPUWeight"},
        {"cpuset", "cpuset", "no AllowedCPUs"},
        {"io", "blkio", "no I/O limits"},
    };
    const char *cost = f->root ? "no job can be started" : "jobs run without a cgroup";
    const struct hierarchy *v2 = facts_v2(f);
    char state[800];

    snprintf(state, sizeof(state), "%s, cgroup2 %s%s", facts_layout_name(f->layout),
             f->cgroup2_planned ? "mounted by the first job at "
             : v2               ? "at "
                                : "not mounted",
             v2 ? v2->mount : "");
    if (v2 && v2->read_only)
        finding(r, "cgroups", false, "cgroup2 is mounted read-only", cost,
                "in a container have its runtime mount it for writing (podman: --security-opt "
                "unmask=/sys/fs/cgroup)");
    else
        finding(r, "cgroups", v2 != NULL, state, cost,
                "run as root with CAP_SYS_ADMIN, which a container has to be granted: cgrun then "
                "mounts one");
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        const struct hierarchy *h = facts_controller(f, controllers[i].v2);

        if (!h)
            h = facts_controller(f, controllers[i].v1);
        if (h)
            snprintf(state, sizeof(state), "%s, in %s%s", h->v2 ? "v2" : "v1", h->mount, h->own);
        else
            snprintf(state, sizeof(state), "%s",
                     denied(f, controllers[i].v2, controllers[i].v1)    ? "belongs to another user"
                     : facts_read_only_controller(f, controllers[i].v1) ? "mounted read-only"
                                                                        : "not available");
        finding(r, controllers[i].v2, h != NULL, state, controllers[i].cost,
                denied(f, controllers[i].v2, controllers[i].v1)
                    ? "run cgrun as root, or in a cgroup that is delegated to this user"
                : facts_read_only_controller(f, controllers[i].v1)
                    ? "have it mounted for writing"
                    : "enable it in the parents' cgroup.subtree_control, or at boot");
    }
    finding(r, "cgroup.kill", f->cgroup_kill, f->cgroup_kill ? "yes" : "no",
            "jobs are ended by freezing and killing one by one", "Linux 5.14 or newer");
}

static void check_v1(struct report *r, const struct host_facts *f)
{
    const struct hierarchy *memory = facts_controller(f, "memory");
    const struct hierarchy *blkio = facts_controller(f, "blkio");
    bool weights = disk_weights_honoured();

    if (memory && !memory->v2)
        finding(r, "MemoryHigh", false, "memory is on v1", "jobs cannot be slowed down at a mark",
                "boot with cgroup_no_v1=all, or systemd.unified_cgroup_hierarchy=1");
    if (blkio && !blkio->v2)
        finding(r, "buffered writes", false, "blkio is on v1",
                "IOWrite limits hold for direct writes only, and I/O requests are not counted",
                "boot with cgroup_no_v1=all");
    finding(r, "IOWeight", weights, weights ? "a disk uses bfq" : "no disk uses bfq",
            "weights of disks have no effect", "echo bfq > /sys/block/DISK/queue/scheduler");
}

static void check_kernel(struct report *r, const struct host_facts *f)
{
    char text[256], state[300];
    bool admin = f->caps >> CAP_SYS_ADMIN & 1;
    bool delay =
        file_read_at(AT_FDCWD, "/proc/sys/kernel/task_delayacct", text, 8) > 0 && text[0] == '1';

    finding(r, "kernel", true, f->kernel_release, "", "");
    finding(r, "privilege", f->root && admin,
            !f->root ? "not root"
            : admin  ? "root"
                     : "root without CAP_SYS_ADMIN",
            "no cgroups outside a delegated one, no tracing, no change of user",
            f->root ? "have the container granted CAP_SYS_ADMIN" : "run as root");
    finding(r, "pressure", f->pressure, f->pressure ? "on" : "off", "no pressure figures",
            "boot with psi=1");
    finding(r, "delay accounting", delay, delay ? "on" : "off", "no blkio_wait_seconds",
            "sysctl kernel.task_delayacct=1");
    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/seccomp/actions_avail", text, sizeof(text)) > 0) {
        text[strcspn(text, "\n")] = '\0';
        snprintf(state, sizeof(state), "%s", text);
        finding(r, "seccomp", strstr(text, "kill_process") != NULL, state,
                "policies that kill cannot be installed", "Linux 4.14 or newer");
    } else {
        finding(r, "seccomp", false, "not there", "no policy can be installed",
                "a kernel with CONFIG_SECCOMP_FILTER=y");
    }
    snprintf(state, sizeof(state), f->landlock ? "ABI %d" : "not there", f->landlock);
    finding(r, "Landlock", f->landlock >= 2, state,
            "a root job could walk through /proc/PID/root of root processes that hold no more "
            "capabilities than it",
            "Linux 5.19 or newer with landlock in lsm=");
    finding(r, "signals", f->landlock >= 6,
            f->landlock >= 6 ? "Landlock keeps a job's within the job"
                             : "a filter keeps a job's from cgrun, its caller and PID 1",
            "a job can signal other processes of its user, unless it has --private-pids",
            "Linux 6.12 or newer with Landlock of ABI 6");
}

static void check_tracer(struct report *r)
{
    struct tracer_status status = {0};
    struct tracer *t = NULL;
    struct err err = {0};
    char pins[512];
    bool well;

    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    finding(r, "BTF", access("/sys/kernel/btf/vmlinux", R_OK) == 0,
            access("/sys/kernel/btf/vmlinux", R_OK) == 0 ? "/sys/kernel/btf/vmlinux" : "missing",
            "no ledger, no per-process figures", "a kernel with CONFIG_DEBUG_INFO_BTF=y");
    well = tracer_probe(&err) == 0 && tracer_status(pins, &status, &err) == 0;
    finding(r, "tracer", well,
            well ? (status.attached ? "attached" : "attaches with the first job") : err.what,
            "no ledger, no per-process figures", err.retry);
    if (!status.attached || tracer_open(&t, pins, NULL, NULL) < 0)
        return;
    finding(r, "refused calls", tracer_sees_denied(t), tracer_sees_denied(t) ? "seen" : "not seen",
            "calls that a policy refuses with an errno are counted with -v alone (kills always)",
            "cgrun -v, or a kernel that allows fentry programs, with CONFIG_AUDIT=y");
    tracer_close(t);
}

static int check_host(bool as_json)
{
    static struct host_facts facts;
    struct report r = {.list = as_json ? json_array_new() : NULL};
    char cgroup2[256];
    struct err err;
    int status;

    snprintf(cgroup2, sizeof(cgroup2), "%s/cgroup2", prepare_run_dir());
    if (facts_read(&facts, cgroup2, &err) < 0)
        return cmd_fail(&err);
    as_in_a_scope(&facts);
    check_ordinary(&r, &facts);
    check_cgroups(&r, &facts);
    check_v1(&r, &facts);
    check_kernel(&r, &facts);
    check_tracer(&r);
    if (!as_json)
        buf_addf(&r.text, "%d lack%s; next: cgjob doctor -- CGRUN-OPTIONS COMMAND for one job\n",
                 r.lacks, r.lacks == 1 ? "" : "s");
    status = as_json ? cmd_print_json(r.list) : cmd_print(&r.text);
    json_free(r.list);
    buf_free(&r.text);
    return status;
}

/* For one job: what cgrun would say of these options here, and the plan if it would start it. */
static int check_job(int argc, char **argv, bool as_json)
{
    static struct host_facts facts;
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_plan_ struct plan plan = {0};
    _cleanup_err_list_ struct err_list errors = {0};
    _cleanup_buf_ struct buf text = {0};
    enum cmdline_action action;
    struct exposure exposure;
    int r;

    job_spec_init(&spec);
    r = cmdline_parse(&spec, argc, argv, &action, &errors);
    spec.dry_run = SPEC_DRY_RUN_TEXT;
    if (r == 0)
        r = inherit_find(&spec, &errors);
    if (r == 0)
        r = prepare_plan(&plan, &facts, &spec, &errors);
    if (r == 0)
        r = prepare_rehearse(&plan, &errors);
    for (size_t i = 0; i < errors.count; i++)
        cmd_fail(&errors.item[i]);
    if (r < 0)
        return CMD_FAILED;
    exposure_of(&exposure, &plan, &facts);
    if (as_json) {
        _cleanup_json_ struct json *doc = plan_json(&plan);

        json_set(doc, "exposure", exposure_json(&exposure));
        return cmd_print_json(doc);
    }
    buf_add(&text, plan.degraded_count
                       ? "this host can run it, but not with all that is asked for\n"
                       : "this host can do all that is asked for\n");
    plan_text(&plan, &text);
    exposure_text(&exposure, &text);
    return cmd_print(&text);
}

int cmd_doctor(struct cmd_context *ctx, int argc, char **argv)
{
    bool as_json = false;
    const struct cmd_option options[] = {
        {.name = "--json", .flag = &as_json}, {.name = "--db", .value = &ctx->db}, {0}};
    int own = 0;

    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    if (cmd_options(own, argv, options, 0) != 0)
        return CMD_USAGE;
    /* The word "--" stands where a program's own name would. */
    return own < argc ? check_job(argc - own, argv + own, as_json) : check_host(as_json);
}
