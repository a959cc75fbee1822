/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs of an ordinary user: nobody, and a number that has no entry anywhere. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/ordinary_user.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Where the caller can have a cgroup after all there is nothing here to be tested. */
static void expect_no_cgroup(const struct run *run)
{
    if (!strstr(text_of(run, "cgroup.none"), "belongs to another user"))
        fail_test("why there is no cgroup is not said");
}

static void everyday_commands_run_and_are_recorded(void **state)
{
    struct run run _cleanup_run_ = {0}, ls _cleanup_run_ = {0}, why _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--", job("burn"), "0.3"));
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
    expect_no_cgroup(&run);
    assert_string_equal(run.err, "");
    expect_near(&run, "CPU seconds", metric(&run, "cpu_seconds"), 0.3, cpu_slack(0.1));
    assert_string_equal(text_of(&run, "metrics.cpu_seconds.source"), "rusage:children");
    assert_false(metric_is_available(&run, "memory_peak_bytes"));
    assert_false(metric_is_available(&run, "processes_total"));
    as_user(&ls, harness_cgjob(), ARGS("ls"));
    expect_status(&ls, 0);
    expect_out(&ls, "burn");
    as_user(&why, harness_cgjob(), ARGS("show", "burn"));
    expect_out(&why, "belongs to another user");
    assert_int_equal(access(in_home(".local/state/cgrun/jobs.db"), F_OK), 0);
}

static void doctor_says_what_there_is_for_this_user(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    as_user(&run, harness_cgjob(), ARGS("doctor"));
    expect_status(&run, 0);
    expect_out(&run, "belongs to another user");
    expect_out(&run, "jobs run without one");
    expect_no_out(&run, "no job can be started");
}

static void ends_are_named_as_for_root(void **state)
{
    static const struct {
        const char *script, *kind;
        int status;
    } ends[] = {
        {"exit 7", "exited", 7},
        {"kill -SEGV $$", "signaled", 128 + SIGSEGV},
        {"exec /nonexistent/program", "exited", 127},
    };
    struct run missing _cleanup_run_ = {0};

    (void)state;
    for (size_t i = 0; i < LEN(ends); i++) {
        struct run run _cleanup_run_ = {0};

        users_job(&run, ARGS("--", "/bin/sh", "-c", ends[i].script));
        expect_status(&run, ends[i].status);
        expect_verdict(&run, ends[i].kind);
    }
    users_job(&missing, ARGS("--", "/nonexistent/program"));
    expect_status(&missing, 127);
    expect_verdict(&missing, "start_failed");
}

static void a_killing_policy_is_seen(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--policy", "strict", "--", "/usr/bin/unshare", "-U", "true"));
    expect_verdict(&run, "seccomp");
}

static void a_time_limit_ends_what_ignores_the_stop_signal(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--timeout", "0.3", "--kill-after", "0.2", "--", job("stubborn"), "20"));
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    assert_string_equal(evidence(&run, "killed"), "yes");
    expect_between(&run, "seconds", run.seconds, 0.5, slack(3));
    assert_int_equal(run_processes(&run), 0);
}

static void daemons_are_ended_with_the_command(void **state)
{
    static const char script[] = "(setsid sh -c 'trap \"\" HUP TERM; (sleep 701 &); sleep 702' &); "
                                 "(setsid sleep 703 &); sleep 0.1; exit 4";
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--", "/bin/sh", "-c", script));
    expect_status(&run, 4);
    expect_event(&run, "stragglers", "");
    assert_int_equal(run_processes(&run), 0);
}

static void a_daemons_time_is_counted(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--wait", "all", "--", job("daemon_burn"), "0.4"));
    expect_status(&run, 0);
    expect_near(&run, "CPU seconds", metric(&run, "cpu_seconds"), 0.4, cpu_slack(0.15));
    expect_between(&run, "seconds", run.seconds, 0.4, slack(5));
}

/* Of a user that nobody else is: its limit of processes is the bomb's alone. */
static void what_forks_meanwhile_is_ended_too(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    ordinary_user = NAMELESS;
    users_job(&run, ARGS("--limit-nproc", "80", "--timeout", "0.5", "--kill-after", "0.1", "--",
                         job("fork_bomb"), "--yes-under-a-limit"));
    ordinary_user = NOBODY;
    expect_verdict(&run, "timeout");
    assert_string_equal(evidence(&run, "killed"), "yes");
    expect_between(&run, "seconds", run.seconds, 0.5, slack(8));
    assert_int_equal(run_processes(&run), 0);
}

