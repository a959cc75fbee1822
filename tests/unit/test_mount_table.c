/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcgroup reads as the list of mounts, with the C library's own parser, as it does. */
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "runner/apply/mount_table.h"
#include "runner/base/buf.h"
#include "tests/unit/unit.h"

/* In the programs the linker leads calls to these; here they are called by name. */
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
void *__real_memset(void *to, int byte, size_t n);
char *__real_strncpy(char *to, const char *from, size_t n);

FILE *__real_fopen(const char *path, const char *mode)
{
    return fopen(path, mode);
}

void *__real_memset(void *to, int byte, size_t n)
{
    return memset(to, byte, n);
}

char *__real_strncpy(char *to, const char *from, size_t n)
{
    return strncpy(to, from, n);
}

static struct mntent *next(FILE *list, struct mntent *entry)
{
    static char words[1024];

    return getmntent_r(list, entry, words, sizeof(words));
}

static void test_until_told_it_is_the_kernels_list(void **state)
{
    FILE *list = __wrap_fopen("/proc/mounts", "re");
    struct mntent entry;
    bool proc = false;

    (void)state;
    assert_non_null(list);
    while (next(list, &entry))
        proc |= strcmp(entry.mnt_dir, "/proc") == 0;
    fclose(list);
    assert_true(proc);
}

static void test_then_it_is_what_was_shown(void **state)
{
    struct mntent entry;
    FILE *list;

    (void)state;
    mount_table_show("/sys/fs/cgroup/cpu and\\time", false, "cpu cpuacct");
    mount_table_show("/sys/fs/cgroup/unified", true, "memory");
    list = __wrap_fopen("/proc/mounts", "re");
    assert_non_null(list);
    assert_non_null(next(list, &entry));
    assert_string_equal(entry.mnt_dir, "/sys/fs/cgroup/cpu and\\time");
    assert_string_equal(entry.mnt_type, "cgroup");
    assert_non_null(hasmntopt(&entry, "cpu"));
    assert_non_null(hasmntopt(&entry, "cpuacct"));
    assert_null(hasmntopt(&entry, "memory"));
    assert_non_null(next(list, &entry));
    assert_string_equal(entry.mnt_dir, "/sys/fs/cgroup/unified");
    assert_string_equal(entry.mnt_type, "cgroup2");
    assert_non_null(hasmntopt(&entry, "memory"));
    assert_null(next(list, &entry));
    fclose(list);
}

/* A line is a name and three numbers; the library passes the first over. */
static void test_and_the_controllers_that_were_shown(void **state)
{
    FILE *list = __wrap_fopen("/proc/cgroups", "re");
    _cleanup_buf_ struct buf names = {0};
    char line[64], name[32];

    (void)state;
    assert_non_null(list);
    assert_non_null(fgets(line, sizeof(line), list));
    assert_int_equal(line[0], '#');
    while (fscanf(list, "%31s %*d %*d %*d", name) == 1)
        buf_addf(&names, "%s ", name);
    fclose(list);
    assert_string_equal(buf_text(&names), "cpu cpuacct memory ");
}

static void test_other_files_are_themselves(void **state)
{
    FILE *file = __wrap_fopen("/proc/sys/kernel/ostype", "re");
    char name[32] = "";

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(name, sizeof(name), file));
    fclose(file);
    assert_string_equal(name, "Linux\n");
    assert_null(__wrap_fopen("/nowhere/at/all", "re"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_until_told_it_is_the_kernels_list),
        cmocka_unit_test(test_then_it_is_what_was_shown),
        cmocka_unit_test(test_and_the_controllers_that_were_shown),
        cmocka_unit_test(test_other_files_are_themselves),
    };

    return cmocka_run_group_tests_name("mount_table", tests, NULL, NULL);
}
