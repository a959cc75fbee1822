/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/base/base64.h"
#include "runner/base/cleanup.h"
#include "runner/base/json.h"
#include "runner/base/json_text.h"
#include "runner/base/utf8.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void assert_dumps(struct json *value, const char *expected)
{
    _cleanup_free_ char *text = json_dump(value, 0);

    assert_non_null(text);
    assert_string_equal(text, expected);
    json_free(value);
}

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    struct err err = {0};

    if (json_parse(text, strlen(text), "test", &value, &err) < 0)
        fail_msg("%s: %s", text, err.what);
    return value;
}

static void test_builds_in_order(void **state)
{
    struct json *o = json_object_new(), *a = json_array_new();
    struct strv v = {0};

    (void)state;
    json_append(a, json_int(-3));
    json_append(a, json_bool(true));
    json_append(a, json_null_new());
    json_set(o, "z", json_string("a\"b\n\x01"));
    json_set(o, "a", a);
    assert_int_equal(strv_add(&v, "x"), 0);
    assert_int_equal(strv_add(&v, "\xff"), 0);
    json_set(o, "v", json_strv(&v));
    strv_free(&v);
    assert_dumps(o, "{\"z\":\"a\\\"b\\n\\u0001\",\"a\":[-3,true,null],"
                    "\"v\":[\"x\",{\"text\":\"\xef\xbf\xbd\",\"base64\":\"/w==\"}]}");
}

static void test_numbers(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},         {-0.0, "0"},         {3, "3"},
                {0.1, "0.1"},     {2.08, "2.08"},      {9007199254740992.0, "9007199254740992"},
                {1e300, "1e300"}, {1.0 / 0.0, "null"}, {-1.0 / 0.0, "null"}};

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++)
        assert_dumps(json_real(rows[i].value), rows[i].text);
    assert_dumps(json_real(nan("")), "null");
    assert_dumps(json_int(INT64_MIN), "-9223372036854775808");
}

static void test_null_is_sticky(void **state)
{
    (void)state;
    json_set(NULL, "k", json_int(1));
    json_append(NULL, json_int(1));
    assert_null(json_dump(NULL, 0));
    json_free(NULL);
}

static void test_reads(void **state)
{
    _cleanup_json_ struct json *v =
        parse("{\"i\": 7, \"r\": 1.5, \"s\": \"t\", \"b\": false, \"n\": null, \"a\": [1, 2]}");
    struct json *member = NULL;

    (void)state;
    assert_int_equal(json_to_int(json_get(v, "i"), 0), 7);
    assert_int_equal(json_to_int(json_get(v, "r"), -1), -1);
    assert_true(json_to_real(json_get(v, "r"), 0) == 1.5);
    assert_string_equal(json_text(json_get(v, "s")), "t");
    assert_null(json_text(json_get(v, "i")));
    assert_false(json_to_bool(json_get(v, "b"), true));
    assert_true(json_to_bool(json_get(v, "i"), true));
    assert_true(json_is_null(json_get(v, "n")));
    assert_true(json_is_null(json_get(v, "missing")));
    assert_int_equal(json_count(json_get(v, "a")), 2);
    assert_int_equal(json_count(json_get(v, "s")), 0);
    assert_null(json_at(json_get(v, "a"), 2));
    assert_int_equal(json_members(v), 6);
    assert_string_equal(json_member(v, 2, &member), "s");
    assert_string_equal(json_text(member), "t");
    assert_null(json_member(v, 6, &member));
}

static void test_bytes_round_trip(void **state)
{
    static const char *const rows[] = {
        "",        "plain",        "gr\xc3\xbc\xc3\x9f", "\xff\xfe",
        "a\xc3",   "\xed\xa0\x80", "\xc0\x80z",          "tail \xf0\x9f\x98",
        "\x7f\x01"};

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        struct json *made = json_bytes(rows[i]);
        _cleanup_free_ char *text = json_dump(made, 2), *bytes = NULL;
        _cleanup_json_ struct json *read = parse(text);

        bytes = json_get_bytes(read);
        assert_string_equal(bytes, rows[i]);
        assert_int_equal(json_is_string(made), utf8_is_valid(rows[i]));
        json_free(made);
    }
    assert_null(json_get_bytes(NULL));
}

static void test_key_that_is_not_utf8(void **state)
{
    struct json *o = json_object_new();

    (void)state;
    json_set(o, "k\xff", json_int(1));
    assert_dumps(o, "{\"k\xef\xbf\xbd\":1}");
}

static void test_refuses(void **state)
{
    static const char *const rows[] = {"",         "{",     "[1,]",          "{\"a\":1,\"a\":2}",
                                       "1 2",      "nul",   "'a'",           "\"\\u0000\"",
                                       "\"\xff\"", "1e999", "[\"\\ud800\"]", "99999999999999999999",
                                       "{\"a\"}",  "[1}",   "\x01",          "{\"a\":1}x"};

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        struct json *value = NULL;
        struct err err = {0};

        if (json_parse(rows[i], strlen(rows[i]), "input", &value, &err) != -EINVAL)
            fail_msg("accepted: %s", rows[i]);
        assert_null(value);
        assert_non_null(strstr(err.what, "input: line "));
        assert_string_equal(err.expected, "valid JSON");
    }
}

