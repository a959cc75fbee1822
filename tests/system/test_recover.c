/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgrun that was killed: its job is accounted for, ended on request, and nothing is lost. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define PROCESSES 5
#define MANY      12

/* The record of that name as `show` has it. */
static void load(struct run *run, const char *name)
{
    json_free(run->record);
    run->record = cgjob_json(ARGS("show", name, "--json"));
}

/* Starts a job, kills its cgrun, and leaves the job running. */
static void orphan(struct run *run, const char *name)
{
    cgrun_start(run, ARGS("--name", name, "--", job("stubborn"), "5"));
    await_output(run, "ready");
    kill(run->pid, SIGKILL);
    run_wait(run);
    expect_status(run, 137);
    assert_null(run->record);
    /* The git that cgrun had asked about the working directory ends by itself. */
    for (int i = 0; i < 100 && run_processes(run) > PROCESSES; i++)
        sleep_seconds(0.02);
}

static bool any_cgroup_exists(const struct run *run)
{
    const struct json *paths = member(run, "cgroup");
    struct json *value;

    for (size_t i = 0; i < json_members(paths); i++) {
        const char *path;

        json_member(paths, i, &value);
        path = json_text(value);
        if (path && path[0] == '/' && access(path, F_OK) == 0)
            return true;
    }
    return false;
}

static void recovery_ends_what_is_left_and_completes_the_record(void **state)
{
    struct run run _cleanup_run_ = {0}, list _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    orphan(&run, "orphan");
    assert_int_equal(run_processes(&run), PROCESSES);
    load(&run, "orphan");
    assert_true(any_cgroup_exists(&run));
    cgjob(&list, ARGS("ls"));
    expect_status(&list, 0);
    expect_out(&list, "orphan");
    expect_out(&list, "lost");

    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    assert_int_equal(run_processes(&run), 0);
    load(&run, "orphan");
    assert_string_equal(text_of(&run, "state"), "ended");
    expect_verdict(&run, "lost");
    assert_false(any_cgroup_exists(&run));
    expect_between(&run, "ended - started",
                   time_of(text_of(&run, "ended")) - time_of(text_of(&run, "started")), 0, 60);
}

static void recovery_finishes_the_count_of_processes(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    orphan(&run, "counted");
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    load(&run, "counted");
    expect_between(&run, "processes_total", metric(&run, "processes_total"), PROCESSES, PROCESSES);
    expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0, 1);
}

/* A job of half a second has a ring; what ended since waits in it, for whoever goes on. */
static void recovery_fetches_the_rows_that_nobody_had_fetched(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "rows", "--", "sh", "-c",
                           "sleep 0.5; /bin/true; /bin/true; /bin/true; echo up; exec sleep 99"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    load(&run, "rows");
    expect_between(&run, "processes_total", metric(&run, "processes_total"), 5, 5);
    expect_between(&run, "rows_kept", number_of(&run, "ledger.rows_kept"), 5, 5);
    assert_int_equal(run_processes(&run), 0);
}

static void recovery_leaves_running_jobs_alone(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "alive", "--", job("trap")));
    await_output(&run, "ready");
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    sleep_seconds(0.1);
    assert_int_equal(run_processes(&run), 1);
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    expect_verdict(&run, "stopped");
}

static void the_next_job_runs_as_if_nothing_had_been(void **state)
{
    struct run lost _cleanup_run_ = {0}, run _cleanup_run_ = {0};

    (void)state;
    orphan(&lost, "before");
    cgrun(&run, ARGS("--name", "after", "--", job("burn"), "0.1"));
    expect_status(&run, 0);
    expect_between(&run, "processes_total", metric(&run, "processes_total"), 1, 1);
    expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0.1, 0.1 + slack(0.05));
    assert_int_equal(run_processes(&lost), 0); /* ended while it ran */
    load(&run, "after");
    expect_verdict(&run, "exited");
}

static void recovery_of_a_job_that_ended_meanwhile_says_lost_as_well(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "brief", "--", "sh", "-c", "echo up; sleep 0.5"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    while (run_processes(&run))
        sleep_seconds(0.05);
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    load(&run, "brief");
    expect_verdict(&run, "lost");
    assert_false(any_cgroup_exists(&run));
}

/* What may finish is let, and what it came to is in the record. */
static void a_job_that_may_finish_does(void **state)
{
    struct run run _cleanup_run_ = {0}, first _cleanup_run_ = {0}, second _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "finisher", "--if-lost", "keep", "--", "sh", "-c",
                           "echo up; sleep 1.5; exit 7"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    cgjob(&first, ARGS("recover"));
    expect_status(&first, 0);
    expect_out(&first, "finisher: goes on, as it was asked to");
    assert_true(run_processes(&run) > 0);
    while (run_processes(&run))
        sleep_seconds(0.05);
    cgjob(&second, ARGS("recover"));
    expect_status(&second, 0);
    expect_out(&second, "finisher: recorded as lost");
    load(&run, "finisher");
    expect_verdict(&run, "lost");
    /* systemd removes a scope's groups at once, and with them what they knew. */
    if (access("/run/systemd/system", F_OK) != 0 ||
        json_get(member(&run, "verdict.evidence"), "command_exit_code"))
        assert_string_equal(evidence(&run, "command_exit_code"), "7");
    assert_false(any_cgroup_exists(&run));
}

