/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that others chose, in each form that is written: none of it is acted upon by a reader. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/err.h"
#include "runner/base/escape.h"
#include "runner/base/json.h"
#include "runner/base/json_text.h"
#include "runner/present/csv.h"

#define RLO "\u202e"

struct escape_case {
    const char *bytes, *want;
};

static void check(const struct escape_case *cases, size_t count,
                  void (*form)(const char *bytes, struct buf *out))
{
    for (size_t i = 0; i < count; i++) {
        _cleanup_buf_ struct buf got = {0};

        form(cases[i].bytes, &got);
        assert_string_equal(buf_text(&got), cases[i].want);
    }
}

#define CHECK(cases, form) check(cases, sizeof(cases) / sizeof((cases)[0]), form)

static void test_terminal(void **state)
{
    static const struct escape_case cases[] = {
        {"", ""},
        {"caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"},
        {"\x1b[31m", "\\x1b[31m"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\x7f\xc2\x9b", "\\x7f\\xc2\\x9b"},
        {"\xff\xe2\x80", "\\xff\\xe2\\x80"},
        {"txt." RLO "exe", "txt.\\u202eexe"},
        {"\u2066\u2069\u200e\u200f\u061c", "\\u2066\\u2069\\u200e\\u200f\\u061c"},
        {"a\u200bb\u2028c\ufeff", "a\\u200bb\\u2028c\\ufeff"},
        {"\U000e0041", "\\U000e0041"},
    };

    (void)state;
    CHECK(cases, escape_terminal);
}

static void test_csv(void **state)
{
    static const struct escape_case cases[] = {
        {"plain", "plain"},  {"", "\"\""},
        {"=1+1", "'=1+1"},   {"@SUM(1)", "'@SUM(1)"},
        {"+1", "'+1"},       {"-1", "'-1"},
        {"  =1", "'  =1"},   {"\uff1d1", "'\uff1d1"},
        {"\tx", "'\\x09x"},  {"\rx", "'\\x0dx"},
        {"a,b", "\"a,b\""},  {"=\"a\"", "\"'=\"\"a\"\"\""},
        {"a\nb", "a\\x0ab"}, {"\xff\x1b" RLO, "\\xff\\x1b\\u202e"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_buf_ struct buf got = {0};

        csv_text(&got, cases[i].bytes);
        assert_string_equal(buf_text(&got), cases[i].want);
    }
}

static void test_html(void **state)
{
    static const struct escape_case cases[] = {
        {"<b a=\"x\">'&", "&#60;b a=&#34;x&#34;&#62;&#39;&#38;"},
        {"\x1b" RLO, "\\x1b\\u202e"},
    };

    (void)state;
    CHECK(cases, escape_html);
}

static void test_markdown(void **state)
{
    static const struct escape_case text[] = {
        {"plain, as it is: 1.5", "plain, as it is: 1.5"},
        {"<img src=x>", "&#60;img src=x&#62;"},
        {"[a](javascript:b)", "\\[a\\](javascript:b)"},
        {"a|b*c_d`e", "a\\|b\\*c\\_d\\`e"},
        {"http://x", "http&#58;//x"},
        {"a@b", "a&#64;b"},
        {"a\n# b", "a\\x0a\\# b"},
        {RLO, "\\u202e"},
    };
    static const struct escape_case code[] = {
        {"ls", "`ls`"},        {"a`b", "`` a`b ``"}, {"`` `", "``` `` ` ```"},
        {"a\nb", "`a\\x0ab`"}, {"", "`  `"},
    };

    (void)state;
    CHECK(text, escape_markdown);
    CHECK(code, escape_markdown_code);
}

/* Both writers of JSON, and back. */
static void test_json(void **state)
{
    static const struct escape_case cases[] = {
        {"a" RLO "b", "\"a\\u202Eb\""},
        {"\x7f\xc2\x85", "\"\\u007F\\u0085\""},
        {"\U000e0041", "\"\\uDB40\\uDC41\""},
        {"caf\u00e9\n", "\"caf\u00e9\\n\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_json_ struct json *value = json_bytes(cases[i].bytes), *back = NULL;
        _cleanup_free_ char *dumped = json_dump(value, 0);
        _cleanup_buf_ struct buf text = {0};
        struct err err;

        json_add_bytes(&text, NULL, cases[i].bytes);
        assert_string_equal(buf_text(&text), cases[i].want);
        assert_string_equal(dumped, cases[i].want);
        assert_int_equal(json_parse(text.data, text.len, "text", &back, &err), 0);
        assert_string_equal(json_text(back), cases[i].bytes);
    }
}

static void test_errors(void **state)
{
    struct err err;
    char line[256];

    (void)state;
    err_set(&err, 1, "a name", NULL, "name '%s'", "a\x1b[2J\nb" RLO);
    assert_string_equal(err_line(&err, line, sizeof(line)),
                        "name 'a\\x1b[2J\\x0ab\\u202e': expected a name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal), cmocka_unit_test(test_csv),  cmocka_unit_test(test_html),
        cmocka_unit_test(test_markdown), cmocka_unit_test(test_json), cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
