/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading policies, good and hostile; where they come from; the cache of what they became. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct oci_context context = {
    .capabilities = UINT64_C(1) << 21 /* CAP_SYS_ADMIN */,
    .abi = "SCMP_ARCH_X86_64",
    .kernel_major = 6,
    .kernel_minor = 1,
};

static const char small[] =
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"architectures\":"
    " [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"], \"syscalls\": [{\"names\": [\"read\", \"write\"],"
    " \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 1, \"value\": 2, \"valueTwo\": 3,"
    " \"op\": \"SCMP_CMP_MASKED_EQ\"}], \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"], "
    "\"minKernel\":"
    " \"4.8\"}, \"excludes\": {}}, {\"name\": \"mount\", \"action\": \"SCMP_ACT_ERRNO\","
    " \"errnoRet\": 13}]}";

static int read_text(const char *text, struct rules *rules, struct strv *notes, struct err *err)
{
    return oci_read(text, strlen(text), "x.json", &context, rules, notes, err);
}

static void test_reads_a_profile(void **state)
{
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_text(small, &rules, &notes, &err), 0);
    assert_int_equal(rules.otherwise.kind, ANSWER_ERRNO);
    assert_int_equal(rules.otherwise.error, ENOSYS);
    assert_int_equal(rules.abis.count, 1);
    assert_string_equal(rules.abis.item[0], "SCMP_ARCH_X86");
    assert_int_equal(rules.count, 3);
    assert_string_equal(rules.item[1].call, "write");
    assert_int_equal(rules.item[1].arg_count, 1);
    assert_int_equal(rules.item[1].arg[0].op, RULE_MASKED_EQ);
    assert_int_equal(rules.item[1].arg[0].value, 2);
    assert_int_equal(rules.item[1].arg[0].value2, 3);
    assert_int_equal(rules.item[2].answer.error, EACCES);
    assert_int_equal(notes.count, 0);
}

/* Memory of exactly the length, so that the sanitizer sees a read beyond it. */
static void test_truncated_everywhere(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(small); len++) {
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv notes = {0};
        _cleanup_free_ char *copy = malloc(len + 1);
        struct err err = {0};

        memcpy(copy, small, len);
        assert_int_equal(oci_read(copy, len, "x.json", &context, &rules, &notes, &err), -EINVAL);
        assert_non_null(strstr(err.what, "policy x.json: line 1"));
        assert_null(rules.item);
    }
}

struct bad {
    const char *text, *what, *expected;
};

#define CALLS(entry) "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" entry "]}"
#define CALL(more)   CALLS("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\"" more "}")
#define ARG(arg)     CALL(",\"args\":[" arg "]")

