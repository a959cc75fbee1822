/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a job and a host to the exact writes: the same limits on each layout, and what is refused.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "runner/plan/plan.h"
#include "runner/spec/front_ends.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

static const char all_limits[] = "[Job]\nCommand=/usr/bin/make -j4\nOwner=build\n"
                                 "[Limits]\nMemoryMax=512M\nMemorySwapMax=0\nTasksMax=64\n"
                                 "CPUQuota=150%\nCPUWeight=50\nRuntimeMaxSec=1h\n"
                                 "LimitNOFILE=1024:4096\nNice=5\n";

struct planned {
    struct job_spec spec;
    struct plan plan;
    struct host_facts facts;
    struct err_list errors;
};

static bool unprivileged; /* the next plans are of a user who is not root */

static int plan_for(struct planned *p, const struct host_text *host, const char *job)
{
    struct plan_inputs inputs = {.now_ms = 1795489200123, .pid = 77};

    *p = (struct planned){0};
    job_spec_init(&p->spec);
    assert_int_equal(job_text_parse(&p->spec, job, "t.job", &p->errors), 0);
    host_facts_from(&p->facts, host);
    p->facts.root = !unprivileged;
    if (p->facts.hierarchies)
        snprintf(p->facts.hierarchy[0].controllers, sizeof(p->facts.hierarchy[0].controllers), "%s",
                 p->facts.hierarchy[0].v2 ? host->v2_controllers
                                          : p->facts.hierarchy[0].controllers);
    inputs.policy = (struct policy_program){.name = "batch",
                                            .hash = "0123456789abcdef",
                                            .shield = true,
                                            .confines = true,
                                            .take_caps = 1 << 21};
    assert_int_equal(strv_add(&inputs.disk[0], "254:0"), 0);
    assert_int_equal(strv_add(&inputs.disk[1], "254:0"), 0);
    assert_int_equal(strv_add(&inputs.disk[2], "254:0"), 0);
    assert_int_equal(strv_add(&inputs.disk[3], "254:0"), 0);
    int r = plan_make(&p->plan, &p->spec, &p->facts, &inputs, &p->errors);

    plan_inputs_free(&inputs);
    return r;
}

static void planned_free(struct planned *p)
{
    plan_free(&p->plan);
    facts_free(&p->facts);
    job_spec_free(&p->spec);
    err_list_free(&p->errors);
}

static void writes(const struct plan *plan, struct buf *out)
{
    for (size_t i = 0; i < plan->groups; i++) {
        buf_addf(out, "%s [%s]\n", plan->group[i].path, plan->group[i].controllers);
        for (size_t k = 0; k < plan->group[i].settings; k++)
            buf_addf(out, "  %s = %s\n", plan->group[i].setting[k].file,
                     plan->group[i].setting[k].value);
    }
    for (size_t i = 0; i < plan->degraded_count; i++)
        buf_addf(out, "without %s %s: %s\n", plan->degraded[i].key, plan->degraded[i].asked,
                 plan->degraded[i].why);
}

/* The writes, or the errors. */
static void assert_plan(const struct host_text *host, const char *job, const char *expected)
{
    struct planned p __attribute__((cleanup(planned_free)));
    _cleanup_buf_ struct buf got = {0};

    if (plan_for(&p, host, job) < 0)
        error_lines(&p.errors, &got);
    else
        writes(&p.plan, &got);
    assert_string_equal(buf_text(&got), expected);
}

static void test_limits_on_v2(void **state)
{
    (void)state;
    assert_plan(&host_v2, all_limits,
                "/sys/fs/cgroup/user.slice/session-2.scope/cgrun.job-1795489200123-77 "
                "[memory pids cpu io]\n"
                "  memory.max = 536870912\n"
                "  memory.swap.max = 0\n"
                "  pids.max = 64\n"
                "  cpu.max = 150000 100000\n"
                "  cpu.weight = 50\n");
}

