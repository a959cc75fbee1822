/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of jobs: complete as JSON, cut with a word about it as a table; what a mistyped verb says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/harness.h"

#define JOBS 53

static void expect_jobs(const char *const *args, size_t count)
{
    struct json *doc = cgjob_json(args);

    assert_int_equal(json_count(listed(doc)), count);
    json_free(doc);
}

static void json_is_complete_and_a_cut_table_says_so(void **state)
{
    struct run cut _cleanup_run_ = {0}, all _cleanup_run_ = {0}, none _cleanup_run_ = {0};

    (void)state;
    for (int i = 0; i < JOBS; i++) {
        struct run run _cleanup_run_ = {.no_json = true};

        cgrun(&run, ARGS("--trace", "none", "--name", i % 2 ? "odd" : "even", "--", "/bin/true"));
        expect_status(&run, 0);
    }
    expect_jobs(ARGS("ls", "--json"), JOBS);
    expect_jobs(ARGS("ls", "--json", "--limit", "7"), 7);
    expect_jobs(ARGS("ls", "--json", "--name", "odd"), JOBS / 2);
    expect_jobs(ARGS("ls", "--json", "--name", "neither"), 0);
    cgjob(&cut, ARGS("ls"));
    assert_int_equal(count_text(cut.out, "\n"), 52);
    expect_out(&cut, "3 earlier ones are not listed; --limit 0 lists all\n");
    cgjob(&all, ARGS("ls", "--limit", "0"));
    assert_int_equal(count_text(all.out, "\n"), JOBS + 1);
    expect_no_out(&all, "not listed");
    cgjob(&none, ARGS("ls", "--name", "odd"));
    expect_no_out(&none, "not listed");
}

static void lists_can_be_narrowed(void **state)
{
    struct run good _cleanup_run_ = {0}, bad _cleanup_run_ = {0}, failed _cleanup_run_ = {0};

    (void)state;
    cgrun(&good, ARGS("--name", "narrow", "--tag", "team=db", "--", "true"));
    cgrun(&bad, ARGS("--name", "narrow", "--tag", "team=web", "--", "false"));
    expect_jobs(ARGS("ls", "--json", "--name", "narrow", "--failed"), 1);
    expect_jobs(ARGS("ls", "--json", "--name", "narrow", "--tag", "team=db"), 1);
    expect_jobs(ARGS("ls", "--json", "--name", "narrow", "--tag", "team"), 2);
    expect_jobs(ARGS("ls", "--json", "--name", "narrow", "--tag", "tea"), 0);
    expect_jobs(ARGS("ls", "--json", "--name", "narrow", "--failed", "--tag", "team=db"), 0);
    cgjob(&failed, ARGS("ls", "--failed", "--limit", "1"));
    expect_out(&failed, "exited 1");
    expect_out(&failed, "the latest 1; --limit 0 lists all\n");
}

static void a_running_job_is_waited_for_so_long(void **state)
{
    struct run run _cleanup_run_ = {0}, wait _cleanup_run_ = {0}, frozen _cleanup_run_ = {0},
                   rest _cleanup_run_ = {0}, freeze _cleanup_run_ = {0}, thaw _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--name", "slow", "--", "sh", "-c", "echo up; sleep 3; exit 4"));
    await_output(&run, "up");
    cgjob(&wait, ARGS("wait", "--timeout", "200ms", "slow"));
    expect_status(&wait, 124);
    expect_err(&wait, "has not ended yet");
    cgjob(&freeze, ARGS("freeze", "slow"));
    cgjob(&frozen, ARGS("ls", "--name", "slow"));
    expect_out(&frozen, "frozen");
    cgjob(&thaw, ARGS("thaw", "slow"));
    cgjob(&rest, ARGS("wait", "slow", "--timeout=1m"));
    expect_status(&rest, 4);
    run_wait(&run);
}

static void times_are_local_for_people_and_utc_in_json(void **state)
{
    struct run run _cleanup_run_ = {0}, ls _cleanup_run_ = {0}, show _cleanup_run_ = {0};
    struct json *doc;
    const char *started;

    (void)state;
    cgrun(&run, ARGS("--name", "zone", "--", "true"));
    setenv("TZ", "JST-9", 1);
    cgjob(&ls, ARGS("ls", "--name", "zone"));
    cgjob(&show, ARGS("show", "zone"));
    doc = cgjob_json(ARGS("ls", "--json", "--name", "zone"));
    unsetenv("TZ");
    expect_out(&ls, "STARTED (+0900)");
    expect_out(&show, " +0900");
    started = json_text(json_get(json_at(listed(doc), 0), "started"));
    assert_non_null(started);
    assert_int_equal(started[strlen(started) - 1], 'Z');
    json_free(doc);
}

static void what_was_meant_is_suggested(void **state)
{
    static const struct {
        const char *verb, *option, *text;
    } cases[] = {
        {"shw", NULL, "did you mean show?"},
        {"list", NULL, "did you mean ls?"},
        {"status", NULL, "did you mean show?"},
        {"kill", NULL, "did you mean stop?"},
        {"ls", "--nmae",
         "cgjob: ls: '--nmae': expected an option of this verb; did you mean "
         "--name?; see `cgjob help ls`"},
        {"ls", "--limit", "see `cgjob help ls`"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgjob(&run, ARGS(cases[i].verb, cases[i].option));
        expect_status(&run, 2);
        expect_err(&run, cases[i].text);
    }
}

static void the_short_help_fits_a_screen(void **state)
{
    struct run own _cleanup_run_ = {.no_json = true}, tool _cleanup_run_ = {0};

    (void)state;
    cgrun(&own, ARGS("-h"));
    expect_status(&own, 0);
    assert_in_range(count_text(own.out, "\n"), 10, 24);
    cgjob(&tool, ARGS("-h"));
    expect_status(&tool, 0);
    assert_in_range(count_text(tool.out, "\n"), 8, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_complete_and_a_cut_table_says_so),
        cmocka_unit_test(lists_can_be_narrowed),
        cmocka_unit_test(a_running_job_is_waited_for_so_long),
        cmocka_unit_test(times_are_local_for_people_and_utc_in_json),
        cmocka_unit_test(what_was_meant_is_suggested),
        cmocka_unit_test(the_short_help_fits_a_screen),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("listing", tests);
}
