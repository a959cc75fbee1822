/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits as the job itself finds them, and as they bind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void expect_limit(const struct run *run, const char *key, int64_t asked)
{
    const struct json *l = limit_of(run, key);

    if (!l)
        fail_test("the record does not have the limit %s", key);
    assert_int_equal(json_to_int(json_get(l, "asked"), 0), asked);
    assert_false(json_is_null(json_get(l, "effective")));
    assert_non_null(json_text(json_get(l, "file")));
}

static void the_memory_limit_is_in_the_jobs_own_cgroup(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "64M", "--", job("cgroup_file"), "memory.max",
                     "memory.limit_in_bytes"));
    expect_status(&run, 0);
    expect_out(&run, " 67108864\n");
    expect_limit(&run, "MemoryMax", 67108864);
    assert_int_equal(json_to_int(json_get(limit_of(&run, "MemoryMax"), "effective"), 0), 67108864);
}

static void the_tasks_limit_is_in_the_jobs_own_cgroup_and_binds(void **state)
{
    struct run run _cleanup_run_ = {0}, over _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--tasks-max", "33", "--", job("cgroup_file"), "pids.max"));
    expect_status(&run, 0);
    expect_out(&run, "pids.max 33\n");
    expect_limit(&run, "TasksMax", 33);
    cgrun(&over, ARGS("--tasks-max", "3", "--", job("spawn"), "unwaited", "5", "200"));
    expect_status(&over, 9); /* the job's own way to say that fork failed */
}

static void half_a_processor_is_half_a_processor(void **state)
{
    struct run run _cleanup_run_ = {0};
    double wall;

    (void)state;
    cgrun(&run, ARGS("--cpu-quota", "50%", "--timeout", "2s", "--kill-after", "0.2s", "--",
                     "/bin/sh", "-c", "\"$0\" 20 & exec \"$0\" 20", job("burn")));
    expect_status(&run, 124);
    wall = metric(&run, "wall_seconds");
    expect_between(&run, "cpu_seconds per second", metric(&run, "cpu_seconds") / wall, 0.4, 0.6);
    expect_between(&run, "cpu_throttled_seconds", metric(&run, "cpu_throttled_seconds"), 0.5,
                   2 * wall);
}

static void the_cpu_weight_is_in_the_jobs_own_cgroup(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--cpu-weight", "50", "--", job("cgroup_file"), "cpu.weight", "cpu.shares"));
    expect_status(&run, 0);
    expect_out(&run, host_controller("cpu") == 2 ? "cpu.weight 50\n" : "cpu.shares 512\n");
}

static void the_job_runs_on_the_allowed_processors_only(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--allowed-cpus", "0", "--", job("state")));
    expect_status(&run, 0);
    expect_out(&run, "cpus 0\n");
}

static void resource_limits_are_the_jobs(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("-p", "LimitNOFILE=100:200", "-p", "LimitFSIZE=1M", "-p", "LimitCORE=0", "--",
                     job("state")));
    expect_status(&run, 0);
    expect_out(&run, "limit nofile 100 200\n");
    expect_out(&run, "limit fsize 1048576 1048576\n");
    expect_out(&run, "limit core 0 0\n");
}

static void nice_and_oom_score_are_the_jobs(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--nice", "7", "--oom-score-adjust", "321", "--", job("state")));
    expect_status(&run, 0);
    expect_out(&run, "nice 7\n");
    expect_out(&run, "oom_score_adj 321\n");
}

/* From the limits to the OOM score: what follows are signals and credentials. */
static void expect_the_callers_limits(void (*before_exec)(void))
{
    struct run bare _cleanup_run_ = {.before_exec = before_exec};
    struct run run _cleanup_run_ = {.before_exec = before_exec};
    size_t limits;

    run_start(&bare, ARGS(job("state")));
    run_wait(&bare);
    cgrun(&run, ARGS("--", job("state")));
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
    limits = (size_t)(strstr(bare.out, "SigQ") - strstr(bare.out, "limit cpu"));
    assert_memory_equal(strstr(run.out, "limit cpu"), strstr(bare.out, "limit cpu"), limits);
}

static void without_limits_the_jobs_are_the_callers(void **state)
{
    (void)state;
    expect_the_callers_limits(NULL);
}

/* Less than the database has, and fewer than cgrun opens. */
static void tighten(void)
{
    static const struct {
        __rlimit_resource_t resource;
        rlim_t soft;
    } rows[] = {{RLIMIT_FSIZE, 4096}, {RLIMIT_NOFILE, 6}, {RLIMIT_CPU, 20}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rlimit limit;

        getrlimit(rows[i].resource, &limit);
        limit.rlim_cur = rows[i].soft;
        setrlimit(rows[i].resource, &limit);
    }
}

static void the_callers_limits_bind_the_job_and_not_its_record(void **state)
{
    (void)state;
    expect_the_callers_limits(tighten);
}

