/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where policies come from, and the cache of what they became. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/compile.h"
#include "policy/groups.h"
#include "policy/oci.h"
#include "policy/policy.h"
#include "policy/split.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "tests/unit/policy_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A scratch directory of mode 0700 with a policy in it. */
struct scratch {
    char dir[64], file[96], cache[96];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct scratch *s = calloc(1, sizeof(*s));

    strcpy(s->dir, "/tmp/cgrun-policy-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->file, sizeof(s->file), "%s/x.json", s->dir);
    snprintf(s->cache, sizeof(s->cache), "%s/state/cache", s->dir);
    write_file(s->file, small_policy, 0644);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scratch *s = *state;
    char command[128];

    chmod(s->dir, 0700);
    snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
    free(s);
    return system(command);
}

static int compile_path(const char *path, const char *cache, struct policy_program *p,
                        struct err *err)
{
    struct policy_request request = {.policy = path, .cache_dir = cache};

    return policy_compile(&request, p, err);
}

static void assert_refused(const char *path, int code, const char *what)
{
    struct policy_program p = {0};
    struct err err = {0};

    assert_int_equal(compile_path(path, NULL, &p, &err), -code);
    if (!strstr(err.what, what) && !strstr(err.expected, what))
        fail_msg("%s: expected %s", err.what, err.expected);
    assert_null(p.logged.filter);
}

/* The largest file that is read, full of repeated text. */
static bool fill(const char *path, const char *text)
{
    size_t len = strlen(text), size = (1 << 20) / len * len;
    char *all = malloc(size);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool done;

    for (size_t i = 0; all && i < size; i++)
        all[i] = text[i % len];
    done = all && write(fd, all, size) == (ssize_t)size;
    close(fd);
    free(all);
    return done;
}

static bool is_refused(const char *path, int code, const char *expected)
{
    struct policy_program p = {0};
    struct err err = {0};

    return compile_path(path, NULL, &p, &err) == -code && strstr(err.expected, expected);
}

/* In a process with little memory and time; its exit status tells which file. */
static int try_files_made_to_hurt(const struct scratch *s)
{
    static const char *const texts[] = {"[", "{\"a\":", "\x01\xff\x80", "\"", " ", "[1,", "9"};
    const struct rlimit cpu = {5, 5};
    const struct rlimit memory = {256 << 20, 256 << 20};

#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
    setrlimit(RLIMIT_AS, &memory);
#endif
    setrlimit(RLIMIT_CPU, &cpu);
    (void)memory;
    for (size_t i = 0; i < LEN(texts); i++)
        if (!fill(s->file, texts[i]) || !is_refused(s->file, EINVAL, "valid JSON"))
            return 1 + (int)i;
    if (truncate(s->file, 100 << 20) < 0 || !is_refused(s->file, EFBIG, "1 MiB"))
        return 100;
    return 0;
}

static void test_files_made_to_hurt(void **state)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(try_files_made_to_hurt(*state));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_files_that_are_not_trusted(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program p = {0}, linked = {0};
    struct err err = {0};
    char other[128];

    assert_int_equal(compile_path(s->file, NULL, &p, &err), 0);
    assert_true(p.confines);
    assert_int_equal(chmod(s->file, 0664), 0);
    assert_refused(s->file, EPERM, "can be written by others");
    assert_int_equal(chmod(s->file, 0646), 0);
    assert_refused(s->file, EPERM, "can be written by others");
    assert_int_equal(chmod(s->file, 0644), 0);
    assert_int_equal(chmod(s->dir, 0770), 0);
    assert_refused(s->file, EPERM, "can be written by others");
    assert_int_equal(chmod(s->dir, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(s->file, 65534, -1), 0);
        assert_refused(s->file, EPERM, "belongs to user 65534");
        assert_int_equal(chown(s->file, 0, -1), 0);
    }
    snprintf(other, sizeof(other), "%s/link.json", s->dir);
    assert_int_equal(symlink(s->file, other), 0);
    assert_int_equal(compile_path(other, NULL, &linked, &err), 0);
    assert_int_equal(chmod(s->dir, 01777), 0);
    assert_refused(other, EPERM, "is a symbolic link in a directory that others can write");
    assert_int_equal(chmod(s->dir, 0700), 0);
    snprintf(other, sizeof(other), "%s/fifo.json", s->dir);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_refused(other, EINVAL, "a regular file");
    assert_refused(s->dir, EINVAL, "a regular file");
    snprintf(other, sizeof(other), "%s/big.json", s->dir);
    write_file(other, "", 0600);
    assert_int_equal(truncate(other, (1 << 20) + 1), 0);
    assert_refused(other, EFBIG, "1 MiB");
    snprintf(other, sizeof(other), "%s/none.json", s->dir);
    assert_refused(other, ENOENT, "none.json");
    assert_refused("bach", ENOENT, "batch, strict");
}

static void assert_same(const struct policy_program *a, const struct policy_program *b)
{
    assert_string_equal(a->hash, b->hash);
    assert_int_equal(a->quiet.len, b->quiet.len);
    assert_int_equal(a->logged.len, b->logged.len);
    if (a->quiet.len)
        assert_memory_equal(a->quiet.filter, b->quiet.filter, a->quiet.len * 8U);
    if (a->logged.len)
        assert_memory_equal(a->logged.filter, b->logged.filter, a->logged.len * 8U);
    assert_int_equal(a->take_caps, b->take_caps);
    assert_int_equal(a->shield, b->shield);
    assert_int_equal(a->notes.count, b->notes.count);
    for (size_t i = 0; i < a->notes.count; i++)
        assert_string_equal(a->notes.item[i], b->notes.item[i]);
}

static void test_a_hit_equals_compiling(void **state)
{
    static const char with_notes[] =
        "{\"defaultAction\":\"SCMP_ACT_KILL\",\"extra\":1,\"syscalls\":[{\"names\":[\"read\","
        "\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";
    const struct scratch *s = *state;
    const char *const policies[] = {"batch", "strict", s->file};

    write_file(s->file, with_notes, 0600);
    for (size_t i = 0; i < LEN(policies); i++) {
        _cleanup_policy_ struct policy_program plain = {0}, fresh = {0}, hit = {0};
        struct err err = {0};
        char path[256];
        struct stat st;

        assert_int_equal(compile_path(policies[i], NULL, &plain, &err), 0);
        assert_int_equal(compile_path(policies[i], s->cache, &fresh, &err), 0);
        snprintf(path, sizeof(path), "%s/%s.bpf", s->cache, fresh.hash);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(compile_path(policies[i], s->cache, &hit, &err), 0);
        assert_same(&plain, &fresh);
        assert_same(&plain, &hit);
        assert_int_equal(plain.notes.count, i == 2 ? 2 : 0);
    }
}

static void test_a_hit_is_read_from_the_cache(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program first = {0}, strict = {0}, hit = {0};
    struct err err = {0};
    char from[256], to[256];

    /* Another policy's file under this one's name is believed: so it is indeed what is read. */
    assert_int_equal(compile_path("batch", s->cache, &first, &err), 0);
    assert_int_equal(compile_path("strict", s->cache, &strict, &err), 0);
    snprintf(from, sizeof(from), "%s/%s.bpf", s->cache, strict.hash);
    snprintf(to, sizeof(to), "%s/%s.bpf", s->cache, first.hash);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(compile_path("batch", s->cache, &hit, &err), 0);
    assert_int_equal(hit.logged.len, strict.logged.len);
}

/* Whatever stands in the file, the answer is that of compiling, and the file is mended. */
static void check_broken(const struct scratch *s, const struct policy_program *right,
                         const char *path, const char *bytes, size_t len)
{
    _cleanup_policy_ struct policy_program p = {0};
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct err err = {0};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(compile_path(s->file, s->cache, &p, &err), 0);
    assert_same(right, &p);
}

static void test_broken_cache_files(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program right = {0};
    _cleanup_free_ char *good = NULL;
    struct err err = {0};
    char path[256];
    struct stat st;

    assert_int_equal(compile_path(s->file, s->cache, &right, &err), 0);
    snprintf(path, sizeof(path), "%s/%s.bpf", s->cache, right.hash);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(file_read_all(path, 1 << 20, &good), 0);
    for (off_t i = 0; i < st.st_size; i++) {
        good[i] ^= 0x10;
        check_broken(s, &right, path, good, (size_t)st.st_size);
        good[i] ^= 0x10;
    }
    for (off_t len = 0; len < st.st_size; len += 7)
        check_broken(s, &right, path, good, (size_t)len);
    check_broken(s, &right, path, good, (size_t)st.st_size);
    assert_int_equal(stat(path, &st), 0);
}

static void test_caches_that_are_not_trusted(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program a = {0}, b = {0}, c = {0}, d = {0};
    struct err err = {0};
    char path[256];
    struct stat st;

    assert_int_equal(compile_path(s->file, s->cache, &a, &err), 0);
    snprintf(path, sizeof(path), "%s/%s.bpf", s->cache, a.hash);
    write_file(path, "of another mode", 0644);
    assert_int_equal(compile_path(s->file, s->cache, &b, &err), 0);
    assert_same(&a, &b);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(chmod(s->cache, 0755), 0);
    assert_int_equal(compile_path(s->file, s->cache, &c, &err), 0);
    assert_same(&a, &c);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(compile_path(s->file, "/proc/no/such/cache", &d, &err), 0);
    assert_same(&a, &d);
}

static void test_what_changes_the_hash(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program a = {0}, b = {0}, c = {0};
    char *items[] = {(char *)"~@mount", NULL};
    struct strv filter = {.item = items, .count = 1};
    struct policy_request request = {.policy = s->file, .filter = &filter};
    struct err err = {0};
    char longer[sizeof(small_policy) + 1];

    assert_int_equal(compile_path(s->file, NULL, &a, &err), 0);
    assert_int_equal(policy_compile(&request, &b, &err), 0);
    assert_string_not_equal(a.hash, b.hash);
    snprintf(longer, sizeof(longer), "%s ", small_policy);
    write_file(s->file, longer, 0600);
    assert_int_equal(compile_path(s->file, NULL, &c, &err), 0);
    assert_string_not_equal(a.hash, c.hash);
}

static void test_none(void **state)
{
    struct policy_program p = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(compile_path("none", NULL, &p, &err), 0);
    assert_false(p.confines);
    assert_int_equal(p.quiet.len + p.logged.len, 0);
    assert_int_equal(p.take_caps, 0);
    assert_string_equal(p.name, "none");
    policy_program_free(&p);
}

static void test_bad_filters(void **state)
{
    static const char *const rows[] = {"nothing",     "@nothing",   "~mount:EWHAT",
                                       "~mount:5000", "read:",      ":EPERM",
                                       "@",           "read,write", "~~read:"};

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        char *items[] = {(char *)rows[i], NULL};
        struct strv filter = {.item = items, .count = 1};
        struct policy_request request = {.policy = "none", .filter = &filter};
        struct policy_program p = {0};
        struct err err = {0};

        if (policy_compile(&request, &p, &err) != -EINVAL)
            fail_msg("accepted: %s", rows[i]);
        assert_non_null(strstr(err.what, "SystemCallFilter word"));
        assert_true(err.expected[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_bad_filters),
        cmocka_unit_test_setup_teardown(test_files_that_are_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_made_to_hurt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hit_equals_compiling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hit_is_read_from_the_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_cache_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_caches_that_are_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_changes_the_hash, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("policy_files", tests, NULL, NULL);
}