static void test_refuses_deep_nesting(void **state)
{
    static char deep[100001];
    struct json *value = NULL;
    struct err err = {0};

    (void)state;
    memset(deep, '[', sizeof(deep) - 1);
    assert_int_equal(json_parse(deep, sizeof(deep) - 1, "deep", &value, &err), -EINVAL);
    assert_null(value);
}

static void test_base64(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
                {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
    static const char *const bad[] = {
        "Z", "Zg=", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "Z*==", "=AAA", "Zg=A"};
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        _cleanup_free_ char *text = base64_encode(rows[i].bytes, strlen(rows[i].bytes));
        _cleanup_free_ char *bytes = base64_decode(rows[i].text, &n);

        assert_string_equal(text, rows[i].text);
        assert_string_equal(bytes, rows[i].bytes);
        assert_int_equal(n, strlen(rows[i].bytes));
    }
    for (size_t i = 0; i < LEN(bad); i++)
        assert_null(base64_decode(bad[i], &n));
}

static void test_utf8(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"", 0},
                {"a", 1},
                {"\xc3\xbc", 2},
                {"\xe2\x82\xac", 3},
                {"\xf0\x9f\x98\x80", 4},
                {"\x80", 0},
                {"\xc1\xbf", 0},
                {"\xe0\x80\x80", 0},
                {"\xed\xbf\xbf", 0},
                {"\xf4\x90\x80\x80", 0},
                {"\xf8\x88\x80\x80\x80", 0},
                {"\xe2\x82", 0}};

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++)
        assert_int_equal(utf8_char_len(rows[i].text), rows[i].len);
}

/* What is written straight into a buffer is what a tree would be dumped as. */
static void assert_text(const struct buf *text, struct json *value)
{
    assert_false(text->failed);
    assert_dumps(value, buf_text(text));
}

static void test_text_is_the_trees(void **state)
{
    static const char *const strings[] = {
        "",     "plain",    "a\"b\\c/d",   "\b\t\n\f\r\x01\x1f\x7f", "\xc3\xa4\xe2\x82\xac",
        "\xff", "x\xffy\n", "\xed\xa0\x80"};
    static const double reals[] = {
        0,    -0.0,     1,      -17,       0.1,      1.0 / 3,        2.5e-7,
        1e15, 9.007e15, 1.5e20, -3.25e100, INFINITY, 123456789.0625, NAN};
    static const int64_t ints[] = {0, 7, -1, 10, INT64_MAX, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < LEN(strings); i++) {
        _cleanup_buf_ struct buf b = {0};

        json_add_bytes(&b, NULL, strings[i]);
        assert_text(&b, json_bytes(strings[i]));
    }
    for (size_t i = 0; i < LEN(reals); i++) {
        _cleanup_buf_ struct buf b = {0};
        _cleanup_free_ char *dumped = NULL;
        struct json *value;

        json_add_real(&b, NULL, reals[i]);
        value = parse(buf_text(&b)); /* an exponent may be written with a sign */
        dumped = json_dump(value, 0);
        json_free(value);
        assert_dumps(json_real(reals[i]), dumped);
    }
    for (size_t i = 0; i < LEN(ints); i++) {
        _cleanup_buf_ struct buf b = {0};

        json_add_int(&b, NULL, ints[i]);
        assert_text(&b, json_int(ints[i]));
    }
}

static void test_text_nests(void **state)
{
    _cleanup_buf_ struct buf b = {0};
    struct strv v = {0};

    (void)state;
    assert_int_equal(strv_add(&v, "x,"), 0);
    assert_int_equal(strv_add(&v, "{"), 0);
    json_open_object(&b, NULL);
    json_open_array(&b, "none");
    json_close_array(&b);
    json_add_strv(&b, "list", &v);
    json_open_array(&b, "of");
    json_open_object(&b, NULL);
    json_add_null(&b, "a\"b");
    json_close_object(&b);
    json_open_object(&b, NULL);
    json_add_bool(&b, "yes", true);
    json_add_bool(&b, "no", false);
    json_close_object(&b);
    json_close_array(&b);
    json_add_bytes(&b, "nothing", NULL);
    json_close_object(&b);
    strv_free(&v);
    assert_string_equal(buf_text(&b),
                        "{\"none\":[],\"list\":[\"x,\",\"{\"],\"of\":[{\"a\\\"b\":null},"
                        "{\"yes\":true,\"no\":false}],\"nothing\":null}");
    assert_dumps(parse(buf_text(&b)), buf_text(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builds_in_order),  cmocka_unit_test(test_text_is_the_trees),
        cmocka_unit_test(test_text_nests),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_null_is_sticky),   cmocka_unit_test(test_reads),
        cmocka_unit_test(test_bytes_round_trip), cmocka_unit_test(test_key_that_is_not_utf8),
        cmocka_unit_test(test_refuses),          cmocka_unit_test(test_refuses_deep_nesting),
        cmocka_unit_test(test_base64),           cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
