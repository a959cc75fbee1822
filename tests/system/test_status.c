/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit status of cgrun, and the verdict that stands behind it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void exits_with_the_commands_own_status(void **state)
{
    static const struct {
        const char *script;
        int status;
    } cases[] = {{"exit 0", 0}, {"exit 3", 3}, {"exit 255", 255}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--", "/bin/sh", "-c", cases[i].script));
        expect_status(&run, cases[i].status);
        expect_verdict(&run, "exited");
        assert_int_equal((int)number_of(&run, "verdict.exit_code"), cases[i].status);
        assert_string_equal(text_of(&run, "state"), "ended");
    }
}

/* 123 to 127 mean something when cgrun says them; said by the command, they are just its own. */
static void statuses_that_cgrun_uses_itself_stay_the_commands_own(void **state)
{
    static const char *const scripts[] = {"exit 123", "exit 124", "exit 125", "exit 126",
                                          "exit 127"};

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--", "/bin/sh", "-c", scripts[i]));
        expect_status(&run, 123 + i);
        expect_verdict(&run, "exited");
    }
}

static void ignore_children(void)
{
    signal(SIGCHLD, SIG_IGN);
}

/* What it ignores is inherited by programs; the kernel would then reap the job, unseen. */
static void a_caller_that_ignores_its_children_is_told_the_status(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = ignore_children};
    struct run session _cleanup_run_ = {.before_exec = ignore_children, .no_json = true};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "true & wait; exit 7"));
    expect_status(&run, 7);
    expect_verdict(&run, "exited");
    cgrun(&session, ARGS("--runs", "2", "--", "/bin/sh", "-c", "exit 7"));
    expect_status(&session, 7);
}

static void death_by_signal_n_gives_128_plus_n(void **state)
{
    static const struct {
        const char *script;
        int signal;
    } cases[] = {{"kill -TERM $$", 15}, {"kill -KILL $$", 9}, {"ulimit -c 0; kill -SEGV $$", 11}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--", "/bin/sh", "-c", cases[i].script));
        expect_status(&run, 128 + cases[i].signal);
        expect_verdict(&run, "signaled");
        assert_int_equal((int)number_of(&run, "verdict.signal"), cases[i].signal);
    }
}

static void the_wall_time_limit_gives_124(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--timeout", "0.4s", "--", "sleep", "60"));
    expect_status(&run, 124);
    expect_verdict(&run, "timeout");
    expect_near(&run, "limit_seconds", atof(evidence(&run, "limit_seconds")), 0.4, 1e-6);
    expect_between(&run, "wall_seconds", metric(&run, "wall_seconds"), 0.4, 0.4 + slack(0.5));
}

static void the_cpu_time_limit_counts_the_whole_tree_and_gives_124(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--cpu-time-max", "0.5s", "--", "/bin/sh", "-c",
                     "\"$0\" 20 & \"$0\" 20 & (\"$0\" 20 &); wait", job("burn")));
    expect_status(&run, 124);
    expect_verdict(&run, "cpu_timeout");
    expect_near(&run, "limit_seconds", atof(evidence(&run, "limit_seconds")), 0.5, 1e-6);
    expect_between(&run, "cpu_seconds", metric(&run, "cpu_seconds"), 0.5, 0.5 + slack(0.25));
}

static void an_unmet_expectation_gives_123(void **state)
{
    struct run run _cleanup_run_ = {0};
    const struct json *first;

    (void)state;
    cgrun(&run, ARGS("--expect", "wall_seconds<0.05", "--", "sleep", "0.2"));
    expect_status(&run, 123);
    expect_verdict(&run, "exited");
    first = json_at(member(&run, "expect"), 0);
    assert_false(json_to_bool(json_get(first, "held"), true));
}

static void expectations_that_hold_give_0(void **state)
{
    struct run run _cleanup_run_ = {0};
    char script[512], exists[512];
    const char *result = scratch("result");

    (void)state;
    snprintf(script, sizeof(script), "echo x >%s", result);
    snprintf(exists, sizeof(exists), "nonempty:%s", result);
    cgrun(&run, ARGS("--expect", "wall_seconds<30", "--expect", "processes_failed==0", "--expect",
                     exists, "--", "/bin/sh", "-c", script));
    expect_status(&run, 0);
    assert_int_equal(json_count(member(&run, "expect")), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(json_to_bool(json_get(json_at(member(&run, "expect"), i), "held"), false));
}

static void a_failure_keeps_its_own_status_whatever_was_expected(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--expect", "exists:/nonexistent", "--", "/bin/sh", "-c", "exit 3"));
    expect_status(&run, 3);
}

/* Each of these must be refused before anything happens. */
static void bad_options_give_125_and_start_nothing(void **state)
{
    const char *witness = scratch("started");
    const char *const bad[][2] = {
        {"--memory-max", "5GG"},   {"--tasks-max", "-1"},     {"--timeout", "soon"},
        {"--cpu-quota", "lots"},   {"--nice", "99"},          {"--expect", "wall_seconds"},
        {"-p", "NoSuchKey=1"},     {"--no-such-option", "1"}, {"--policy", "/nonexistent.json"},
        {"--user", "no-such-user"}};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS(bad[i][0], bad[i][1], "--", "touch", witness));
        expect_status(&run, 125);
        expect_err(&run, "cgrun: ");
        assert_null(run.record);
        if (access(witness, F_OK) == 0)
            fail_test("%s: started the command", run.command);
    }
}

