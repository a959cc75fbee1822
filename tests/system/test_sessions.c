/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions: how often, until when, what goes before, and what interrupts them. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "tests/system/harness.h"

/* cgrun without --json, which a session does not take. */
static void session(struct run *run, const char *const *args)
{
    run->no_json = true;
    cgrun(run, args);
}

static unsigned runs_of(const char *label)
{
    struct json *all = cgjob_json(ARGS("export", label));
    unsigned n = (unsigned)json_count(all);

    json_free(all);
    return n;
}

static void every_run_is_a_job(void **state)
{
    struct run run _cleanup_run_ = {0}, ls _cleanup_run_ = {0};
    struct json *all;

    (void)state;
    session(&run, ARGS("--runs", "4", "--warmup", "2", "--label", "four", "--session", "s4", "--",
                       "true"));
    expect_status(&run, 0);
    expect_err(&run, "session s4 (four): 4 runs, 2 to warm up, wall median");
    all = cgjob_json(ARGS("export", "s4"));
    assert_int_equal(json_count(all), 6);
    for (size_t i = 0; i < 6; i++) {
        const struct json *r = json_at(all, i);
        const struct json *which = json_get(r, "run");

        assert_int_equal(json_to_int(json_get(which, "number"), 0), (int)i + 1);
        assert_int_equal(json_to_int(json_get(which, "of"), 0), 4);
        assert_int_equal(json_to_bool(json_get(which, "warmup"), false), i < 2);
        assert_string_equal(json_text(json_get(r, "label")), "four");
        assert_string_equal(json_text(json_get(json_get(r, "verdict"), "kind")), "exited");
    }
    json_free(all);
    cgjob(&ls, ARGS("ls", "--session", "s4"));
    expect_status(&ls, 0);
    assert_int_equal(count_text(ls.out, "\n"), 7);
}

static void a_failing_run_ends_it(void **state)
{
    struct run run _cleanup_run_ = {0}, on _cleanup_run_ = {0}, resumed _cleanup_run_ = {0};
    struct run unknown _cleanup_run_ = {0};

    (void)state;
    write_file(scratch("count"), "");
    session(&run, ARGS("--runs", "5", "--session", "stops", "--label", "f", "--", "sh", "-c",
                       "echo >>$0; test $(wc -l <$0) -ne 3 || exit 9", scratch("count")));
    expect_status(&run, 9);
    expect_err(&run, "2 runs");
    expect_err(&run, "1 failed; ended by a run with status 9");
    expect_err(&run, "--session stops --resume does the rest");
    session(&resumed,
            ARGS("--runs", "5", "--session", "stops", "--label", "f", "--resume", "--", "sh", "-c",
                 "echo >>$0; test $(wc -l <$0) -ne 3 || exit 9", scratch("count")));
    expect_status(&resumed, 0);
    assert_int_equal(runs_of("stops"), 6);
    write_file(scratch("count"), "");
    session(&on, ARGS("--runs", "5", "--session", "goes-on", "--ignore-failure", "--", "sh", "-c",
                      "echo >>$0; test $(wc -l <$0) -ne 3 || exit 9", scratch("count")));
    expect_status(&on, 9);
    assert_int_equal(runs_of("goes-on"), 5);
    session(&unknown, ARGS("--runs", "2", "--session", "never-begun", "--resume", "--", "true"));
    expect_status(&unknown, 125);
    expect_err(&unknown, "resume of session 'never-begun': expected a session that was begun");
}

/* Told by its pid alone, it passes the signal on; finished runs stay, and the rest can be done. */
static void an_interrupted_session_is_resumed(void **state)
{
    static const char script[] = "echo up; test -e $0 || { touch $0; exit; }; "
                                 "test -e $0.go || exec sleep 30";
    struct run run = {.no_json = true}, resumed _cleanup_run_ = {0};
    struct run first _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--runs", "3", "--session", "cut", "--label", "cut", "--", "sh", "-c",
                           script, scratch("mark")));
    await_output(&run, "up\nup\n");
    kill(run.pid, SIGTERM);
    run_wait(&run);
    first = run;
    expect_status(&first, 143);
    expect_err(&first, "1 run");
    expect_err(&first, "interrupted");
    assert_int_equal(run_processes(&first), 0);
    write_file(scratch("mark.go"), "");
    session(&resumed, ARGS("--runs", "3", "--session", "cut", "--label", "cut", "--resume", "--",
                           "sh", "-c", script, scratch("mark")));
    expect_status(&resumed, 0);
    assert_int_equal(runs_of("cut"), 4); /* one, the one that was cut off, and two more */
}