static void what_may_finish_is_ended_if_all_are_asked_for(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0}, why _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "stayer", "--if-lost", "keep", "--", "sh", "-c",
                           "echo up; sleep 1000"));
    await_output(&run, "up");
    kill(run.pid, SIGKILL);
    run_wait(&run);
    cgjob(&why, ARGS("why", "stayer"));
    expect_out(&why, "the job goes on without, as it was asked to");
    cgjob(&recover, ARGS("recover", "--all"));
    expect_status(&recover, 0);
    assert_int_equal(run_processes(&run), 0);
    load(&run, "stayer");
    expect_verdict(&run, "lost");
    expect_event(&run, "kill", "what was left of the job was ended");
}

/* Without anybody asking for it: while the next job runs. */
static void the_next_run_recovers(void **state)
{
    static struct run others[MANY];
    struct run run _cleanup_run_ = {0}, next _cleanup_run_ = {0};

    (void)state;
    for (int i = 0; i < MANY; i++) /* older ones that do run do not stand before it */
        cgrun_start(&others[i], ARGS("--", "sh", "-c", "echo up; exec sleep 1000"));
    for (int i = 0; i < MANY; i++)
        await_output(&others[i], "up");
    orphan(&run, "left");
    cgrun(&next, ARGS("--", "sleep", "0.5"));
    expect_status(&next, 0);
    load(&run, "left");
    assert_string_equal(text_of(&run, "state"), "ended");
    expect_verdict(&run, "lost");
    assert_int_equal(run_processes(&run), 0);
    for (int i = 0; i < MANY; i++) {
        kill(others[i].pid, SIGTERM);
        run_wait(&others[i]);
        expect_verdict(&others[i], "stopped");
        run_free(&others[i]);
    }
}

#define KILLS 200

/* Random moments: in its set-up, as it starts the job, while that runs, at its end. */
static void wherever_cgrun_is_killed_every_job_is_accounted_for(void **state)
{
    struct run recover _cleanup_run_ = {0}, again _cleanup_run_ = {0};
    struct json *list;
    unsigned ended = 0, killed = 0;

    (void)state;
    srand(20);
    for (int i = 0; i < KILLS; i++) {
        struct run one _cleanup_run_ = {0};

        cgrun_start(&one, ARGS("--name", "hunted", "--", "sh", "-c", "sleep 0.01; :"));
        sleep_seconds(slack(0.03) * rand() / RAND_MAX);
        kill(one.pid, SIGKILL);
        run_wait(&one);
        killed += one.status == 137;
        ended += one.status == 0;
    }
    if (killed < KILLS / 4 || ended + killed != KILLS)
        fail_test("%u were killed, %u had ended", killed, ended);
    sleep_seconds(2.5); /* groups without a row are younger than this while they get one */
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    cgjob(&again, ARGS("recover"));
    expect_out(&again, "no job was lost");
    assert_int_equal(host_cgroups_left(false), 0);
    list = cgjob_json(ARGS("ls", "--name", "hunted", "--limit", "0", "--json"));
    assert_true(json_count(listed(list)) >= ended);
    for (size_t i = 0; i < json_count(listed(list)); i++) {
        const struct json *r = json_at(listed(list), i);
        const char *kind = json_text(json_get(json_get(r, "verdict"), "kind"));

        assert_string_equal(json_text(json_get(r, "state")), "ended");
        if (strcmp(kind, "lost") != 0 && strcmp(kind, "exited") != 0)
            fail_test("a record says %s", kind);
    }
    json_free(list);
    assert_int_equal(host_marked(harness_dir(), NULL, 0), 0);
}

/* Somebody else's recovery: of processes and directories, without knowing of the tracer. */
static void the_tracer_forgets_jobs_whose_cgroup_is_gone(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};
    struct json *status;
    pid_t pids[PROCESSES];
    unsigned count;

    (void)state;
    orphan(&run, "foreign");
    count = run_pids(&run, pids, PROCESSES);
    assert_int_equal(count, PROCESSES);
    status = cgjob_json(ARGS("trace", "status", "--json"));
    assert_int_equal(json_to_int(json_get(status, "jobs"), -1), 1);
    json_free(status);
    for (unsigned i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
    while (run_processes(&run))
        sleep_seconds(0.02);
    /* Of a scope systemd has removed them by now; a group emptied a moment ago may be busy yet. */
    for (int i = 0; i < 100 && host_cgroups_left(true); i++)
        sleep_seconds(0.02);
    status = cgjob_json(ARGS("trace", "status", "--json"));
    assert_int_equal(json_to_int(json_get(status, "jobs"), -1), 0);
    json_free(status);
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
    load(&run, "foreign");
    expect_verdict(&run, "lost");
}

static void recovery_with_nothing_to_recover_succeeds(void **state)
{
    struct run recover _cleanup_run_ = {0};

    (void)state;
    cgjob(&recover, ARGS("recover"));
    expect_status(&recover, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovery_ends_what_is_left_and_completes_the_record),
        cmocka_unit_test(recovery_finishes_the_count_of_processes),
        cmocka_unit_test(recovery_fetches_the_rows_that_nobody_had_fetched),
        cmocka_unit_test(recovery_leaves_running_jobs_alone),
        cmocka_unit_test(the_next_job_runs_as_if_nothing_had_been),
        cmocka_unit_test(recovery_of_a_job_that_ended_meanwhile_says_lost_as_well),
        cmocka_unit_test(a_job_that_may_finish_does),
        cmocka_unit_test(what_may_finish_is_ended_if_all_are_asked_for),
        cmocka_unit_test(the_next_run_recovers),
        cmocka_unit_test(wherever_cgrun_is_killed_every_job_is_accounted_for),
        cmocka_unit_test(the_tracer_forgets_jobs_whose_cgroup_is_gone),
        cmocka_unit_test(recovery_with_nothing_to_recover_succeeds),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system recover", tests);
}