static void test_limits_on_hybrid(void **state)
{
    (void)state;
    assert_plan(&host_hybrid, all_limits,
                "/sys/fs/cgroup/unified/a/cgrun.job-1795489200123-77 []\n"
                "/sys/fs/cgroup/memory/a/b/cgrun.job-1795489200123-77 [memory]\n"
                "  memory.limit_in_bytes = 536870912\n"
                "  memory.memsw.limit_in_bytes = 536870912\n"
                "/sys/fs/cgroup/pids/cgrun.job-1795489200123-77 [pids]\n"
                "  pids.max = 64\n"
                "/sys/fs/cgroup/cpu,cpuacct/cgrun.job-1795489200123-77 [cpu]\n"
                "  cpu.cfs_quota_us = 150000\n"
                "  cpu.shares = 512\n");
}

static void test_no_limits_measures_all_the_same(void **state)
{
    (void)state;
    assert_plan(&host_container, "[Job]\nCommand=true\n",
                "/sys/fs/cgroup/inner/cgrun.job-1795489200123-77 [memory pids]\n");
}

static void test_unlimited(void **state)
{
    static const char job[] = "[Job]\nCommand=true\n[Limits]\nMemoryMax=max\nTasksMax=max\n"
                              "CPUQuota=max\n";

    (void)state;
    assert_plan(&host_v2, job,
                "/sys/fs/cgroup/user.slice/session-2.scope/cgrun.job-1795489200123-77 "
                "[memory pids cpu io]\n"
                "  memory.max = max\n  pids.max = max\n  cpu.max = max 100000\n");
    assert_plan(&host_hybrid, job,
                "/sys/fs/cgroup/unified/a/cgrun.job-1795489200123-77 []\n"
                "/sys/fs/cgroup/memory/a/b/cgrun.job-1795489200123-77 [memory]\n"
                "  memory.limit_in_bytes = -1\n"
                "/sys/fs/cgroup/pids/cgrun.job-1795489200123-77 [pids]\n"
                "  pids.max = max\n"
                "/sys/fs/cgroup/cpu,cpuacct/cgrun.job-1795489200123-77 [cpu]\n"
                "  cpu.cfs_quota_us = -1\n");
}

static void test_disks(void **state)
{
    static const char job[] = "[Job]\nCommand=true\n[Limits]\nIOReadBandwidthMax=/var 1M\n"
                              "IOReadIOPSMax=/var 500\n";

    (void)state;
    assert_plan(&host_v2, job,
                "/sys/fs/cgroup/user.slice/session-2.scope/cgrun.job-1795489200123-77 "
                "[io memory pids cpu]\n"
                "  io.max = 254:0 rbps=1048576\n  io.max = 254:0 riops=500\n");
    assert_plan(&host_hybrid, job,
                "/sys/fs/cgroup/unified/a/cgrun.job-1795489200123-77 []\n"
                "/sys/fs/cgroup/blkio/cgrun.job-1795489200123-77 [blkio]\n"
                "  blkio.throttle.read_bps_device = 254:0 1048576\n"
                "  blkio.throttle.read_iops_device = 254:0 500\n"
                "/sys/fs/cgroup/memory/a/b/cgrun.job-1795489200123-77 [memory]\n"
                "/sys/fs/cgroup/pids/cgrun.job-1795489200123-77 [pids]\n");
}

static const char beyond[] = "[Job]\nCommand=true\n[Limits]\nMemoryHigh=1G\nAllowedCPUs=0-1\n"
                             "IOWriteBandwidthMax=/var 1M\nIOWeight=50\nMemorySwapMax=1G\n";

static const struct {
    const char *what, *remedy;
} refusals[] = {
    {"memory-high '1073741824': the memory controller is on cgroup v1 here, which cannot throttle "
     "at a mark",
     "drop the limit"},
    {"memory-swap-max '1073741824': cgroup v1 limits memory and swap together, which needs "
     "memory-max as well",
     "drop the limit"},
    {"allowed-cpus '0-1': the cpuset controller is not available in this cgroup",
     "run `cgjob doctor` to see which controllers are where and how to enable them"},
    {"io-weight '50': no disk here uses the bfq scheduler, which honours weights",
     "choose bfq in /sys/block/DISK/queue/scheduler"},
    {"io-write-bandwidth-max '/var 1048576': cgroup v1 holds only direct writes to it, not "
     "buffered "
     "ones",
     "drop the limit"},
};

