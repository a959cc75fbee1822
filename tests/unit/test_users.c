/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users and groups by number, which need no entry anywhere; names are for the system tests. */
#include "runner/host/users.h"
#include "tests/unit/unit.h"

static int resolve(const char *user, const char *group, struct job_user *ret)
{
    const struct strv none = {0};
    struct err err = {0};

    return users_resolve(user, group, &none, ret, &err);
}

static void test_a_number_is_user_and_group(void **state)
{
    struct job_user user;

    (void)state;
    assert_int_equal(resolve("54321", NULL, &user), 0);
    assert_true(user.change);
    assert_int_equal(user.uid, 54321);
    assert_int_equal(user.gid, 54321);
    assert_int_equal(user.groups_count, 1);
    assert_int_equal(user.groups[0], 54321);
    job_user_free(&user);
    assert_int_equal(resolve("54321", "54322", &user), 0);
    assert_int_equal(user.uid, 54321);
    assert_int_equal(user.gid, 54322);
    job_user_free(&user);
}

/* To the kernel -1 means "leave it as it is", which is root. */
static void test_numbers_that_are_none(void **state)
{
    static const char *const wrong[] = {"4294967295", "4294967296", "-1",
                                        "54321x",     "0x10",       "99999999999999999999"};
    struct job_user user;

    (void)state;
    for (size_t i = 0; i < LEN(wrong); i++) {
        if (resolve(wrong[i], NULL, &user) == 0)
            fail_msg("user '%s' was taken", wrong[i]);
        if (resolve(NULL, wrong[i], &user) == 0)
            fail_msg("group '%s' was taken", wrong[i]);
    }
    assert_int_equal(resolve("4294967294", NULL, &user), 0);
    job_user_free(&user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_is_user_and_group),
        cmocka_unit_test(test_numbers_that_are_none),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