static void pairs_are_interleaved(void **state)
{
    struct run run _cleanup_run_ = {0}, told _cleanup_run_ = {0}, one _cleanup_run_ = {0};
    struct json *all;
    unsigned seen[2] = {0}, first_b = 0;

    (void)state;
    write_file(scratch("a file"), "");
    {
        char a[600], b[600];

        snprintf(a, sizeof(a), "%s 10", job("hold"));
        snprintf(b, sizeof(b), "test -e '%s'", scratch("a file"));
        session(&run, ARGS("--runs", "6", "--session", "ab", "--ab", a, b));
    }
    expect_status(&run, 0);
    expect_err(&run, "6 pairs");
    expect_err(&run, "cgjob compare ab:A ab:B");
    all = cgjob_json(ARGS("export", "ab"));
    assert_int_equal(json_count(all), 12);
    for (size_t i = 0; i < 12; i += 2) {
        const char *x = json_text(json_get(json_at(all, i), "label"));
        const char *y = json_text(json_get(json_at(all, i + 1), "label"));

        assert_true(strcmp(x, y) != 0);
        assert_int_equal(json_to_int(json_get(json_get(json_at(all, i), "run"), "pair"), 0),
                         json_to_int(json_get(json_get(json_at(all, i + 1), "run"), "pair"), 1));
        seen[0]++;
        first_b += *x == 'B';
    }
    json_free(all);
    print_message("B was first in %u of %u pairs\n", first_b, seen[0]);
    cgjob(&told, ARGS("compare", "ab:A", "ab:B"));
    expect_out(&told, "compared in 6 pairs");
    session(&one, ARGS("--ab", "true"));
    expect_status(&one, 125);
    expect_err(&one, "ab without two commands");
}

/* Half a pair is none. */
static void a_pair_takes_both(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    session(&run,
            ARGS("--runs", "3", "--session", "half", "--ignore-failure", "--ab", "true", "false"));
    expect_status(&run, 1);
    expect_err(&run, "session half: 0 pairs, "); /* how many were disturbed, if any */
    expect_err(&run, "3 failed");
    assert_int_equal(runs_of("half"), 6);
}

static void until_it_is_known(void **state)
{
    struct run run _cleanup_run_ = {0}, never _cleanup_run_ = {0}, late _cleanup_run_ = {0};
    unsigned n;

    (void)state;
    session(&run, ARGS("--until", "50%", "--session", "known", "--", "sleep", "0.05"));
    expect_status(&run, 0);
    expect_err(&run, "known to within 50 %");
    n = runs_of("known");
    assert_in_range(n, 5, 60);
    session(&never,
            ARGS("--until", "0.01%", "--max-runs", "7", "--session", "unknown", "--", "true"));
    expect_status(&never, 0);
    expect_err(&never, "not known to within 0.01 %");
    assert_int_equal(runs_of("unknown"), 7);
    session(&late, ARGS("--runs", "1000", "--max-time", "500ms", "--session", "late", "--", "sleep",
                        "0.1"));
    expect_status(&late, 0);
    expect_err(&late, "--max-time is over");
    assert_in_range(runs_of("late"), 1, 6);
}

