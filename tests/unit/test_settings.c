/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every row of the settings table, with values it takes and values it refuses, through each front
 * end: the option, -p, and a job file must fill the same spec.
 */
#include <stdio.h>

#include "runner/base/escape.h"
#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"
#include "tests/unit/setting_examples.h"
#include "tests/unit/spec_text.h"
#include "tests/unit/unit.h"

enum front_end { BY_OPTION, BY_PROPERTY, BY_FILE };

/* The spec as text, or the errors. */
static int fill(enum front_end by, const struct setting *row, const char *value, struct buf *out)
{
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    _cleanup_buf_ struct buf text = {0};
    enum cmdline_action action;
    int r;

    job_spec_init(&spec);
    if (by == BY_OPTION)
        buf_addf(&text, "--%s=%s", row->option, value);
    else if (by == BY_PROPERTY)
        buf_addf(&text, "%s=%s", row->key, value);
    else
        buf_addf(&text, "[%s]\n%s=%s\n[Job]\nCommand=true\n", setting_section(row), row->key,
                 value);
    if (by == BY_FILE) {
        r = job_text_parse(&spec, buf_text(&text), "t.job", &errors);
        job_spec_check(&spec, &errors);
    } else {
        char program[] = "cgrun", property[] = "-p", command[] = "true";
        char *argv[] = {program, by == BY_OPTION ? text.data : property,
                        by == BY_OPTION ? command : text.data, by == BY_OPTION ? NULL : command,
                        NULL};

        r = cmdline_parse(&spec, by == BY_OPTION ? 3 : 4, argv, &action, &errors);
    }
    assert_int_equal(r<0, errors.count> 0);
    if (r < 0)
        error_lines(&errors, out);
    else
        spec_text(&spec, out);
    return r;
}

static void refused(const struct setting *row, const struct example *e, const char *errors)
{
    _cleanup_buf_ struct buf safe = {0};
    char value[220];

    snprintf(value, sizeof(value), "'%.200s'", escape_text(e->value, &safe));
    if (!strstr(errors, value) || !strstr(errors, ": expected ") ||
        !strstr(errors, "; nothing was started, correct it and retry\n") || strchr(errors, '\n')[1])
        fail_msg("%s=%s: the error does not say all: %s", row->key, e->value, errors);
}

static void check(enum front_end by, const struct example *e)
{
    const struct setting *row = setting_by_key(e->key);
    _cleanup_buf_ struct buf got = {0}, expected = {0};
    int r;

    assert_non_null(row);
    r = fill(by, row, e->value, &got);
    if ((r < 0) != !e->spec)
        fail_msg("front end %d, %s=%s: %s", by, e->key, e->value, buf_text(&got));
    if (!e->spec) {
        refused(row, e, buf_text(&got));
        return;
    }
    buf_addf(&expected, "%s%sarg=true", e->spec, *e->spec ? " " : "");
    assert_string_equal(buf_text(&got), buf_text(&expected));
}

static void test_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        check(BY_OPTION, &examples[i]);
}

static void test_properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        check(BY_PROPERTY, &examples[i]);
}

static void test_job_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++)
        if (strlen(examples[i].value) < 120)
            check(BY_FILE, &examples[i]);
}

/* A setting that nobody tried is a setting that nobody knows to work. */
static void test_every_row_has_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        bool taken = false, turned_down = strcmp(settings[i].key, "SystemCallFilter") == 0;

        for (size_t k = 0; k < LEN(examples); k++)
            if (strcmp(examples[k].key, settings[i].key) == 0)
                *(examples[k].spec ? &taken : &turned_down) = true;
        if (!taken || !turned_down)
            fail_msg("%s lacks an example", settings[i].key);
    }
}

static void test_rows_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        assert_ptr_equal(setting_by_key(settings[i].key), &settings[i]);
        assert_ptr_equal(setting_by_option(settings[i].option), &settings[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(settings[i].short_option &&
                         settings[i].short_option == settings[k].short_option);
    }
    assert_null(setting_by_key("memorymax"));
    assert_null(setting_by_option("MemoryMax"));
}

static void test_nearest_word(void **state)
{
    (void)state;
    assert_string_equal(setting_nearest("memory-mx", false), "memory-max");
    assert_string_equal(setting_nearest("MemoryMaxx", true), "MemoryMax");
    assert_string_equal(setting_nearest("time", false), "timeout");
    assert_null(setting_nearest("xyzzyxyzzy", false));
    assert_null(setting_nearest("", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_job_files),
        cmocka_unit_test(test_every_row_has_examples),
        cmocka_unit_test(test_rows_are_told_apart),
        cmocka_unit_test(test_nearest_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