static void what_never_stays_is_ended_too(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--timeout", "0.3", "--kill-after", "0.1", "--", job("comet"), "4"));
    expect_verdict(&run, "timeout");
    assert_string_equal(evidence(&run, "killed"), "yes");
    expect_between(&run, "seconds", run.seconds, 0.4, slack(8));
    assert_int_equal(run_processes(&run), 0);
}

/* A child of the caller's that came with exec is none of the job's. */
static void start_a_stranger(void)
{
    become_user();
    if (fork() == 0) {
        execl("/bin/sleep", "sleep", "704", NULL);
        _exit(99);
    }
}

static void children_that_the_caller_had_are_left_alone(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = start_a_stranger};
    pid_t left[4];
    unsigned n;

    (void)state;
    users_job(&run, ARGS("--", "/bin/sh", "-c", "sleep 705 & exit 0"));
    expect_status(&run, 0);
    n = run_pids(&run, left, LEN(left));
    for (unsigned i = 0; i < n && i < LEN(left); i++)
        kill(left[i], SIGKILL);
    assert_int_equal(n, 1);
}

static void paths_and_limits_hold(void **state)
{
    static const char script[] =
        "ulimit -n; grep NoNewPrivs /proc/self/status; touch \"$1/yes\" && echo made; "
        "touch \"$1/../home-no\" 2>/dev/null || touch \"$0\" 2>/dev/null || echo refused";
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--limit-nofile", "77", "--read-only-paths", "/", "--read-write-paths",
                         in_home("w"), "--dry-run", "--", "true"));
    expect_status(&run, 125); /* the directory is not there yet */
    run_free(&run);
    mkdir(in_home("w"), 0700);
    assert_int_equal(chown(in_home("w"), ordinary_user, ordinary_user), 0);
    run = (struct run){0};
    users_job(&run, ARGS("--limit-nofile", "77", "--read-only-paths", "/", "--read-write-paths",
                         in_home("w"), "--", "/bin/sh", "-c", script, in_home("no"), in_home("w")));
    expect_out(&run, "77\n");
    expect_out(&run, "NoNewPrivs:\t1\n");
    expect_out(&run, "made\n");
    expect_out(&run, "refused\n");
}

static void limits_that_are_left_out_are_not_said_to_be_in_force(void **state)
{
    static const char *const keys[] = {"MemoryMax", "TasksMax", "CPUQuota", "CPUTimeMax"};
    struct run run _cleanup_run_ = {0};

    (void)state;
    users_job(&run, ARGS("--allow-degraded", "--memory-max", "64M", "--tasks-max", "5",
                         "--cpu-quota", "50%", "--cpu-time-max", "0.1", "--", job("burn"), "0.4"));
    expect_status(&run, 0);
    for (size_t i = 0; i < LEN(keys); i++) {
        const struct json *limit = limit_of(&run, keys[i]);

        if (!limit || json_text(json_get(limit, "effective")) ||
            json_is_number(json_get(limit, "effective")) || !json_text(json_get(limit, "note")))
            fail_test("%s is not told as left out", keys[i]);
        expect_event(&run, "degraded", keys[i]);
    }
}

static void jobs_in_the_background_are_followed_and_stopped(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true}, stop _cleanup_run_ = {0},
                   logs _cleanup_run_ = {0}, freeze _cleanup_run_ = {0}, top _cleanup_run_ = {0},
                   ps _cleanup_run_ = {0}, wait _cleanup_run_ = {0};
    char id[16];

    (void)state;
    users_job(&run, ARGS("-d", "--name", "bg", "--", "/bin/sh", "-c", "echo here; sleep 706"));
    expect_status(&run, 0);
    snprintf(id, sizeof(id), "%d", atoi(run.out));
    for (int i = 0; i < 100 && run_processes(&run) < 3; i++)
        sleep_seconds(0.02); /* cgrun, the shell, and what that has yet to start */
    sleep_seconds(0.05);
    as_user(&ps, harness_cgjob(), ARGS("ps", "--live", id));
    expect_out(&ps, "sleep");
    as_user(&top, harness_cgjob(), ARGS("top", "--once"));
    expect_out(&top, "bg");
    as_user(&freeze, harness_cgjob(), ARGS("freeze", id));
    expect_status(&freeze, 1);
    expect_err(&freeze, "has no cgroup");
    as_user(&stop, harness_cgjob(), ARGS("stop", id));
    expect_out(&stop, "stopped");
    as_user(&wait, harness_cgjob(), ARGS("wait", id));
    expect_status(&wait, 128 + SIGTERM);
    as_user(&logs, harness_cgjob(), ARGS("logs", id));
    expect_out(&logs, "here\n");
    assert_int_equal(run_processes(&run), 0);
}

