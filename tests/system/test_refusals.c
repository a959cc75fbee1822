/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refused calls that are told as they happen. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

static const char sethostname_line[] = "sethostname(";

/* Before the call returns: what the job says afterwards stands behind it. */
static void it_is_told_at_once(void **state)
{
    struct run run _cleanup_run_ = {0};
    const char *told, *after;

    (void)state;
    cgrun(&run,
          ARGS("-v", "--", "sh", "-c", "\"$0\" sethostname >&2; echo after >&2", job("attempt")));
    expect_err(&run, "sethostname: EPERM");
    expect_err(&run, ") refused with EPERM to attempt[");
    expect_err(&run, ", by batch:");
    told = strstr(run.err, sethostname_line);
    after = strstr(run.err, "sethostname: EPERM");
    assert_true(told && after && told < after);
    assert_int_equal((int)metric(&run, "denied_syscalls"), 1);
    assert_non_null(limit_of(&run, "TellRefused"));
}

/* One line for what is the same; the record counts. */
static void what_is_the_same_is_told_once(void **state)
{
    struct run run _cleanup_run_ = {0}, why _cleanup_run_ = {0};
    char id[16];

    (void)state;
    cgrun(&run, ARGS("-v", "--", job("attempt"), "mount", "mount", "mount", "sethostname"));
    expect_out(&run, "mount: EPERM\nmount: EPERM\nmount: EPERM\nsethostname: EPERM\n");
    assert_int_equal(count_text(run.err, "mount(source="), 1);
    assert_int_equal((int)metric(&run, "denied_syscalls"), 4);
    expect_event(&run, "denied", ", 3 times, by batch:");
    expect_event(&run, "denied", ", 1 time, by batch:");
    snprintf(id, sizeof(id), "%d", (int)number_of(&run, "id"));
    cgjob(&why, ARGS("why", id));
    expect_out(&why, "mount(source=0x");
}

/* The errno is the policy's; SCMP_ACT_NOTIFY tells without being asked; a line names the rule. */
static void a_policy_can_ask_for_it(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    write_file(scratch("ask.json"),
               "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
               " \"syscalls\": [{\"names\": [\"sethostname\"], \"action\": \"SCMP_ACT_NOTIFY\",\n"
               "                \"errnoRet\": 13},\n"
               "               {\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 75, \"names\": [\n"
               "                 \"mount\"]}]}");
    cgrun(&run,
          ARGS("--policy", scratch("ask.json"), "--", job("attempt"), "mount", "sethostname"));
    expect_out(&run, "mount: EOVERFLOW\nsethostname: EACCES\n");
    expect_err(&run, " refused with EACCES to attempt[");
    expect_err(&run, "ask.json:2 (syscalls[0])");
    expect_err(&run, "ask.json:5 (syscalls[1])");
}

/* Whatever the policy does about a call, it is named, to whom and by which rule. */
static void every_action_is_named(void **state)
{
    static const struct {
        const char *action, *kind;
    } rows[] = {
        {"ERRNO", "denied"},        {"NOTIFY", "denied"},      {"LOG", "audit"},
        {"KILL_PROCESS", "denied"}, {"KILL_THREAD", "denied"}, {"TRAP", "denied"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run _cleanup_run_ = {0};
        char text[256];

        snprintf(text, sizeof(text),
                 "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n"
                 "  {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_%s\"}]}",
                 rows[i].action);
        write_file(scratch("action.json"), text);
        cgrun(&run, ARGS("-v", "--policy", scratch("action.json"), "--", "sh", "-c",
                         "\"$0\" mount; true", job("attempt")));
        expect_event(&run, rows[i].kind, "mount");
        expect_event(&run, rows[i].kind, "attempt[");
        expect_event(&run, rows[i].kind, "action.json:2 (syscalls[0])");
        expect_err(&run, "action.json:2 (syscalls[0])");
    }
}

/* A policy may allow nothing that could carry a listener: it is fetched all the same. */
static void the_policy_need_not_help(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("-v", "--syscall-filter", "~@network-io:EPERM pidfd_getfd:EPERM getpid:EPERM",
                     "--", job("attempt"), "sethostname"));
    expect_out(&run, "sethostname: EPERM\n");
    expect_err(&run, sethostname_line);
}

static void on_trial_it_is_allowed_and_told(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--audit", "-v", "--syscall-filter", "~getppid:EACCES", "--", job("attempt"),
                     "getppid"));
    expect_out(&run, "getppid: done\n");
    expect_err(&run, ") would be refused with EACCES to attempt[");
    expect_event(&run, "audit", "would be refused with EACCES");
    assert_int_equal((int)metric(&run, "denied_syscalls"), 0);
}

