/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading policies, good and hostile. */
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
#include "tests/unit/policy_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct oci_context context = {
    .capabilities = UINT64_C(1) << 21 /* CAP_SYS_ADMIN */,
    .abi = "SCMP_ARCH_X86_64",
    .kernel_major = 6,
    .kernel_minor = 1,
};

static int read_text(const char *text, struct rules *rules, struct strv *notes, struct err *err)
{
    _cleanup_problems_ struct policy_problems problems = {0};

    return oci_read(text, strlen(text), "x.json", &context, rules, notes, &problems, err);
}

static void test_reads_a_profile(void **state)
{
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_text(small_policy, &rules, &notes, &err), 0);
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
    for (size_t len = 0; len < strlen(small_policy); len++) {
        _cleanup_rules_ struct rules rules = {0};
        _cleanup_strv_ struct strv notes = {0};
        _cleanup_problems_ struct policy_problems problems = {0};
        _cleanup_free_ char *copy = malloc(len + 1);
        struct err err = {0};

        memcpy(copy, small_policy, len);
        assert_int_equal(oci_read(copy, len, "x.json", &context, &rules, &notes, &problems, &err),
                         -EINVAL);
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
        {"{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "'SCMP_ACT_TRACE'", "without a tracer"},
        {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}",
         "defaultErrnoRet '4096'", "from 0 to 4095"},
        {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"EWHAT\"}", "'EWHAT'", "EPERM"},
        {CALLS("3"), "syscalls[0] '3'", "an object"},
        {CALLS("{\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names missing", "names"},
        {CALLS("{\"names\":\"read\",\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names 'read'",
         "an array"},
        {CALLS("{\"names\":[1],\"action\":\"SCMP_ACT_KILL\"}"), "syscalls[0].names[0] '1'",
         "a string"},
        {CALLS("{\"names\":[],\"action\":\"SCMP_ACT_TRACE\"}"), "syscalls[0].action",
         "without a tracer"},
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
        {"{\"x-cgrun-base\":\"none\"}", "x-cgrun-base 'none'", "'batch' or 'strict'"},
        {"{\"x-cgrun-base\":7}", "x-cgrun-base '7'", "string"},
        {"{\"x-cgrun-base\":\"build\"}", "x-cgrun-base 'build'", "'batch' or 'strict'"},
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

/* Every problem of a file, in its order, with the line and column of the value or what lacks it. */
static void test_all_problems_are_told(void **state)
{
    static const char text[] =
        "{\n"
        "  \"defaultAction\": \"SCMP_ACT_MAYBE\",\n"
        "  \"architectures\": [\"SCMP_ARCH_X86\", 7],\n"
        "  \"syscalls\": [\n"
        "    {\"names\": [\"read\", 1], \"action\": \"SCMP_ACT_ALLOW\",\n"
        "     \"args\": [{\"op\": \"SCMP_CMP_XX\"}]},\n"
        "    {\"comment\": \"\xc3\xa4\\\"{\", \"names\": true, \"errnoRet\": 9999}\n"
        "  ]\n"
        "}\n";
    static const struct policy_problem expected[] = {
        {2, 20, EINVAL, "defaultAction", "'SCMP_ACT_MAYBE'", NULL},
        {3, 38, EINVAL, "architectures[1]", "'7'", NULL},
        {6, 15, EINVAL, "syscalls[0].args[0].index", "missing", NULL},
        {6, 22, EINVAL, "syscalls[0].args[0].op", "'SCMP_CMP_XX'", NULL},
        {5, 24, EINVAL, "syscalls[0].names[1]", "'1'", NULL},
        {7, 52, EINVAL, "syscalls[1].errnoRet", "'9999'", NULL},
        {7, 5, EINVAL, "syscalls[1].action", "missing", NULL},
        {7, 5, EINVAL, "syscalls[1].names", "'true'", NULL},
    };
    _cleanup_problems_ struct policy_problems problems = {0};
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        oci_read(text, strlen(text), "x.json", &context, &rules, &notes, &problems, &err), -EINVAL);
    assert_string_equal(err.what,
                        "policy x.json:2:20: defaultAction 'SCMP_ACT_MAYBE' (the first of "
                        "8: see `cgjob policy check`)");
    assert_int_equal(problems.count, LEN(expected));
    for (size_t i = 0; i < LEN(expected); i++) {
        const struct policy_problem *got = &problems.item[i];

        if (got->line != expected[i].line || got->column != expected[i].column ||
            strcmp(got->path, expected[i].path) != 0 || strcmp(got->found, expected[i].found) != 0)
            fail_msg("%zu: %u:%u %s %s", i, got->line, got->column, got->path, got->found);
    }
}

/* Who reads a rule's answer can find the rule. */
static void test_rules_know_where_they_stand(void **state)
{
    static const char text[] = "{\"x-cgrun-base\": \"strict\",\n"
                               " \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
                               " \"syscalls\": [{\"action\": \"SCMP_ACT_KILL\", \"names\":\n"
                               "   [\"mount\",\n"
                               "    \"umount2\"]}]}";
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};
    size_t from, to;

    (void)state;
    assert_int_equal(read_text(text, &rules, &notes, &err), 0);
    rules_sort(&rules);
    assert_true(rules_find(&rules, "umount2", &from, &to));
    assert_string_equal(rules.item[to - 1].origin.source, "x.json");
    assert_int_equal(rules.item[to - 1].origin.line, 5);
    assert_int_equal(rules.item[to - 1].origin.entry, 0);
    assert_int_equal(rules.otherwise_from.line, 2);
    assert_true(rules_find(&rules, "read", &from, &to));
    assert_string_equal(rules.item[from].origin.source, "strict");
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
    assert_non_null(strstr(err.expected, "256 members"));
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

/* Refused with an errno like others; only that somebody shall hear of it. */
static void test_notify(void **state)
{
    _cleanup_rules_ struct rules rules = {0};
    _cleanup_strv_ struct strv notes = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_text("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":"
                               "[\"mount\"],\"action\":\"SCMP_ACT_NOTIFY\",\"errnoRet\":13}]}",
                               &rules, &notes, &err),
                     0);
    assert_true(rules.tell);
    assert_int_equal(rules.item[0].answer.kind, ANSWER_ERRNO);
    assert_int_equal(rules.item[0].answer.error, EACCES);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_profile),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_refuses_with_the_place),
        cmocka_unit_test(test_all_problems_are_told),
        cmocka_unit_test(test_rules_know_where_they_stand),
        cmocka_unit_test(test_refuses_too_much),
        cmocka_unit_test(test_notes_what_has_no_effect),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}