static void sessions_and_expectations_work(void **state)
{
    struct run runs _cleanup_run_ = {.no_json = true}, ab _cleanup_run_ = {.no_json = true},
                    failed _cleanup_run_ = {0}, compare _cleanup_run_ = {0};

    (void)state;
    users_job(&runs, ARGS("--runs", "3", "--label", "before", "--", "true"));
    expect_status(&runs, 0);
    users_job(&ab, ARGS("--runs", "5", "--ab", "true", "sleep 0.05"));
    expect_status(&ab, 0);
    as_user(&compare, harness_cgjob(), ARGS("compare", "A", "B"));
    expect_out(&compare, "wall");
    users_job(&failed, ARGS("--expect", "wall_seconds < 0.01", "--", "sleep", "0.1"));
    expect_status(&failed, 123);
}

static char delegated[600];

/* As a service manager delegates: the directory and what says who is in it. */
static void make_delegated(void)
{
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control"};

    snprintf(delegated, sizeof(delegated), "%s/cgrun-test-delegated-%d", host_v2_mount(), getpid());
    assert_int_equal(mkdir(delegated, 0755), 0);
    for (size_t i = 0; i < LEN(files); i++) {
        char path[700];

        snprintf(path, sizeof(path), "%s%s", delegated, files[i]);
        assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    }
}

static void become_user_there(void)
{
    char path[700];
    FILE *f;

    snprintf(path, sizeof(path), "%s/cgroup.procs", delegated);
    f = fopen(path, "we");
    if (!f || fputs("0", f) < 0 || fclose(f) < 0)
        _exit(96);
    become_user();
}

static void a_delegated_cgroup_is_used(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = become_user_there};

    (void)state;
    if (!host_v2_mount())
        skip();
    make_delegated();
    users_job(&run, ARGS("--", "/bin/sh", "-c", "(setsid sleep 707 &); exit 0"));
    assert_int_equal(rmdir(delegated), 0);
    expect_status(&run, 0);
    if (strncmp(text_of(&run, "cgroup.v2"), delegated, strlen(delegated)) != 0)
        fail_test("%s is not beneath %s", text_of(&run, "cgroup.v2"), delegated);
    assert_string_equal(text_of(&run, "metrics.cpu_seconds.source"), "cgroup.v2:cpu.stat");
    assert_int_equal(run_processes(&run), 0);
}

static void a_lost_job_is_told_and_its_command_has_ended(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true}, recover _cleanup_run_ = {0},
                   show _cleanup_run_ = {0};
    pid_t pids[8];
    unsigned n;

    (void)state;
    users_job(&run, ARGS("-d", "--name", "lost", "--", "sleep", "708"));
    for (int i = 0; i < 100 && run_processes(&run) != 2; i++)
        sleep_seconds(0.02);
    n = run_pids(&run, pids, LEN(pids));
    assert_int_equal(n, 2); /* cgrun and its command */
    kill(pids[0] < pids[1] ? pids[0] : pids[1], SIGKILL);
    for (int i = 0; i < 100 && run_processes(&run) > 0; i++)
        sleep_seconds(0.02);
    assert_int_equal(run_processes(&run), 0);
    as_user(&recover, harness_cgjob(), ARGS("recover"));
    expect_status(&recover, 0);
    as_user(&show, harness_cgjob(), ARGS("why", "lost"));
    expect_out(&show, "without a cgroup");
}

/* Without a home and without an entry: still a place that is its own. */
static void without_home(void)
{
    become_user();
    unsetenv("HOME");
}