static void what_goes_before_each_run(void **state)
{
    struct run run _cleanup_run_ = {0}, fails _cleanup_run_ = {0}, lacks _cleanup_run_ = {0};
    char prepare[600];

    (void)state;
    write_file(scratch("prepared"), "");
    snprintf(prepare, sizeof(prepare), "sh -c 'echo >>%s'", scratch("prepared"));
    session(&run, ARGS("--runs", "3", "--warmup", "1", "--prepare", prepare, "--cooldown", "100ms",
                       "--drop-caches", "--address-randomization=no", "--session", "ready", "--",
                       "sh", "-c", "cat /proc/self/personality >&2; wc -l", scratch("prepared")));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.err, "00040000\n"), 4); /* ADDR_NO_RANDOMIZE */
    assert_true(run.seconds > 0.3);
    {
        struct json *all = cgjob_json(ARGS("export", "ready"));
        _cleanup_free_ char *text = json_dump(all, 0);

        assert_int_equal(count_text(text, "\"AddressRandomization\""), 4);
        assert_int_equal(count_text(text, "\"DropCaches\""), 4);
        json_free(all);
    }
    session(&fails,
            ARGS("--runs", "3", "--prepare", "false", "--session", "unready", "--", "true"));
    expect_status(&fails, 125);
    expect_err(&fails, "prepare 'false' ended with status 1");
    session(&lacks,
            ARGS("--runs", "3", "--prepare", "/no/such", "--session", "unready2", "--", "true"));
    expect_status(&lacks, 125);
    expect_err(&lacks, "prepare '/no/such'");
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const char *const calls[][5] = {
        {"--warmup", "3", NULL},
        {"--max-runs", "3", NULL},
        {"--resume", "--runs", "3", NULL},
        {"-d", "--runs", "3", NULL},
        {"--rollback-on-failure", NULL},
        {"--rollback-on-failure", "--rollback", "rm -f a | b", NULL},
        {"--runs=2", "--json", "x", NULL},
        {"--runs=2", "--prepare", "touch a && rm b", NULL},
        {"--runs=2", "--prepare", "echo 'open", NULL},
        {"--ab", "echo $HOME | wc", NULL},
        {"--shell", "true", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct run run _cleanup_run_ = {.no_json = true};
        const char *argv[8] = {0};
        size_t n = 0;

        for (; calls[i][n]; n++)
            argv[n] = calls[i][n];
        argv[n++] = "--";
        argv[n] = "true";
        cgrun(&run, argv);
        expect_status(&run, 125);
        expect_err(&run, "; nothing was started, correct it and retry");
    }
}

static void expectations_of_one_job(void **state)
{
    const char *const text = "expect   wall_seconds<0.01 did not hold: ";
    struct run held _cleanup_run_ = {0}, broken _cleanup_run_ = {0};
    double wall;

    (void)state;
    cgrun(&held,
          ARGS("--expect", "exit=0, wall_seconds<60, process_peak_rss_bytes<200M", "--", "true"));
    expect_status(&held, 0);
    cgrun(&broken, ARGS("--expect", "exit=0, wall_seconds<0.01", "--", "sleep", "0.1"));
    expect_status(&broken, 123);
    expect_err(&broken, text);
    wall = metric(&broken, "wall_seconds");
    assert_true(wall >= 0.1);
    expect_between(&broken, "what it said", strtod(strstr(broken.err, text) + strlen(text), NULL),
                   wall * 0.999, wall * 1.001);
}

static void an_isolated_processor(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--cpus", "isolated", "--allow-degraded", "--", "true"));
    expect_status(&run, 0);
    if (host_controller("cpuset"))
        assert_int_equal(
            strspn(json_text(json_get(limit_of(&run, "AllowedCPUs"), "effective")), "0123456789"),
            strlen(json_text(json_get(limit_of(&run, "AllowedCPUs"), "effective"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_is_a_job),
        cmocka_unit_test(a_failing_run_ends_it),
        cmocka_unit_test(an_interrupted_session_is_resumed),
        cmocka_unit_test(pairs_are_interleaved),
        cmocka_unit_test(a_pair_takes_both),
        cmocka_unit_test(until_it_is_known),
        cmocka_unit_test(what_goes_before_each_run),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(expectations_of_one_job),
        cmocka_unit_test(an_isolated_processor),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system sessions", tests);
}