static void a_limit_that_cannot_be_enforced_is_an_error_before_the_start(void **state)
{
    const char *witness = scratch("started");
    struct run run _cleanup_run_ = {0}, in_force _cleanup_run_ = {0};

    (void)state;
    if (host_controller("memory") == 2) {
        /* Here it can be enforced, so it must be. */
        cgrun(&in_force, ARGS("--memory-high", "64M", "--", job("cgroup_file"), "memory.high"));
        expect_status(&in_force, 0);
        expect_out(&in_force, "memory.high 67108864\n");
        return;
    }
    cgrun(&run, ARGS("--memory-high", "64M", "--", "touch", witness));
    expect_status(&run, 125);
    expect_err(&run, "memory-high '67108864'");
    expect_err(&run, "nothing was started");
    expect_err(&run, "--allow-degraded");
    assert_int_not_equal(access(witness, F_OK), 0);
    assert_null(run.record);
}

static void allow_degraded_makes_it_a_line_of_the_record(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *l;

    (void)state;
    if (host_controller("memory") == 2)
        return; /* the limit of the last test is in force there */
    cgrun(&run, ARGS("--allow-degraded", "--memory-high", "64M", "--memory-max", "128M", "--",
                     job("cgroup_file"), "memory.limit_in_bytes"));
    expect_status(&run, 0);
    expect_out(&run, "memory.limit_in_bytes 134217728\n");
    expect_event(&run, "degraded", "MemoryHigh");
    l = limit_of(&run, "MemoryHigh");
    assert_non_null(l);
    assert_true(json_is_null(json_get(l, "effective")));
    assert_non_null(json_text(json_get(l, "note")));
}

/* Both records are right, and the inner job counts in the outer one as well. */
static void a_job_inside_a_job_is_recorded_by_both(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct json *inner = NULL;
    const char *outer_path, *inner_path;

    (void)state;
    cgrun(&run, ARGS("--name", "outer", "--delegate", "--policy", "none", "--memory-max", "256M",
                     "--", harness_cgrun(), "--name", "inner", "--memory-max", "64M", "--",
                     job("spawn"), "fork", "3", "100"));
    expect_status(&run, 0);
    inner = cgjob_json(ARGS("show", "inner", "--json"));
    outer_path = text_of(&run, "cgroup.v2");
    inner_path = json_text(json_get(json_get(inner, "cgroup"), "v2"));
    assert_non_null(inner_path);
    if (strncmp(inner_path, outer_path, strlen(outer_path)) != 0)
        fail_test("%s is not beneath %s", inner_path, outer_path);
    expect_between(&run, "outer processes_total", metric(&run, "processes_total"), 5, 8);
    expect_between(&run, "outer cpu_seconds", metric(&run, "cpu_seconds"), 0.3, 0.3 + slack(0.1));
    json_free(run.record);
    run.record = inner;
    expect_between(&run, "inner processes_total", metric(&run, "processes_total"), 4, 4);
    expect_between(&run, "inner cpu_seconds", metric(&run, "cpu_seconds"), 0.3, 0.3 + slack(0.05));
    expect_verdict(&run, "exited");
}

static void a_job_inside_a_confined_job_is_refused_in_words(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", harness_cgrun(), "--", "true"));
    expect_status(&run, 125);
    expect_verdict(&run, "exited");
    expect_err(&run, "cgrun: ");
    expect_err(&run, "nothing was started");
}

/* By the plan, before any cgroup is made; a rehearsal says the same. */
static void processors_that_are_not_there_are_refused(void **state)
{
    struct run run _cleanup_run_ = {0}, rehearsal _cleanup_run_ = {0};

    (void)state;
    if (!host_controller("cpuset"))
        return;
    cgrun(&run, ARGS("--allowed-cpus", "0,4000", "--", "true"));
    expect_status(&run, 125);
    expect_err(&run, "allowed-cpus '0,4000': processor 4000 is not among those there are for it");
    cgrun(&rehearsal, ARGS("--allowed-cpus", "0,4000", "--dry-run", "--", "true"));
    expect_status(&rehearsal, 125);
    expect_err(&rehearsal, "processor 4000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_memory_limit_is_in_the_jobs_own_cgroup),
        cmocka_unit_test(the_tasks_limit_is_in_the_jobs_own_cgroup_and_binds),
        cmocka_unit_test(half_a_processor_is_half_a_processor),
        cmocka_unit_test(the_cpu_weight_is_in_the_jobs_own_cgroup),
        cmocka_unit_test(the_job_runs_on_the_allowed_processors_only),
        cmocka_unit_test(resource_limits_are_the_jobs),
        cmocka_unit_test(nice_and_oom_score_are_the_jobs),
        cmocka_unit_test(without_limits_the_jobs_are_the_callers),
        cmocka_unit_test(the_callers_limits_bind_the_job_and_not_its_record),
        cmocka_unit_test(a_limit_that_cannot_be_enforced_is_an_error_before_the_start),
        cmocka_unit_test(allow_degraded_makes_it_a_line_of_the_record),
        cmocka_unit_test(a_job_inside_a_job_is_recorded_by_both),
        cmocka_unit_test(a_job_inside_a_confined_job_is_refused_in_words),
        cmocka_unit_test(processors_that_are_not_there_are_refused),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system limits", tests);
}