static void test_all_that_cannot_be_enforced_is_told(void **state)
{
    _cleanup_buf_ struct buf expected = {0};

    (void)state;
    for (size_t i = 0; i < LEN(refusals); i++)
        buf_addf(&expected,
                 "%s: expected a limit that this host can enforce; nothing was started; %s, or add "
                 "--allow-degraded to run without it\n",
                 refusals[i].what, refusals[i].remedy);
    assert_plan(&host_hybrid, beyond, buf_text(&expected));
}

static void test_degraded(void **state)
{
    char job[400];

    (void)state;
    snprintf(job, sizeof(job), "%s[Job]\nAllowDegraded=yes\n", beyond);
    assert_plan(
        &host_hybrid, job,
        "/sys/fs/cgroup/unified/a/cgrun.job-1795489200123-77 []\n"
        "/sys/fs/cgroup/memory/a/b/cgrun.job-1795489200123-77 [memory]\n"
        "/sys/fs/cgroup/blkio/cgrun.job-1795489200123-77 [blkio]\n"
        "  blkio.throttle.write_bps_device = 254:0 1048576\n"
        "/sys/fs/cgroup/pids/cgrun.job-1795489200123-77 [pids]\n"
        "without MemoryHigh 1073741824: the memory controller is on cgroup v1 here, which "
        "cannot throttle at a mark\n"
        "without MemorySwapMax 1073741824: cgroup v1 limits memory and swap together, which "
        "needs memory-max as well\n"
        "without AllowedCPUs 0-1: the cpuset controller is not available in this cgroup\n"
        "without IOWeight 50: no disk here uses the bfq scheduler, which honours weights\n"
        "without IOWriteBandwidthMax /var 1048576: only direct writes are held to it "
        "(cgroup v1)\n");
}

static void test_what_is_refused(void **state)
{
    (void)state;
    assert_plan(&host_legacy, "[Job]\nCommand=true\n",
                "cgroup2 is not mounted, so a job has no identity: expected a cgroup2 hierarchy; "
                "nothing was started; run as root with CAP_SYS_ADMIN, which a container has to be "
                "granted: cgrun then mounts one\n");
    assert_plan(&host_v2, "[Job]\nCommand=true\nLockWait=1m\nLogMax=1M\n",
                "lock-wait without --lock: expected a lock to wait for; nothing was started, "
                "correct it and retry\n"
                "log-max without --detach: expected a log, which a job in the background has, or "
                "--output on-failure; "
                "nothing was started, correct it and retry\n");
    assert_plan(&host_closed_container, "[Job]\nCommand=true\n",
                "cgroup2 is mounted read-only at /sys/fs/cgroup, so a job can have no cgroup: "
                "expected a cgroup2 hierarchy that can be written; nothing was started; give an "
                "outer cgrun --delegate, or have the container's runtime mount it so (podman: "
                "--security-opt unmask=/sys/fs/cgroup)\n");
    assert_plan(&host_half_container, "[Job]\nCommand=true\n[Limits]\nTasksMax=9\n",
                "tasks-max '9': the pids controller is mounted read-only: expected a limit that "
                "this host can enforce; nothing was started; have its hierarchy mounted for "
                "writing, as a container's runtime decides, or add --allow-degraded to run without "
                "it\n");
}

/* A host of v1 hierarchies alone gets one of cgroup2 for the identity of its jobs. */
static void test_cgroup2_is_mounted_where_it_lacks(void **state)
{
    _cleanup_facts_ struct host_facts facts = {0};
    struct job_spec spec;
    struct plan plan = {0};
    struct plan_inputs inputs = {.now_ms = 5, .pid = 77};
    struct err_list errors = {0};
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    job_spec_init(&spec);
    assert_int_equal(strv_add(&spec.argv, "true"), 0);
    host_facts_from(&facts, &host_legacy);
    facts_plan_cgroup2(&facts, "/run/cgrun/cgroup2");
    facts_parse_own(&facts, "2:memory:/\n0::/\n");
    assert_int_equal(facts.layout, HOST_LEGACY);
    assert_int_equal(plan_make(&plan, &spec, &facts, &inputs, &errors), 0);
    assert_true(plan.mount_cgroup2);
    writes(&plan, &got);
    assert_string_equal(buf_text(&got), "/run/cgrun/cgroup2/cgrun.job-5-77 []\n"
                                        "/cg/memory/cgrun.job-5-77 [memory]\n");
    assert_int_equal(plan.mounts, 2);
    assert_string_equal(plan.mount[1].path, "/run/cgrun/cgroup2");
    plan_free(&plan);
    plan_inputs_free(&inputs);
    job_spec_free(&spec);
}

