/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nearest known name to what was typed, and none where nothing is near. */
#include "runner/base/suggest.h"
#include "runner/spec/settings.h"
#include "tests/unit/unit.h"

static const char *nearest(const char *word)
{
    static const char *const names[] = {"show", "ls", "stop", "usage", "thaw", "top"};
    struct suggestion s = suggest_begin(word, 3);

    for (size_t i = 0; i < LEN(names); i++)
        suggest_consider(&s, names[i]);
    return s.name;
}

static void test_letters(void **state)
{
    (void)state;
    assert_string_equal(nearest("shw"), "show");   /* left out */
    assert_string_equal(nearest("shwo"), "show");  /* swapped */
    assert_string_equal(nearest("showw"), "show"); /* too many */
    assert_string_equal(nearest("stap"), "stop");  /* another */
    assert_string_equal(nearest("usge"), "usage");
    assert_string_equal(nearest("sl"), "ls");
    assert_null(nearest("compare"));
    assert_null(nearest("xy"));
    assert_null(nearest(""));
}

static void test_options_and_keys(void **state)
{
    static const struct {
        const char *word;
        bool key;
        const char *option;
    } cases[] = {
        {"memmax", false, "memory-max"},      {"memory-limit", false, "memory-max"},
        {"memory-maxx", false, "memory-max"}, {"time-limit", false, "timeout"},
        {"cpuquota", false, "cpu-quota"},     {"MemMax", true, "MemoryMax"},
        {"TaskMax", true, "TasksMax"},        {"zzzzzzzz", false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *got = setting_nearest(cases[i].word, cases[i].key);

        if (!got != !cases[i].option || (got && strcmp(got, cases[i].option) != 0))
            fail_msg("%s: %s", cases[i].word, got ? got : "none");
    }
}

/* Longer than any name: no distance is worked out. */
static void test_long_words(void **state)
{
    char word[5000];

    (void)state;
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_null(nearest(word));
    assert_null(setting_nearest(word, false));
}

static void test_short_help_is_one_screen(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    unsigned lines = 0, column = 0;

    (void)state;
    settings_help_short(&text);
    for (const char *c = buf_text(&text); *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        lines += *c == '\n';
        assert_true(column <= 80);
    }
    assert_in_range(lines, 10, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_options_and_keys),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_short_help_is_one_screen),
    };

    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
