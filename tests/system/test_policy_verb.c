/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cgjob policy`, as somebody asks who was refused a call. */
#include <string.h>

#include "tests/system/harness.h"

static void a_call_is_explained(void **state)
{
    struct run run _cleanup_run_ = {0}, bad _cleanup_run_ = {0};

    (void)state;
    cgjob(&run, ARGS("policy", "explain", "batch", "mount", "read"));
    expect_status(&run, 0);
    expect_out(&run, "mount                    refused with EPERM\n"
                     "                         by batch:");
    expect_out(&run, "\nread                     allowed\n");
    cgjob(&bad, ARGS("policy", "explain", "batch", "teleport"));
    expect_status(&bad, 1);
    expect_err(&bad, "no system call 'teleport'");
}

static void a_policy_is_explained_by_what_it_answers(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct json *all;

    (void)state;
    cgjob(&run, ARGS("policy", "explain", "strict"));
    expect_status(&run, 0);
    expect_out(&run, "takes away:\n");
    expect_out(&run, "  @mount           mounts and the root directory\n");
    expect_out(&run, "killed (not named: the default) (");
    all = cgjob_json(ARGS("policy", "explain", "none", "--json"));
    assert_true(json_members(all) > 300);
    assert_string_equal(json_text(json_get(json_get(all, "ptrace"), "answer")),
                        "allowed (not named: the default)");
    json_free(all);
}

static void two_are_compared(void **state)
{
    struct run run _cleanup_run_ = {0}, same _cleanup_run_ = {0};

    (void)state;
    cgjob(&run, ARGS("policy", "diff", "batch", "strict"));
    expect_status(&run, 0);
    expect_out(&run, "socket                   refused with EAFNOSUPPORT if ");
    expect_out(&run, " -> refused with EACCES\n");
    cgjob(&same, ARGS("policy", "diff", "batch", "batch"));
    assert_string_equal(same.out, "0 calls are answered differently\n");
}

/* What is simulated is what the programs answer that a job would get. */
static void calls_are_tried_without_being_made(void **state)
{
    struct run run _cleanup_run_ = {0}, named _cleanup_run_ = {0}, bad _cleanup_run_ = {0};

    (void)state;
    cgjob(&run, ARGS("policy", "test", "batch", "clone,0x10000000", "clone,0x11", "mount"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "clone,0x10000000         refused with EPERM\n"
                                 "clone,0x11               allowed\n"
                                 "mount                    refused with EPERM\n");
    cgjob(&named, ARGS("policy", "test", "batch", "--syscall", "socket,domain=AF_VSOCK"));
    assert_string_equal(named.out, "socket,domain=AF_VSOCK   refused with EAFNOSUPPORT\n");
    cgjob(&bad, ARGS("policy", "test", "batch", "clone,many"));
    expect_status(&bad, 2);
    expect_err(&bad, "expected numbers, or constants such as AF_INET");
}

static void groups_are_listed_and_opened(void **state)
{
    struct run list _cleanup_run_ = {0}, one _cleanup_run_ = {0}, bad _cleanup_run_ = {0};

    (void)state;
    cgjob(&list, ARGS("policy", "groups"));
    expect_out(&list, "@system-service");
    cgjob(&one, ARGS("policy", "groups", "@mount"));
    expect_out(&one, "umount2\n");
    cgjob(&bad, ARGS("policy", "groups", "@moon"));
    expect_status(&bad, 1);
}

static void a_file_is_checked(void **state)
{
    struct run good _cleanup_run_ = {0}, bad _cleanup_run_ = {0}, slip _cleanup_run_ = {0},
                    usage _cleanup_run_ = {0};

    (void)state;
    write_file(scratch("good.json"), "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    write_file(scratch("bad.json"), "{\"defaultAction\": \"SCMP_ACT_MAYBE\",\n"
                                    " \"syscalls\": [{\"names\": [\"read\"],\n"
                                    "  \"action\": \"SCMP_ACT_ALLOW\", \"errnoRet\": -1}]}");
    write_file(scratch("slip.json"),
               "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
               " \"syscalls\": [{\"names\": [\"read\",\n"
               "  \"accept\", \"opennat\", \"bindd\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");
    cgjob(&good, ARGS("policy", "check", scratch("good.json")));
    expect_status(&good, 0);
    expect_out(&good, "good.json compiles, to ");
    cgjob(&bad, ARGS("policy", "check", scratch("bad.json")));
    expect_status(&bad, 1);
    expect_err(&bad, "bad.json:1:19: defaultAction 'SCMP_ACT_MAYBE': expected SCMP_ACT_ALLOW, ");
    expect_err(&bad, "bad.json:3:43: syscalls[0].errnoRet '-1': expected a whole number ");
    cgjob(&slip, ARGS("policy", "check", scratch("slip.json")));
    expect_status(&slip, 0);
    expect_out(&slip, "slip.json:3: 'opennat' is unknown here");
    expect_out(&slip, "slip.json:3: 'bindd' is unknown here");
    cgjob(&usage, ARGS("policy", "praise", "batch"));
    expect_status(&usage, 2);
    expect_err(&usage, "expected explain POLICY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_explained),
        cmocka_unit_test(a_policy_is_explained_by_what_it_answers),
        cmocka_unit_test(two_are_compared),
        cmocka_unit_test(calls_are_tried_without_being_made),
        cmocka_unit_test(groups_are_listed_and_opened),
        cmocka_unit_test(a_file_is_checked),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system policy verb", tests);
}