static void a_user_without_a_home_is_told_where_its_records_are(void **state)
{
    struct run first _cleanup_run_ = {.before_exec = without_home},
                     again _cleanup_run_ = {.before_exec = without_home}, away _cleanup_run_ = {0};
    char dir[64];

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cgrun-%d", NAMELESS);
    ordinary_user = NAMELESS;
    users_job(&first, ARGS("--", "true"));
    users_job(&again, ARGS("--lock", "one", "--", "true"));
    ordinary_user = NOBODY;
    run_start(&away, ARGS("/bin/rm", "-rf", dir));
    run_wait(&away);
    expect_status(&first, 0);
    expect_err(&first, dir);
    expect_err(&first, "HOME is not set");
    expect_status(&again, 0);
    assert_string_equal(again.err, "");
}

/* Only without no-new-privileges: a set-user-ID program that becomes root for good. */
static void what_cannot_be_ended_is_not_said_to_be(void **state)
{
    struct run copy _cleanup_run_ = {0}, run _cleanup_run_ = {0};
    char program[300];
    pid_t pids[4];
    unsigned n;

    (void)state;
    snprintf(program, sizeof(program), "%s", scratch("setpriv"));
    run_start(&copy, ARGS("/bin/cp", "/usr/bin/setpriv", program));
    run_wait(&copy);
    assert_int_equal(chmod(program, 04755), 0);
    users_job(&run, ARGS("--policy", "none", "--no-new-privileges=no", "--timeout", "0.2",
                         "--kill-after", "0.1", "--", program, "--reuid", "0", "--regid", "0",
                         "--clear-groups", "sleep", "709"));
    n = run_pids(&run, pids, LEN(pids));
    for (unsigned i = 0; i < n && i < LEN(pids); i++)
        kill(pids[i], SIGKILL);
    assert_int_equal(n, 1);
    expect_status(&run, 124);
    expect_err(&run, "runs as another user and cannot be ended");
    assert_string_equal(evidence(&run, "killed"), "no");
    if (!evidence(&run, "left"))
        fail_test("the record does not say what was left");
}

/* A home that is read-only, as a container's may be. */
static void with_a_closed_home(void)
{
    become_user();
    setenv("HOME", in_home("closed"), 1);
}

static void a_home_that_cannot_be_written_to_keeps_no_job_from_starting(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = with_a_closed_home},
                   ls _cleanup_run_ = {.before_exec = with_a_closed_home}, away _cleanup_run_ = {0};

    (void)state;
    assert_int_equal(mkdir(in_home("closed"), 0500), 0);
    assert_int_equal(chown(in_home("closed"), ordinary_user, ordinary_user), 0);
    users_job(&run, ARGS("--name", "kept", "--", "true"));
    as_user(&ls, harness_cgjob(), ARGS("ls"));
    run_start(&away, ARGS("/bin/rm", "-rf", "/tmp/cgrun-65534"));
    run_wait(&away);
    expect_status(&run, 0);
    expect_err(&run, "closed/.local/state/cgrun cannot be written to");
    expect_out(&ls, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyday_commands_run_and_are_recorded),
        cmocka_unit_test(doctor_says_what_there_is_for_this_user),
        cmocka_unit_test(ends_are_named_as_for_root),
        cmocka_unit_test(a_killing_policy_is_seen),
        cmocka_unit_test(a_time_limit_ends_what_ignores_the_stop_signal),
        cmocka_unit_test(daemons_are_ended_with_the_command),
        cmocka_unit_test(a_daemons_time_is_counted),
        cmocka_unit_test(what_forks_meanwhile_is_ended_too),
        cmocka_unit_test(what_never_stays_is_ended_too),
        cmocka_unit_test(children_that_the_caller_had_are_left_alone),
        cmocka_unit_test(paths_and_limits_hold),
        cmocka_unit_test(limits_that_are_left_out_are_not_said_to_be_in_force),
        cmocka_unit_test(jobs_in_the_background_are_followed_and_stopped),
        cmocka_unit_test(sessions_and_expectations_work),
        cmocka_unit_test(a_delegated_cgroup_is_used),
        cmocka_unit_test(a_lost_job_is_told_and_its_command_has_ended),
        cmocka_unit_test(a_user_without_a_home_is_told_where_its_records_are),
        cmocka_unit_test(what_cannot_be_ended_is_not_said_to_be),
        cmocka_unit_test(a_home_that_cannot_be_written_to_keeps_no_job_from_starting),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("ordinary", tests);
}
