/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs side by side and within each other, their rings, and the pins they share. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"
#include "tests/system/tracer_case.h"

#define STORM 20000

static int fork_many(void *data)
{
    int count = *(int *)data;

    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return 1;
    }
    return 0;
}

static void claim(struct traced *t)
{
    struct err err;

    assert_int_equal(tracer_job_claim_ring(tracer_case_tracer, &t->job, &err), 0);
}

static uint64_t memory_now(void)
{
    struct tracer_status status;
    struct err err;

    assert_int_equal(tracer_status(tracer_case_pins, &status, &err), 0);
    assert_true(status.memory <= status.memory_max);
    return status.memory;
}

static void a_ring_is_made_when_it_is_claimed_first_and_stays(void **state)
{
    const uint64_t ring = UINT64_C(1) << 20;
    uint64_t before = memory_now(), with_one = 0;
    struct traced t;

    (void)state;
    for (int i = 0; i < 2; i++) {
        traced_begin(&t, "ring", NULL);
        claim(&t);
        assert_int_equal(t.job.ring, 0);
        traced_finish(&t);
        traced_end(&t);
        with_one = i == 0 ? memory_now() : with_one;
    }
    assert_true(with_one >= before + ring);
    assert_true(memory_now() < with_one + ring);
}

static void a_storm_through_a_ring_is_complete_or_says_what_it_lost(void **state)
{
    int count = STORM, status;
    struct traced t;
    pid_t pid;

    (void)state;
    traced_begin(&t, "storm", NULL);
    claim(&t);
    assert_false(t.job.pool_used_up);
    pid = traced_spawn(&t, fork_many, &count);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        usleep(20000);
        traced_poll(&t);
    }
    assert_int_equal(status, 0);
    traced_finish(&t);
    assert_int_equal(t.totals.processes_ended, STORM + 1);
    assert_int_equal(t.totals.dropped, 0);
    traced_end(&t);
}

/* Nobody fetches: more than ring and table hold is lost, and counted as lost. */
static void what_nobody_fetches_is_counted_as_dropped(void **state)
{
    int count = (1 << 20) / JOB_TABLE_PART + 2000;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "unread", fork_many, &count), 0);
    assert_int_equal(t.totals.processes_ended, count + 1);
    assert_true(t.totals.dropped >= 2001);
    assert_int_equal(t.count, t.totals.processes_ended - t.totals.dropped);
    traced_end(&t);
}

static int sleep_long(void *data)
{
    (void)data;
    pause();
    return 0;
}

static void jobs_count_for_the_jobs_around_them(void **state)
{
    struct traced outer, inner;
    int few = 3, many = 7;

    (void)state;
    traced_begin(&outer, "outer", NULL);
    traced_begin(&inner, "inner", &outer);
    assert_int_equal(traced_wait(traced_spawn(&outer, fork_many, &few)), 0);
    assert_int_equal(traced_wait(traced_spawn(&inner, fork_many, &many)), 0);
    traced_finish(&inner);
    assert_int_equal(inner.totals.processes_ended, 8);
    assert_int_equal(inner.count, 8);
    traced_finish(&outer);
    assert_int_equal(outer.totals.processes_ended, 12);
    assert_int_equal(outer.count, 12);
    assert_true(outer.totals.used.cpu_ns > inner.totals.used.cpu_ns);
    traced_end(&inner);
    traced_end(&outer);
}

static void processes_below_the_jobs_cgroup_are_its_own(void **state)
{
    struct traced job, below;
    int few = 3;
    struct err err;

    (void)state;
    traced_begin(&job, "job", NULL);
    traced_begin(&below, "below", &job);
    tracer_job_remove(tracer_case_tracer, &below.job);
    assert_int_equal(traced_wait(traced_spawn(&below, fork_many, &few)), 0);
    traced_finish(&job);
    assert_int_equal(job.count, 4);
    assert_int_equal(
        tracer_job_totals(tracer_case_tracer, below.job.cgroup_id, &below.totals, &err), -ENOENT);
    assert_int_equal(rmdir(below.path), 0);
    traced_end(&job);
}