static void test_parents(void **state)
{
    (void)state;
    assert_plan(&host_v2, "[Job]\nCommand=true\nParent=batch/low\n",
                "/sys/fs/cgroup/user.slice/session-2.scope/batch/low/cgrun.job-1795489200123-77 "
                "[memory pids cpu io]\n");
    assert_plan(&host_v2, "[Job]\nCommand=true\nParent=/user.slice/session-2.scope/x\n",
                "/sys/fs/cgroup/user.slice/session-2.scope/x/cgrun.job-1795489200123-77 "
                "[memory pids cpu io]\n");
    assert_plan(
        &host_v2, "[Job]\nCommand=true\nParent=/user.slice/session-2.scopeX\n",
        "parent '/user.slice/session-2.scopeX': outside /user.slice/session-2.scope, the "
        "caller's cgroup in /sys/fs/cgroup: expected a path within the caller's own cgroup, "
        "or a relative one; nothing was started, correct it and retry\n");
    assert_plan(&host_v2, "[Job]\nCommand=true\nParent=../other\n",
                "parent '../other': expected a path without '.' and '..'; "
                "nothing was started, correct it and retry\n");
}

static void test_whole_text(void **state)
{
    struct planned p __attribute__((cleanup(planned_free)));
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    assert_int_equal(plan_for(&p, &host_v2, all_limits), 0);
    plan_text(&p.plan, &got);
    assert_string_equal(
        buf_text(&got),
        "job make\n"
        "  command            /usr/bin/make -j4\n"
        "  owner              build\n"
        "run\n"
        "  ends with          the command; the rest is killed\n"
        "  if cgrun is killed what is left of it is ended by the next cgrun\n"
        "  processes counted  yes, if this kernel allows\n"
        "  ledger             failures and the largest\n"
        "cgroups, created now and removed at the end\n"
        "  cgrun moves to     /sys/fs/cgroup/user.slice/session-2.scope/cgrun.leaf-77\n"
        "  in /sys/fs/cgroup/user.slice/session-2.scope: cgroup.subtree_control = +memory +pids "
        "+cpu +io\n"
        "  v2 /sys/fs/cgroup/user.slice/session-2.scope/cgrun.job-1795489200123-77 (memory pids "
        "cpu "
        "io)\n"
        "    memory.max                     = 536870912            from MemoryMax 536870912\n"
        "    memory.swap.max                = 0                    from MemorySwapMax 0\n"
        "    pids.max                       = 64                   from TasksMax 64\n"
        "    cpu.max                        = 150000 100000        from CPUQuota 150%\n"
        "    cpu.weight                     = 50                   from CPUWeight 50\n"
        "limits of the supervisor and of each process\n"
        "  after wall time    1h00m00s\n"
        "  how                SIGTERM, after 2s SIGKILL to the whole cgroup\n"
        "  should cgrun fail  a process beside it ends the job at these\n"
        "  LimitNOFILE        1024:4096\n"
        "  nice               5\n"
        "confinement\n"
        "  policy             batch, 0 + 0 instructions, 0123456789ab\n"
        "  no new privileges  yes\n"
        "  Landlock domain    yes\n"
        "  signals            not to cgrun, its caller and PID 1 (seccomp)\n"
        "  process group      its own\n"
        "  capabilities taken cap_sys_admin\n"
        "  mount              /sys read-only with all beneath it\n"
        "  mount              /proc read-only with all beneath it\n"
        "nothing was started: this was a dry run\n");
}