static void test_refuses_with_the_place(void **state)
{
    static const struct bad rows[] = {
        {"[]", "the document '[]'", "an object"},
        {"{}", "defaultAction missing", "SCMP_ACT_ALLOW"},
        {"{\"defaultAction\":7}", "defaultAction '7'", "a string"},
        {"{\"defaultAction\":\"ALLOW\"}", "defaultAction 'ALLOW'", "SCMP_ACT_ALLOW"},
        {"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "'SCMP_ACT_NOTIFY'", "by itself"},
        {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}",
         "defaultErrnoRet '4096'", "from 0 to 4095"},
        {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"EWHAT\"}", "'EWHAT'", "EPERM"},
        {CALLS("3"), "syscalls[0] '3'", "an object"},
        {CALLS("{\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names missing", "names"},
        {CALLS("{\"names\":\"read\",\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names 'read'",
         "an array"},
        {CALLS("{\"names\":[1],\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names[0] '1'",
         "a string"},
        {CALLS("{\"names\":[],\"action\":\"SCMP_ACT_TRACE\"}"), "syscalls[0].action", "by itself"},
        {CALL(",\"errnoRet\":-1"), "syscalls[0].errnoRet '-1'", "from 0 to 4095"},
        {CALL(",\"errnoRet\":1.5"), "syscalls[0].errnoRet", "whole number"},
        {CALL(",\"args\":{}"), "syscalls[0].args '{}'", "an array"},
        {ARG("{}"), "syscalls[0].args[0].index missing", "0 to 5"},
        {ARG("{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}"), "syscalls[0].args[0].index '6'", "0 to 5"},
        {ARG("{\"index\":0,\"op\":\"SCMP_CMP_XX\"}"), "syscalls[0].args[0].op 'SCMP_CMP_XX'",
         "SCMP_CMP_EQ"},
        {ARG("{\"index\":0,\"value\":\"1\",\"op\":\"SCMP_CMP_EQ\"}"),
         "syscalls[0].args[0].value '1'", "whole number"},
        {ARG("{\"index\":0,\"value\":99999999999999999999,\"op\":\"SCMP_CMP_EQ\"}"), "too big",
         "valid JSON"},
        {ARG("1,2,3,4,5,6,7"), "syscalls[0].args", "at most 6"},
        {CALL(",\"includes\":[]"), "syscalls[0].includes '[]'", "an object"},
        {CALL(",\"includes\":{\"caps\":[1]}"), "syscalls[0].includes.caps[0]", "a string"},
        {CALL(",\"excludes\":{\"minKernel\":4.8}"), "syscalls[0].excludes.minKernel", "a string"},
        {CALL(",\"excludes\":{\"minKernel\":\"new\"}"), "minKernel 'new'", "4.8"},
        {CALL(",\"action\":\"SCMP_ACT_ALLOW\""), "duplicate", "valid JSON"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":[1]}", "archMap[0] '1'", "an object"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"x-cgrun-shield\":1}", "x-cgrun-shield '1'",
         "true or false"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"x-cgrun-takeCapabilities\":[\"CAP_ALL\"]}",
         "x-cgrun-takeCapabilities[0] 'CAP_ALL'", "CAP_SYS_ADMIN"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv notes = {0};
        struct err err = {0};
        int r = read_text(rows[i].text, &rules, &notes, &err);

        if (r >= 0 || r != -err.code || !strstr(err.what, rows[i].what) ||
            !strstr(err.expected, rows[i].expected) || !strstr(err.what, "policy x.json"))
            fail_msg("%s\n%d %s: expected %s", rows[i].text, r, err.what, err.expected);
        assert_null(rules.item);
    }
}

static void test_refuses_too_much(void **state)
{
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};
    FILE *f;
    char *text = NULL;
    size_t len;

    (void)state;
    f = open_memstream(&text, &len);
    fprintf(f, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_KILL\","
               "\"names\":[\"read\"");
    for (int i = 0; i < 9000; i++)
        fprintf(f, ",\"read\"");
    fprintf(f, "]}]}");
    fclose(f);
    assert_int_equal(read_text(text, &rules, &notes, &err), -E2BIG);
    free(text);
    f = open_memstream(&text, &len);
    fprintf(f, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"");
    for (int i = 0; i < 300; i++)
        fprintf(f, ",\"k%d\":1", i);
    fprintf(f, "}");
    fclose(f);
    assert_int_equal(read_text(text, &rules, &notes, &err), -EINVAL);
    assert_non_null(strstr(err.what, "301 members"));
    free(text);
}

static void test_notes_what_has_no_effect(void **state)
{
    static const struct {
        const char *text, *note;
    } rows[] = {
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"extra\":1}", "extra: not a key"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"]}",
         "flags: 'SECCOMP_FILTER_FLAG_TSYNC' is ignored"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}", "listenerPath: ignored"},
        {CALL(",\"weight\":1"), "syscalls[0].weight: not a key"},
        {CALL(",\"includes\":{\"caps\":[\"CAP_NEW\"]}"), "capability 'CAP_NEW' is unknown"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv notes = {0};
        struct err err = {0};

        assert_int_equal(read_text(rows[i].text, &rules, &notes, &err), 0);
        assert_int_equal(notes.count, 1);
        if (!strstr(notes.item[0], rows[i].note))
            fail_msg("%s", notes.item[0]);
    }
}

static void test_conditions(void **state)
{
    static const struct {
        const char *text;
        size_t rules;
    } rows[] = {
        {CALL(",\"includes\":{}"), 1},
        {CALL(",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}"), 1},
        {CALL(",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_KILL\"]}"), 0},
        {CALL(",\"includes\":{\"caps\":[\"CAP_NEW\"]}"), 0},
        {CALL(",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_KILL\"]}"), 0},
        {CALL(",\"excludes\":{\"caps\":[\"CAP_KILL\"]}"), 1},
        {CALL(",\"includes\":{\"arches\":[\"amd64\"]}"), 1},
        {CALL(",\"includes\":{\"arches\":[\"arm64\",\"s390x\"]}"), 0},
        {CALL(",\"excludes\":{\"arches\":[\"amd64\"]}"), 0},
        {CALL(",\"includes\":{\"minKernel\":\"6.1\"}"), 1},
        {CALL(",\"includes\":{\"minKernel\":\"6.2\"}"), 0},
        {CALL(",\"excludes\":{\"minKernel\":\"4.8\"}"), 0},
        {CALL(",\"excludes\":{\"minKernel\":\"7.0\"}"), 1},
        {CALL(",\"args\":null"), 1},
        /* Two conditions on one argument are alternatives. */
        {ARG("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
             "{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}"),
         2},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"x-cgrun-takeCapabilities\":[\"CAP_SYS_ADMIN\"],"
         "\"syscalls\":[{\"name\":\"bpf\",\"action\":\"SCMP_ACT_ERRNO\",\"includes\":{\"caps\":"
         "[\"CAP_SYS_ADMIN\"]}}]}",
         0},
    };

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv notes = {0};
        struct err err = {0};

        assert_int_equal(read_text(rows[i].text, &rules, &notes, &err), 0);
        if (rules.count != rows[i].rules)
            fail_msg("%s: %zu rules", rows[i].text, rules.count);
    }
}

static void test_names(void **state)
{
    char name[32];

    (void)state;
    assert_int_equal(capability_by_name("CAP_CHOWN"), 0);
    assert_int_equal(capability_by_name("CAP_SYS_ADMIN"), 21);
    assert_int_equal(capability_by_name("CAP_CHECKPOINT_RESTORE"), 40);
    assert_int_equal(capability_by_name("CAP_NOTHING"), -1);
    assert_int_equal(errno_by_name("EPERM"), EPERM);
    assert_int_equal(errno_by_name("38"), ENOSYS);
    assert_int_equal(errno_by_name("4096"), -1);
    assert_int_equal(errno_by_name("-1"), -1);
    assert_int_equal(errno_by_name("1x"), -1);
    assert_int_equal(errno_by_name(""), -1);
    assert_string_equal(policy_syscall_name(0, name, sizeof(name)),
                        strcmp(compile_native_abi(), "SCMP_ARCH_X86_64") == 0 ? "read"
                                                                              : "io_setup");
    assert_null(policy_syscall_name(100000, name, sizeof(name)));
}

/* Each call of each group must be one that some architecture or kernel has, or had. */
static void test_groups(void **state)
{
    static const char *const newer_than_the_library[] = {
        "getxattrat", "listxattrat", "removexattrat", "setxattrat", "open_tree_attr"};
    static const char *const outside_linux_tables[] = {"rtas", "sys_debug_setcontext", "mpx"};
    size_t count;
    const struct call_group *all = groups_all(&count);

    (void)state;
    assert_in_range(count, 30, 40);
    for (size_t i = 0; i < count; i++) {
        _cleanup_strv_ struct strv calls = {0};

        assert_int_equal(all[i].name[0], '@');
        assert_ptr_equal(group_find(all[i].name), &all[i]);
        assert_int_equal(group_expand(all[i].name, &calls), 0);
        assert_true(calls.count > 0);
        strv_each (&calls, call) {
            bool known = compile_knows(call);

            for (size_t n = 0; n < LEN(newer_than_the_library); n++)
                known |= strcmp(newer_than_the_library[n], call) == 0;
            for (size_t n = 0; n < LEN(outside_linux_tables); n++)
                known |= strcmp(outside_linux_tables[n], call) == 0;
            if (!known)
                fail_msg("%s: no call '%s'", all[i].name, call);
        }
    }
    assert_null(group_find("@nothing"));
}

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
    write_file(s->file, small, 0644);
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

static void test_files_that_are_not_trusted(void **state)
{
    const struct scratch *s = *state;
    _cleanup_policy_ struct policy_program p = {0};
    struct err err = {0};
    char other[128];

    assert_int_equal(compile_path(s->file, NULL, &p, &err), 0);
    assert_true(p.confines);
    assert_int_equal(chmod(s->file, 0664), 0);
    assert_refused(s->file, EPERM, "mode 664");
    assert_int_equal(chmod(s->file, 0646), 0);
    assert_refused(s->file, EPERM, "mode 646");
    assert_int_equal(chmod(s->file, 0644), 0);
    assert_int_equal(chmod(s->dir, 0770), 0);
    assert_refused(s->file, EPERM, "policy directory");
    assert_int_equal(chmod(s->dir, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(s->file, 65534, -1), 0);
        assert_refused(s->file, EPERM, "belongs to uid 65534");
        assert_int_equal(chown(s->file, 0, -1), 0);
    }
    snprintf(other, sizeof(other), "%s/link.json", s->dir);
    assert_int_equal(symlink(s->file, other), 0);
    assert_refused(other, ELOOP, "not a symbolic link");
    snprintf(other, sizeof(other), "%s/fifo.json", s->dir);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_refused(other, EINVAL, "a regular file");
    assert_refused(s->dir, EPERM, "policy directory '/tmp'");
    snprintf(other, sizeof(other), "%s/big.json", s->dir);
    write_file(other, "", 0600);
    assert_int_equal(truncate(other, (1 << 20) + 1), 0);
    assert_refused(other, EFBIG, "1 MiB");
    snprintf(other, sizeof(other), "%s/none.json", s->dir);
    assert_refused(other, ENOENT, "none.json");
    assert_refused("bach", ENOENT, "'batch'");
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
    char longer[sizeof(small) + 1];

    assert_int_equal(compile_path(s->file, NULL, &a, &err), 0);
    assert_int_equal(policy_compile(&request, &b, &err), 0);
    assert_string_not_equal(a.hash, b.hash);
    snprintf(longer, sizeof(longer), "%s ", small);
    write_file(s->file, longer, 0600);
    assert_int_equal(compile_path(s->file, NULL, &c, &err), 0);
    assert_string_not_equal(a.hash, c.hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_profile),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_refuses_with_the_place),
        cmocka_unit_test(test_refuses_too_much),
        cmocka_unit_test(test_notes_what_has_no_effect),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_groups),
        cmocka_unit_test_setup_teardown(test_files_that_are_not_trusted, set_up, tear_down),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_bad_filters),
        cmocka_unit_test_setup_teardown(test_a_hit_equals_compiling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hit_is_read_from_the_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_cache_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_caches_that_are_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_changes_the_hash, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