static void *wait_on_thread(void *data)
{
    (void)data;
    usleep(200000);
    return NULL;
}

static int move_in(void *data)
{
    pthread_t thread[3];

    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread[i], NULL, wait_on_thread, NULL) != 0)
            return 1;
    if (file_write_at(AT_FDCWD, data, "0") < 0)
        return 1;
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 5;
}

static void a_process_that_was_moved_in_is_counted_once_and_says_so(void **state)
{
    char path[300];
    struct traced t;
    pid_t pid;

    (void)state;
    traced_begin(&t, "moved", NULL);
    snprintf(path, sizeof(path), "%s/cgroup.procs", t.path);
    pid = fork();
    if (pid == 0)
        _exit(move_in(path));
    assert_int_equal(traced_wait(pid), 5 << 8);
    traced_finish(&t);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.report[0].record.flags & JOB_RECORD_NO_START, JOB_RECORD_NO_START);
    assert_int_equal(t.report[0].record.threads, 4);
    assert_int_equal(t.report[0].record.status, 5 << 8);
    traced_end(&t);
}

static void when_the_rings_are_used_up_the_table_serves_on(void **state)
{
    struct traced t[JOB_RINGS + 1];
    struct tracer_status status;
    char name[16];
    int few = 10;
    struct err err;

    (void)state;
    for (int i = 0; i <= JOB_RINGS; i++) {
        snprintf(name, sizeof(name), "job%d", i);
        traced_begin(&t[i], name, NULL);
        claim(&t[i]);
        assert_int_equal(t[i].job.pool_used_up, i == JOB_RINGS);
    }
    assert_int_equal(tracer_status(tracer_case_pins, &status, &err), 0);
    assert_int_equal(status.rings_held, JOB_RINGS);
    assert_int_equal(status.jobs, JOB_RINGS + 1);
    for (int i = 0; i <= JOB_RINGS; i++)
        assert_int_equal(traced_wait(traced_spawn(&t[i], fork_many, &few)), 0);
    for (int i = 0; i <= JOB_RINGS; i++) {
        traced_finish(&t[i]);
        assert_int_equal(t[i].count, 11);
        assert_int_equal(t[i].totals.records, i == JOB_RINGS ? 11 : 0);
        traced_end(&t[i]);
    }
    assert_int_equal(tracer_status(tracer_case_pins, &status, &err), 0);
    assert_int_equal(status.rings_held, 0);
    assert_int_equal(status.jobs, 0);
}

