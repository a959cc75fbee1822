/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which paths are believed: who may write on the way, links, and what is no regular file. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/trusted.h"
#include "tests/unit/unit.h"

#define WAIT_SECONDS 5 /* what is not to wait at all is killed then */

static char dir[64], inner[96], file[128], link_path[128];

static void make_file(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "text", 4), 4);
    close(fd);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cgrun-unit-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(inner, sizeof(inner), "%s/inner", dir);
    snprintf(file, sizeof(file), "%s/file", inner);
    snprintf(link_path, sizeof(link_path), "%s/link", dir);
    if (mkdir(inner, 0700) < 0)
        return -1;
    make_file(file, 0600);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    alarm(0);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

/* Returns 0 or the negative errno, and closes what was opened. */
static int open_file(const char *path, struct err *err)
{
    int fd = trusted_file("thing", path, err);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static int open_directory(const char *path, enum trusted_directory how, struct err *err)
{
    int fd = trusted_directory("thing", path, how, err);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static void test_what_others_can_write_is_refused_on_the_whole_way(void **state)
{
    const char *const parts[] = {file, inner, dir};
    struct err err;

    (void)state;
    assert_int_equal(open_file(file, &err), 0);
    for (size_t i = 0; i < LEN(parts); i++) {
        mode_t mode = parts[i] == file ? 0600 : 0700;

        assert_int_equal(chmod(parts[i], mode | 0020), 0);
        assert_int_equal(open_file(file, &err), -EPERM);
        assert_non_null(strstr(err.what, "can be written by others"));
        assert_int_equal(chmod(parts[i], mode | 0002), 0);
        assert_int_equal(open_file(file, &err), -EPERM);
        assert_int_equal(chmod(parts[i], mode), 0);
    }
    assert_int_equal(open_file(file, &err), 0);
}

/* In a sticky directory nobody can rename another's entry; but anybody can make one. */
static void test_a_sticky_directory_is_one_to_pass_not_one_to_use(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(chmod(dir, 01777), 0);
    assert_int_equal(open_file(file, &err), 0);
    assert_int_equal(open_directory(inner, TRUSTED_THERE, &err), 0);
    assert_int_equal(open_directory(dir, TRUSTED_THERE, &err), -EPERM);
}

static void test_links_are_followed_only_where_nobody_else_can_make_them(void **state)
{
    char target[160];
    struct err err;

    (void)state;
    assert_int_equal(symlink("inner", link_path), 0);
    snprintf(target, sizeof(target), "%s/file", link_path);
    assert_int_equal(open_file(target, &err), 0);
    assert_int_equal(open_directory(link_path, TRUSTED_THERE, &err), 0);
    assert_int_equal(chmod(dir, 01777), 0);
    assert_int_equal(open_file(target, &err), -EPERM);
    assert_non_null(strstr(err.what, "'link' is a symbolic link in a directory that others"));
    assert_int_equal(open_directory(link_path, TRUSTED_MAKE, &err), -EPERM);
}

static void test_links_to_links_end(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(symlink("link", link_path), 0);
    assert_int_equal(open_file(link_path, &err), -ELOOP);
}

static void test_where_a_link_leads_is_looked_at_too(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(symlink(file, link_path), 0);
    assert_int_equal(open_file(link_path, &err), 0);
    assert_int_equal(chmod(inner, 0707), 0);
    assert_int_equal(open_file(link_path, &err), -EPERM);
}

static void test_what_is_missing_is_made_private(void **state)
{
    char path[160];
    struct stat st;
    struct err err;

    (void)state;
    snprintf(path, sizeof(path), "%s/a/./b/../b/c", dir);
    assert_int_equal(open_directory(path, TRUSTED_THERE, &err), -ENOENT);
    assert_int_equal(trusted_so_far("thing", path, &err), 0);
    assert_int_equal(open_directory(path, TRUSTED_MAKE, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_a_relative_path_begins_where_the_caller_is(void **state)
{
    char old[512];
    struct err err;

    (void)state;
    assert_non_null(getcwd(old, sizeof(old)));
    assert_int_equal(chdir(inner), 0);
    assert_int_equal(open_file("file", &err), 0);
    assert_int_equal(open_file("../inner/./file", &err), 0);
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(open_file("file", &err), -EPERM);
    assert_int_equal(chdir(old), 0);
}

static void test_what_is_no_file_is_refused_and_not_waited_for(void **state)
{
    char fifo[128];
    struct err err;

    (void)state;
    snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(WAIT_SECONDS);
    assert_int_equal(open_file(fifo, &err), -EINVAL);
    assert_non_null(strstr(err.expected, "a regular file"));
    assert_int_equal(open_file(inner, &err), -EINVAL);
    assert_int_equal(open_file("/dev/null", &err), -EINVAL);
    assert_int_equal(open_directory(fifo, TRUSTED_THERE, &err), -ENOTDIR);
    assert_int_equal(open_file("", &err), -EINVAL);
}

static void test_names_that_are_too_long(void **state)
{
    char name[300] = "/tmp/", path[5000] = "";
    struct err err;

    (void)state;
    memset(name + 5, 'x', 270);
    assert_int_equal(open_file(name, &err), -ENAMETOOLONG);
    for (size_t i = 0; i + 8 < sizeof(path); i += 4)
        memcpy(path + i, "/tmp", 4);
    assert_int_equal(open_file(path, &err), -ENAMETOOLONG);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_others_can_write_is_refused_on_the_whole_way),
        T(test_a_sticky_directory_is_one_to_pass_not_one_to_use),
        T(test_links_are_followed_only_where_nobody_else_can_make_them),
        T(test_links_to_links_end),
        T(test_where_a_link_leads_is_looked_at_too),
        T(test_what_is_missing_is_made_private),
        T(test_a_relative_path_begins_where_the_caller_is),
        T(test_what_is_no_file_is_refused_and_not_waited_for),
        T(test_names_that_are_too_long),
    };

    return cmocka_run_group_tests_name("trusted", tests, NULL, NULL);
}