/* Also what would kill, and what depends on arguments; no tracing is needed for it. */
static void a_strict_policy_can_be_tried(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--audit", "-v", "--trace", "none", "--policy", "strict", "--", job("attempt"),
                     "mount", "unshare-mount"));
    expect_verdict(&run, "exited");
    expect_err(&run, ") would kill attempt[");
    expect_err(&run, "unshare(flags=CLONE_NEWNS) would kill attempt[");
    expect_event(&run, "audit", "unshare(flags=CLONE_NEWNS)");
    run_free(&run);
    run = (struct run){0};
    cgrun(&run, ARGS("--audit", "-v", "--", job("attempt"), "unshare-mount", "clone-mount"));
    expect_err(&run, "unshare(flags=CLONE_NEWNS) would be refused with EPERM to attempt[");
    expect_err(&run, "clone(flags=0x");
}

static void as_another_user(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("-v", "--user", "nobody", "--", job("attempt"), "sethostname"));
    expect_out(&run, "sethostname: EPERM\n");
    expect_err(&run, sethostname_line);
}

/* There is one listener for a process: the outer one hears it all. */
static void inside_another_it_is_said_that_it_cannot(void **state)
{
    struct run run _cleanup_run_ = {0}, inner _cleanup_run_ = {0};

    (void)state;
    cgrun(&run,
          ARGS("-v", "--policy", "none", "--syscall-filter", "~getppid:EACCES", "--delegate", "--",
               harness_cgrun(), "-v", "--name", "inner", "--", job("attempt"), "sethostname"));
    expect_err(&run, "what the policy refuses is not told: an outer job's calls are listened to");
    expect_out(&run, "sethostname: EPERM\n");
    cgjob(&inner, ARGS("show", "inner", "--json"));
    expect_out(&inner,
               "\"key\": \"TellRefused\",\n      \"asked\": \"yes\",\n      \"effective\": \"no\"");
}

/* Nobody waits for an answer that nobody gives. */
static void without_cgrun_a_refused_call_fails(void **state)
{
    struct run run _cleanup_run_ = {0}, end _cleanup_run_ = {0};
    double until = now_seconds() + slack(10);

    (void)state;
    cgrun_start(&run, ARGS("-v", "--stdout", scratch("said"), "--", "sh", "-c",
                           "while \"$0\" sethostname; do sleep 0.05; done", job("attempt")));
    while (!file_holds(scratch("said"), "sethostname: EPERM\n") && now_seconds() < until)
        sleep_seconds(0.05);
    kill(run.pid, SIGKILL);
    run_wait(&run);
    while (!file_holds(scratch("said"), "sethostname: ENOSYS\n") && now_seconds() < until)
        sleep_seconds(0.05);
    cgjob(&end, ARGS("recover"));
    expect_status(&end, 0);
    assert_true(file_holds(scratch("said"), "sethostname: EPERM\n"));
    assert_true(file_holds(scratch("said"), "sethostname: ENOSYS\n"));
}

/* More than can be kept apart: all are counted, memory stays. */
static void a_storm_is_counted(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("-v", "--syscall-filter", "~getppid:EPERM", "--", "/usr/bin/python3", "-c",
                     "import os, ctypes\n"
                     "libc = ctypes.CDLL(None)\n"
                     "for i in range(300):\n"
                     "    libc.prctl(15, b'storm%d' % i)\n"
                     "    libc.getppid(); libc.getppid()\n"));
    expect_status(&run, 0);
    assert_int_equal((int)metric(&run, "denied_syscalls"), 600);
    assert_int_equal(count_text(run.err, " refused with EPERM to storm"), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_at_once),
        cmocka_unit_test(what_is_the_same_is_told_once),
        cmocka_unit_test(a_policy_can_ask_for_it),
        cmocka_unit_test(every_action_is_named),
        cmocka_unit_test(the_policy_need_not_help),
        cmocka_unit_test(on_trial_it_is_allowed_and_told),
        cmocka_unit_test(a_strict_policy_can_be_tried),
        cmocka_unit_test(as_another_user),
        cmocka_unit_test(inside_another_it_is_said_that_it_cannot),
        cmocka_unit_test(without_cgrun_a_refused_call_fails),
        cmocka_unit_test(a_storm_is_counted),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system refusals", tests);
}
