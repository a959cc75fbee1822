/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of a git repository's files: what leads to a revision, and what must not. */
#include <stdio.h>

#include "runner/host/git_parse.h"
#include "tests/unit/unit.h"

#define SHA1   "0123456789abcdef0123456789abcdef01234567"
#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_names(void **state)
{
    static const char *const good[] = {"refs/heads/main", "refs/heads/a/branch.of-mine",
                                       "refs/remotes/origin/x"};
    static const char *const bad[] = {
        "",
        "HEAD",
        "/refs/heads/main",
        "refs",
        "refs/",
        "refs/heads/",
        "refs//heads",
        "refs/../config",
        "refs/heads/..",
        "refs/heads/.hidden",
        "refs/heads/a b",
        "refs/heads/a\nb",
        "refs/heads/\x7f",
        "refs/heads/a~1",
        "refs/heads/a:b",
        "refs/heads/a\\b",
    };
    char long_name[1100] = "refs/heads/";

    (void)state;
    for (size_t i = 0; i < LEN(good); i++)
        assert_true(git_is_ref_name(good[i]));
    for (size_t i = 0; i < LEN(bad); i++)
        assert_false(git_is_ref_name(bad[i]));
    memset(long_name + 11, 'a', 989);
    assert_true(git_is_ref_name(long_name));
    long_name[1000] = 'a';
    assert_false(git_is_ref_name(long_name));
}

static void test_references(void **state)
{
    static const struct {
        const char *text;
        enum git_reference kind;
        const char *value;
    } cases[] = {
        {SHA1, GIT_REFERENCE_REVISION, SHA1},
        {SHA1 "\n", GIT_REFERENCE_REVISION, SHA1},
        {SHA256 " \r\n", GIT_REFERENCE_REVISION, SHA256},
        {"ref: refs/heads/main\n", GIT_REFERENCE_NAME, "refs/heads/main"},
        {"ref:refs/heads/main", GIT_REFERENCE_NAME, "refs/heads/main"},
        {"ref:\t refs/heads/main \n", GIT_REFERENCE_NAME, "refs/heads/main"},
        {"", GIT_REFERENCE_UNKNOWN, NULL},
        {"\n", GIT_REFERENCE_UNKNOWN, NULL},
        {"ref:", GIT_REFERENCE_UNKNOWN, NULL},
        {"ref: HEAD", GIT_REFERENCE_UNKNOWN, NULL},
        {"ref: /etc/passwd", GIT_REFERENCE_UNKNOWN, NULL},
        {"ref: refs/heads/../../../x", GIT_REFERENCE_UNKNOWN, NULL},
        {"ref: refs/heads/.invalid", GIT_REFERENCE_UNKNOWN, NULL}, /* of a reftable repository */
        {SHA1 "0", GIT_REFERENCE_UNKNOWN, NULL},
        {SHA1 "\n" SHA1, GIT_REFERENCE_UNKNOWN, NULL},
        {"g123456789abcdef0123456789abcdef01234567", GIT_REFERENCE_UNKNOWN, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_free_ char *text = strdup(cases[i].text);
        const char *value;

        assert_int_equal(git_parse_reference(text, &value), cases[i].kind);
        if (cases[i].value)
            assert_string_equal(value, cases[i].value);
        else
            assert_null(value);
    }
}

static void test_gitfiles(void **state)
{
    char good[] = "gitdir: ../a b \r\n", empty[] = "gitdir: \n", other[] = "gitdir ../a\n",
         nothing[] = "";

    (void)state;
    assert_string_equal(git_parse_gitfile(good), "../a b ");
    assert_null(git_parse_gitfile(empty));
    assert_null(git_parse_gitfile(other));
    assert_null(git_parse_gitfile(nothing));
}

static void test_packed(void **state)
{
    static const char text[] =
        "# pack-refs with: peeled fully-peeled sorted \n"
        "89abcdef89abcdef89abcdef89abcdef89abcdef refs/heads/main2\n" SHA1 " refs/heads/main\n"
        "nonsense refs/heads/bad\n" SHA1 "\n" SHA256 " refs/tags/t\n"
        "^" SHA1 "\n" SHA1 " refs/heads/last";
    char revision[GIT_REVISION_SIZE];

    (void)state;
    assert_true(git_find_packed(text, "refs/heads/main", revision));
    assert_string_equal(revision, SHA1);
    assert_true(git_find_packed(text, "refs/tags/t", revision));
    assert_string_equal(revision, SHA256);
    assert_true(git_find_packed(text, "refs/heads/last", revision));
    assert_false(git_find_packed(text, "refs/heads/bad", revision));
    assert_string_equal(revision, "");
    assert_false(git_find_packed(text, "refs/heads/mai", revision));
    assert_false(git_find_packed(text, "refs/heads/lastly", revision));
    assert_false(git_find_packed("", "refs/heads/main", revision));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_gitfiles),
        cmocka_unit_test(test_packed),
    };

    return cmocka_run_group_tests_name("git_parse", tests, NULL, NULL);
}