/* Of a supervisor with a job and a ring, that is killed. */
static void supervise_until_killed(struct traced *t, int ready)
{
    struct err err;
    int few = 4;

    tracer_close(tracer_case_tracer);
    if (tracer_open(&tracer_case_tracer, tracer_case_pins, NULL, &err) < 0)
        _exit(1);
    claim(t);
    if (traced_wait(traced_spawn(t, fork_many, &few)) != 0 || write(ready, "x", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void a_killed_supervisors_records_are_still_there(void **state)
{
    struct traced t, other;
    int ready[2], few = 2;
    pid_t pid;
    char c;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    traced_begin(&t, "killed", NULL);
    pid = fork();
    if (pid == 0)
        supervise_until_killed(&t, ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(traced_wait(pid), SIGKILL);
    close(ready[0]);
    close(ready[1]);

    /* Another job's ring is not that one while there are others. */
    traced_begin(&other, "other", NULL);
    claim(&other);
    assert_int_equal(traced_wait(traced_spawn(&other, fork_many, &few)), 0);
    traced_finish(&other);
    assert_int_equal(other.count, 3);
    traced_end(&other);

    t.job.ring_fd = -1;
    t.job.inherited = true;
    traced_finish(&t);
    assert_int_equal(t.count, 5);
    traced_end(&t);
}

static void another_process_finds_the_pins_and_the_jobs(void **state)
{
    struct tracer *second = NULL;
    struct job_totals totals;
    bool attached_now = true;
    struct traced t;
    struct err err;
    pid_t pid;

    (void)state;
    traced_begin(&t, "shared", NULL);
    pid = fork();
    if (pid == 0) {
        if (tracer_open(&second, tracer_case_pins, &attached_now, &err) < 0 || attached_now)
            _exit(1);
        _exit(tracer_job_totals(second, t.job.cgroup_id, &totals, &err) < 0 ? 2 : 0);
    }
    assert_int_equal(traced_wait(pid), 0);
    traced_finish(&t);
    assert_int_equal(t.count, 0);
    traced_end(&t);
}

static void detaching_is_refused_while_there_are_jobs(void **state)
{
    struct traced t;
    struct err err;
    pid_t pid;

    (void)state;
    traced_begin(&t, "busy", NULL);
    pid = traced_spawn(&t, sleep_long, NULL);
    assert_int_equal(tracer_detach(tracer_case_pins, false, &err), -EBUSY);
    assert_int_not_equal(err.retry[0], 0);
    kill(pid, SIGTERM);
    assert_int_equal(traced_wait(pid), SIGTERM);
    traced_finish(&t);
    assert_int_equal(t.count, 1);
    traced_end(&t);
}

/* What another version of cgrun has attached: the same map here, pinned where that one would. */
static void another_layout_goes_with_its_last_job(void **state)
{
    char other[300], jobs[320], own[300];
    struct traced t;
    struct err err;
    int map;

    (void)state;
    snprintf(own, sizeof(own), "%s/v%d/jobs", tracer_case_pins, JOB_EVENTS_LAYOUT);
    snprintf(other, sizeof(other), "%s/v0", tracer_case_pins);
    snprintf(jobs, sizeof(jobs), "%s/jobs", other);
    traced_begin(&t, "old", NULL);
    map = bpf_obj_get(own);
    assert_true(map >= 0);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(bpf_obj_pin(map, jobs), 0);
    close(map);
    assert_int_equal(tracer_forget_gone(tracer_case_pins, host_v2_mount(), &err), 0);
    assert_int_equal(access(other, F_OK), 0); /* its job is there */
    traced_finish(&t);
    traced_end(&t);
    assert_int_equal(tracer_forget_gone(tracer_case_pins, host_v2_mount(), &err), 0);
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(access(own, F_OK), 0);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Every launch pays for it: the best of some, so that a busy machine does not decide. */
static void a_job_costs_the_launcher_under_250_us(void **state)
{
    double best = 1e9;

    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct tracer_job job = {.cgroup_id = (1ULL << 62) + i, .ring_fd = -1};
        struct job_totals totals;
        struct tracer *t = NULL;
        double start = now_us();
        struct err err;

        assert_int_equal(tracer_open(&t, tracer_case_pins, NULL, &err), 0);
        assert_int_equal(tracer_job_add(t, job.cgroup_id, NULL, 0, NULL, &err), 0);
        assert_int_equal(tracer_job_finish(t, &job, 1000, NULL, NULL, &totals, &err), 0);
        tracer_job_remove(t, &job);
        tracer_close(t);
        if (now_us() - start < best)
            best = now_us() - start;
    }
    expect_within("open, add, finish and remove, in microseconds", best, 0, 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_made_when_it_is_claimed_first_and_stays),
        cmocka_unit_test(a_storm_through_a_ring_is_complete_or_says_what_it_lost),
        cmocka_unit_test(what_nobody_fetches_is_counted_as_dropped),
        cmocka_unit_test(jobs_count_for_the_jobs_around_them),
        cmocka_unit_test(processes_below_the_jobs_cgroup_are_its_own),
        cmocka_unit_test(a_process_that_was_moved_in_is_counted_once_and_says_so),
        cmocka_unit_test(when_the_rings_are_used_up_the_table_serves_on),
        cmocka_unit_test(a_killed_supervisors_records_are_still_there),
        cmocka_unit_test(another_process_finds_the_pins_and_the_jobs),
        cmocka_unit_test(detaching_is_refused_while_there_are_jobs),
        cmocka_unit_test(another_layout_goes_with_its_last_job),
        cmocka_unit_test(a_job_costs_the_launcher_under_250_us),
    };

    return TRACER_CASES("tracer_jobs", tests);
}
