/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job ends at its limit also when its cgrun is killed or stopped. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void load(struct run *run, const char *name)
{
    json_free(run->record);
    run->record = cgjob_json(ARGS("show", name, "--json"));
}

/* The keeper is one of its processes. */
static void await_processes(struct run *run, unsigned count, double seconds)
{
    double until = now_seconds() + slack(seconds);

    while (run_processes(run) != count && now_seconds() < until)
        sleep_seconds(0.05);
    assert_int_equal(run_processes(run), count);
}

static void a_job_whose_cgrun_was_killed_ends_at_its_limit(void **state)
{
    static const char *const limits[][2] = {{"--timeout", "3s"}, {"--cpu-time-max", "2s"}};
    const char *const jobs[] = {job("stubborn"), job("burn")};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

        if (i == 0)
            cgrun_start(&run, ARGS("--name", "orphan", limits[i][0], limits[i][1], "--kill-after",
                                   "200ms", "--", jobs[i]));
        else
            cgrun_start(&run, ARGS("--name", "orphan", limits[i][0], limits[i][1], "--kill-after",
                                   "200ms", "--", "sh", "-c", "echo ready; while :; do :; done"));
        await_output(&run, "ready");
        await_processes(&run, 2, 2);
        kill(run.pid, SIGKILL);
        run_wait(&run);
        assert_true(run_processes(&run) > 0);
        await_processes(&run, 0, 8);
        cgjob(&recover, ARGS("recover"));
        expect_status(&recover, 0);
        load(&run, "orphan");
        expect_verdict(&run, "lost");
        if (access("/run/systemd/system", F_OK) != 0) { /* which removes a scope at once */
            assert_string_equal(evidence(&run, "ended_at"), i ? "CPU time limit" : "time limit");
            expect_event(&run, "stop", "its keeper ended the job");
        }
    }
}

static void a_job_whose_cgrun_was_stopped_ends_at_its_limit(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--timeout", "3s", "--kill-after", "200ms", "--", job("stubborn")));
    await_output(&run, "ready");
    await_processes(&run, 2, 2);
    kill(run.pid, SIGSTOP);
    await_processes(&run, 1, 8);
    kill(run.pid, SIGCONT);
    run_wait(&run);
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    expect_event(&run, "stop", "its keeper ended the job");
    assert_string_equal(evidence(&run, "killed"), "yes");
}

static void a_job_that_shall_end_with_its_cgrun_does(void **state)
{
    struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "bound", "--if-lost", "end", "--kill-after", "100ms", "--",
                           job("stubborn")));
    await_output(&run, "ready");
    await_processes(&run, 2, 2);
    kill(run.pid, SIGKILL);
    run_wait(&run);
    await_processes(&run, 0, 2);
    cgjob(&recover, ARGS("recover"));
    load(&run, "bound");
    expect_verdict(&run, "lost");
}

/* Without a policy a root job may do all of this to its cgrun; it ends at its limit all the same.
 */
static void what_is_taken_from_cgrun_does_not_keep_the_job(void **state)
{
    static const char *const attacks[] = {"nofile", "nice scheduler affinity", "nofile nice"};

    (void)state;
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct run run _cleanup_run_ = {0};
        char script[512];

        snprintf(script, sizeof(script), "'%s' $PPID %s; exec \"$0\"", job("assail"), attacks[i]);
        cgrun(&run, ARGS("--policy", "none", "--timeout", "500ms", "--kill-after", "200ms", "--",
                         "sh", "-c", script, job("stubborn")));
        expect_status(&run, 124);
        expect_verdict(&run, "timeout");
        expect_out(&run, ": done");
        assert_string_equal(evidence(&run, "killed"), "yes");
        assert_int_equal(run_processes(&run), 0);
    }
}

static void a_job_that_ends_or_stops_its_cgrun_gains_nothing(void **state)
{
    static const char *const signals[] = {"KILL", "STOP"};

    (void)state;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct run run _cleanup_run_ = {0}, recover _cleanup_run_ = {0};
        char script[128];

        snprintf(script, sizeof(script), "kill -%s $PPID; exec \"$0\"", signals[i]);
        cgrun_start(&run, ARGS("--name", "rebel", "--policy", "none", "--timeout", "3s",
                               "--kill-after", "200ms", "--", "sh", "-c", script, job("stubborn")));
        if (i == 1) {
            await_output(&run, "ready");
            await_processes(&run, 1, 8);
            kill(run.pid, SIGCONT);
        }
        run_wait(&run);
        await_processes(&run, 0, 8);
        cgjob(&recover, ARGS("recover"));
        expect_status(&recover, 0);
        load(&run, "rebel");
        expect_verdict(&run, i == 0 ? "lost" : "timeout");
        if (i == 1 || access("/run/systemd/system", F_OK) != 0)
            assert_string_equal(evidence(&run, "killed"), "yes");
    }
}

/* It keeps no lock and no pipe of cgrun's, and is gone with the job. */
static void the_keeper_leaves_nothing(void **state)
{
    struct run run _cleanup_run_ = {0}, again _cleanup_run_ = {0}, lost _cleanup_run_ = {0};
    struct run recover _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--timeout", "60s", "--", "true"));
    expect_status(&run, 0);
    assert_int_equal(run_processes(&run), 0);
    cgrun_start(&lost, ARGS("--lock", "one", "--timeout", "60s", "--", "sleep", "50"));
    await_processes(&lost, 2, 2);
    kill(lost.pid, SIGKILL);
    run_wait(&lost);
    assert_int_equal(run_processes(&lost), 2);
    cgrun(&again, ARGS("--lock", "one", "--", "true"));
    expect_status(&again, 0);
    cgjob(&recover, ARGS("recover"));
    await_processes(&lost, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_whose_cgrun_was_killed_ends_at_its_limit),
        cmocka_unit_test(a_job_whose_cgrun_was_stopped_ends_at_its_limit),
        cmocka_unit_test(a_job_that_shall_end_with_its_cgrun_does),
        cmocka_unit_test(what_is_taken_from_cgrun_does_not_keep_the_job),
        cmocka_unit_test(a_job_that_ends_or_stops_its_cgrun_gains_nothing),
        cmocka_unit_test(the_keeper_leaves_nothing),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("keeper", tests);
}