/* Without root Landlock does what it can, and says what it cannot; the rest is an error. */
static void test_read_only_without_root(void **state)
{
    static const char *const cannot[] = {"ReadOnlyPaths=/etc\n", "InaccessiblePaths=/root\n",
                                         "ReadWritePaths=/out\n",
                                         "ReadOnlyPaths=/\nPrivateTmp=yes\n"};
    static const char can[] = "[Job]\nCommand=/bin/true\n[Sandbox]\nReadOnlyPaths=/\n"
                              "ReadWritePaths=/out -/gone\n";
    struct planned p __attribute__((cleanup(planned_free)));

    (void)state;
    unprivileged = true;
    assert_int_equal(plan_for(&p, &host_v2, can), 0);
    assert_true(p.plan.landlock_read_only && p.plan.landlock_paths);
    assert_int_equal(p.plan.mounts, 0);
    assert_int_equal(p.plan.policy.notes.count, 1);
    for (size_t i = 0; i < LEN(cannot); i++) {
        struct planned q __attribute__((cleanup(planned_free)));
        char job[256];

        snprintf(job, sizeof(job), "[Job]\nCommand=/bin/true\n[Sandbox]\n%s", cannot[i]);
        assert_int_equal(plan_for(&q, &host_v2, job), -EINVAL);
        assert_non_null(strstr(q.errors.item[0].expected, "root with CAP_SYS_ADMIN"));
    }
    unprivileged = false;
}

static void test_json_says_the_same(void **state)
{
    struct planned p __attribute__((cleanup(planned_free)));
    _cleanup_json_ struct json *doc = NULL;
    const struct json *group, *setting, *rlimit;

    (void)state;
    assert_int_equal(plan_for(&p, &host_v2, all_limits), 0);
    doc = plan_json(&p.plan);
    group = json_at(json_get(doc, "cgroups"), 0);
    setting = json_at(json_get(group, "settings"), 3);
    rlimit = json_at(json_get(doc, "rlimits"), 0);
    assert_string_equal(json_text(json_get(doc, "name")), "make");
    assert_int_equal(json_count(json_get(doc, "argv")), 2);
    assert_int_equal(json_count(json_get(group, "settings")), 5);
    assert_string_equal(json_text(json_get(setting, "asked")), "150%");
    assert_string_equal(json_text(json_get(setting, "value")), "150000 100000");
    assert_string_equal(json_text(json_get(rlimit, "key")), "LimitNOFILE");
    assert_int_equal(json_to_int(json_get(rlimit, "hard"), 0), 4096);
    assert_int_equal(json_to_int(json_get(doc, "runtime_max_seconds"), 0), 3600);
    assert_int_equal(json_count(json_get(doc, "mounts")), 2);
}

static void test_delegated_job_may_write_cgroups(void **state)
{
    struct planned p __attribute__((cleanup(planned_free)));

    (void)state;
    assert_int_equal(plan_for(&p, &host_v2, "[Job]\nCommand=true\n[Sandbox]\nDelegate=yes\n"), 0);
    for (size_t i = 0; i < p.plan.mounts; i++)
        assert_null(strstr(p.plan.mount[i].path, "cgroup"));
}

/* One call seals a mount with all beneath it; what is mounted elsewhere has to be listed. */
static void test_interfaces_are_covered_once(void **state)
{
    const struct host_text host = {
        .mountinfo = "24 22 0:22 / /proc rw - proc proc rw\n"
                     "25 24 0:23 / /proc/sys/fs/binfmt_misc rw - binfmt_misc none rw\n"
                     "26 22 0:23 / /srv/binfmt rw - binfmt_misc none rw\n"
                     "27 22 0:24 / /sys rw - sysfs sysfs rw\n"
                     "28 27 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        .own = "0::/\n",
        .v2_controllers = "memory",
        .release = "6.1.0",
    };
    struct planned p __attribute__((cleanup(planned_free)));
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    assert_int_equal(plan_for(&p, &host, "[Job]\nCommand=true\n"), 0);
    for (size_t i = 0; i < p.plan.mounts; i++)
        buf_addf(&got, "%s ", p.plan.mount[i].path);
    assert_string_equal(buf_text(&got), "/proc /srv/binfmt /sys ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_on_v2),
        cmocka_unit_test(test_limits_on_hybrid),
        cmocka_unit_test(test_no_limits_measures_all_the_same),
        cmocka_unit_test(test_unlimited),
        cmocka_unit_test(test_disks),
        cmocka_unit_test(test_all_that_cannot_be_enforced_is_told),
        cmocka_unit_test(test_degraded),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_cgroup2_is_mounted_where_it_lacks),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_whole_text),
        cmocka_unit_test(test_read_only_without_root),
        cmocka_unit_test(test_json_says_the_same),
        cmocka_unit_test(test_interfaces_are_covered_once),
        cmocka_unit_test(test_delegated_job_may_write_cgroups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