static void every_error_is_reported_in_three_parts_at_once(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "5GG", "--tasks-max", "few", "--", "true"));
    expect_status(&run, 125);
    expect_err(&run, "memory-max '5GG': expected ");
    expect_err(&run, "tasks-max 'few': expected ");
    expect_err(&run, "nothing was started");
    assert_int_equal(count_text(run.err, "\n"), 2);
}

/* A place that there is no room for is not one that is cut short. */
static void places_with_too_long_paths_are_refused(void **state)
{
    static const char *const places[] = {"CGRUN_RUN_DIR", "CGRUN_CACHE_DIR", "CGRUN_DB"};
    char assigned[700];

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct run run _cleanup_run_ = {0}, ls _cleanup_run_ = {0};
        int n = snprintf(assigned, sizeof(assigned), "%s=%s/", places[i], scratch(""));

        while (n < 650)
            n += snprintf(assigned + n, sizeof(assigned) - (size_t)n, "/part");
        run_start(&run,
                  ARGS("/usr/bin/env", assigned, harness_cgrun(), "--lock", "l", "--", "true"));
        run_wait(&run);
        expect_status(&run, 125);
        expect_err(&run, ": expected a path of at most ");
        run_start(&ls, ARGS("/usr/bin/env", assigned, harness_cgjob(), "ls"));
        run_wait(&ls);
        assert_int_not_equal(ls.status, 0);
        expect_err(&ls, ": expected a path of at most ");
    }
    assert_int_not_equal(access(scratch("part"), F_OK), 0);
}

static void no_command_gives_125(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "64M"));
    expect_status(&run, 125);
}

static void refused_runs_leave_no_row(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct json *before = cgjob_json(ARGS("ls", "--json")), *after;
    size_t count = json_count(listed(before));

    (void)state;
    cgrun(&run, ARGS("--memory-max", "5GG", "--", "true"));
    expect_status(&run, 125);
    after = cgjob_json(ARGS("ls", "--json"));
    assert_int_equal(json_count(listed(after)), count);
    json_free(before);
    json_free(after);
}

static void expect_start_failed(const struct run *run, int status, const char *error)
{
    expect_status(run, status);
    expect_verdict(run, "start_failed");
    assert_string_equal(evidence(run, "step"), "execute the command");
    assert_string_equal(evidence(run, "errno"), error);
}

static void a_missing_command_gives_127(void **state)
{
    struct run by_name _cleanup_run_ = {0}, by_path _cleanup_run_ = {0}, script _cleanup_run_ = {0};
    const char *file = scratch("orphan.sh");

    (void)state;
    cgrun(&by_name, ARGS("--", "no-such-command"));
    expect_start_failed(&by_name, 127, "2");
    cgrun(&by_path, ARGS("--", "/no/such/command"));
    expect_start_failed(&by_path, 127, "2");
    write_file(file, "#!/no/such/interpreter\n");
    chmod(file, 0755);
    cgrun(&script, ARGS("--", file));
    expect_start_failed(&script, 127, "2");
}

static void what_cannot_be_executed_gives_126(void **state)
{
    struct run plain _cleanup_run_ = {0}, directory _cleanup_run_ = {0}, bad _cleanup_run_ = {0};
    const char *file = scratch("plain.txt"), *binary = scratch("bad.bin");

    (void)state;
    write_file(file, "not a program\n");
    cgrun(&plain, ARGS("--", file));
    expect_start_failed(&plain, 126, "13");
    cgrun(&directory, ARGS("--", "/tmp"));
    expect_start_failed(&directory, 126, "13");
    write_file(binary, "\177ELF and no more");
    chmod(binary, 0755);
    cgrun(&bad, ARGS("--", binary));
    expect_start_failed(&bad, 126, "8");
}

static void option_parsing_stops_at_the_command(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("echo", "--memory-max", "5GG", "--help"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "--memory-max 5GG --help\n");
}

static void it_is_quiet_in_a_script_when_all_is_well(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--memory-max", "64M", "--", "true"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "");
    assert_string_equal(run.err, "");
}

static void the_jobs_streams_are_the_callers(void **state)
{
    struct run run _cleanup_run_ = {.input = scratch("input")};

    (void)state;
    write_file(run.input, "from the caller\n");
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "cat; echo to stderr >&2"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "from the caller\n");
    assert_string_equal(run.err, "to stderr\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exits_with_the_commands_own_status),
        cmocka_unit_test(statuses_that_cgrun_uses_itself_stay_the_commands_own),
        cmocka_unit_test(a_caller_that_ignores_its_children_is_told_the_status),
        cmocka_unit_test(death_by_signal_n_gives_128_plus_n),
        cmocka_unit_test(the_wall_time_limit_gives_124),
        cmocka_unit_test(the_cpu_time_limit_counts_the_whole_tree_and_gives_124),
        cmocka_unit_test(an_unmet_expectation_gives_123),
        cmocka_unit_test(expectations_that_hold_give_0),
        cmocka_unit_test(a_failure_keeps_its_own_status_whatever_was_expected),
        cmocka_unit_test(bad_options_give_125_and_start_nothing),
        cmocka_unit_test(every_error_is_reported_in_three_parts_at_once),
        cmocka_unit_test(places_with_too_long_paths_are_refused),
        cmocka_unit_test(no_command_gives_125),
        cmocka_unit_test(refused_runs_leave_no_row),
        cmocka_unit_test(a_missing_command_gives_127),
        cmocka_unit_test(what_cannot_be_executed_gives_126),
        cmocka_unit_test(option_parsing_stops_at_the_command),
        cmocka_unit_test(it_is_quiet_in_a_script_when_all_is_well),
        cmocka_unit_test(the_jobs_streams_are_the_callers),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system status", tests);
}
