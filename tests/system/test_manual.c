/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual pages as people see them: rendered, and compared with the tables of the programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/spec/settings.h"
#include "tests/system/harness.h"

#define PAGE_MAX (1 << 20)

static const char *const pages[] = {"cgrun.1", "cgjob.1", "cgrun.job.5", "cgrun-record.5"};

static char *page(const char *name)
{
    struct run run _cleanup_run_ = {0};
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", scratch("manual"), name);
    run_start(&run, ARGS("/usr/bin/groff", "-man", "-Tutf8", "-P-cbou", "-rLL=100n", "-rHY=0",
                         "-ww", path));
    run_wait(&run);
    expect_status(&run, 0);
    if (*run.err)
        fail_test("%s: groff warns: %s", name, run.err);
    return strdup(run.out);
}

static int make_pages(void **state)
{
    struct run run _cleanup_run_ = {0};
    int r = harness_setup(state);

    if (r < 0)
        return r;
    run_start(&run, ARGS("tools/dev/make-manual", harness_cgjob(), scratch("manual")));
    run_wait(&run);
    return run.status;
}

static void pages_render_without_a_warning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct run lint _cleanup_run_ = {0};
        _cleanup_free_ char *text = page(pages[i]);
        char path[512];

        if (!strstr(text, "NAME") || !strstr(text, "SEE ALSO") || strstr(text, "@VERSION@"))
            fail_test("%s: no whole page: %s", pages[i], text);
        snprintf(path, sizeof(path), "%s/%s", scratch("manual"), pages[i]);
        run_start(&lint, ARGS("/usr/bin/mandoc", "-Tlint", "-Wwarning", path));
        run_wait(&lint);
        if (lint.status)
            fail_test("%s: mandoc warns: %s", pages[i], lint.out);
    }
}

/* The line of an option: its letter, its name and its argument, each apart. */
static const char *expect_term(const char *text, const struct setting *row)
{
    const char *at;
    char term[160];

    snprintf(term, sizeof(term), "\n       %s%c%s--%s%s%s\n", row->short_option ? "-" : "",
             row->short_option ? row->short_option : '\b', row->short_option ? ", " : "",
             row->option, setting_argument_optional(row) ? "" : " ", row->argument);
    if (!row->short_option)
        memmove(term + 8, term + 9, strlen(term + 8));
    at = strstr(text, term);
    if (!at)
        fail_test("cgrun.1 lacks or garbles:%s", term);
    return at;
}

/* Each option stands after the heading of its own group, and before the next. */
static void options_stand_whole_under_the_heading_of_their_group(void **state)
{
    _cleanup_free_ char *text = page("cgrun.1");
    const char *at = text;

    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        char heading[80];

        if (i == 0 || settings[i].group != settings[i - 1].group) {
            snprintf(heading, sizeof(heading), "\n   %s\n", setting_group_title(settings[i].group));
            at = strstr(at, heading);
            if (!at)
                fail_test("cgrun.1 lacks the heading '%s'", setting_group_title(settings[i].group));
        }
        if (expect_term(text, &settings[i]) < at)
            fail_test("--%s stands before the heading of its group", settings[i].option);
        at = expect_term(text, &settings[i]);
    }
}

static unsigned count_headings(const char *text)
{
    unsigned count = 0;

    for (; (text = strstr(text, "\n   ")); text += 4)
        count += text[4] != ' ';
    return count;
}

static void there_is_no_heading_that_is_no_groups(void **state)
{
    _cleanup_free_ char *text = page("cgrun.1");

    (void)state;
    assert_int_equal(count_headings(text), SETTING_GROUPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_render_without_a_warning),
        cmocka_unit_test(options_stand_whole_under_the_heading_of_their_group),
        cmocka_unit_test(there_is_no_heading_that_is_no_groups),
        cmocka_unit_test(nothing_is_left),
    };

    return cmocka_run_group_tests(tests, make_pages, harness_teardown);
}
