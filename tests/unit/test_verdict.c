/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an end is named: one table of what a supervisor may see, and what it must make of it. */
#include <signal.h>
#include <stdio.h>

#include "runner/record/verdict.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

#define MAIN_PID 10
#define EXIT(n)  ((n) << 8)
#define DIED(n)  (n)

/* What the ledger says of the command itself, or of a child. */
enum traced { NOT_TRACED, TRACED, OOM_CHILD, DENIED_CHILD, KILLED_BY_ROOT };

static const char *name_of(int number, char *buf, size_t size)
{
    snprintf(buf, size, "call%d", number);
    return buf;
}

static void trace(struct ledger *l, enum traced how, const struct ending *e)
{
    struct ledger_row shell = row_of_process(MAIN_PID, "sh", 0.1),
                      child = row_of_process(11, "child", 0.2);

    if (how == NOT_TRACED)
        return;
    l->available = true;
    shell.signal = e->wait_status & 0x7f;
    child.peak_rss_bytes = 100 << 20;
    if (how == OOM_CHILD) {
        child.oom = true;
        child.signal = SIGKILL;
    } else if (how == DENIED_CHILD) {
        child.denied_syscall = 101;
        child.signal = SIGSYS;
    } else if (how == KILLED_BY_ROOT) {
        shell.sender_pid = 77;
        snprintf(shell.sender_comm, sizeof(shell.sender_comm), "killer");
    }
    ledger_add(l, &shell);
    ledger_add(l, &child);
}

static const struct {
    const char *what;
    struct ending ending;
    enum traced traced;
    enum verdict_kind kind;
    int status;
    const char *evidence; /* "key=value" that must be there */
} cases[] = {
    {"a plain end", {.wait_status = EXIT(0)}, TRACED, VERDICT_EXITED, 0, NULL},
    {"a failure", {.wait_status = EXIT(3)}, TRACED, VERDICT_EXITED, 3, NULL},
    {"124 that is no timeout", {.wait_status = EXIT(124)}, TRACED, VERDICT_EXITED, 124, NULL},
    {"125 that is not cgrun's", {.wait_status = EXIT(125)}, TRACED, VERDICT_EXITED, 125, NULL},
    {"137 without an OOM kill", {.wait_status = EXIT(137)}, TRACED, VERDICT_EXITED, 137, NULL},
    {"a signal from outside",
     {.wait_status = DIED(SIGKILL)},
     KILLED_BY_ROOT,
     VERDICT_SIGNALED,
     137,
     "sender_comm=killer"},
    {"a crash",
     {.wait_status = DIED(SIGSEGV)},
     TRACED,
     VERDICT_SIGNALED,
     139,
     "sender_comm=kernel"},
    {"an untraced crash",
     {.wait_status = DIED(SIGSEGV)},
     NOT_TRACED,
     VERDICT_SIGNALED,
     139,
     "sender=unknown: the process was not traced"},
    {"memory",
     {.wait_status = DIED(SIGKILL), .oom_kills = 1, .memory_limit = 1 << 20},
     OOM_CHILD,
     VERDICT_OOM,
     137,
     "victim_comm=child"},
    {"memory, of a shell's child",
     {.wait_status = EXIT(137), .oom_kills = 1},
     OOM_CHILD,
     VERDICT_OOM,
     137,
     "victim_pid=11"},
    {"memory, and the job went on",
     {.wait_status = EXIT(0), .oom_kills = 1},
     OOM_CHILD,
     VERDICT_EXITED,
     0,
     NULL},
    {"a refused call",
     {.wait_status = DIED(SIGSYS), .policy = "strict"},
     DENIED_CHILD,
     VERDICT_SECCOMP,
     159,
     "syscall=call101"},
    {"a refused call of a shell's child",
     {.wait_status = EXIT(159), .policy = "strict"},
     DENIED_CHILD,
     VERDICT_SECCOMP,
     159,
     "comm=child"},
    {"159 without a refused call", {.wait_status = EXIT(159)}, TRACED, VERDICT_EXITED, 159, NULL},
    {"a time limit",
     {.wait_status = DIED(SIGTERM),
      .cause = STOP_TIMEOUT,
      .stop_signal = SIGTERM,
      .limit_seconds = 1.5},
     TRACED,
     VERDICT_TIMEOUT,
     124,
     "limit_seconds=1.5"},
    {"a time limit, ended with 0",
     {.wait_status = EXIT(0), .cause = STOP_TIMEOUT},
     TRACED,
     VERDICT_TIMEOUT,
     124,
     "killed=no"},
    {"a time limit, killed",
     {.wait_status = DIED(SIGKILL), .cause = STOP_TIMEOUT, .killed = true},
     TRACED,
     VERDICT_TIMEOUT,
     124,
     "killed=yes"},
    {"CPU time",
     {.wait_status = DIED(SIGTERM), .cause = STOP_CPU_TIMEOUT, .used_seconds = 2.25},
     TRACED,
     VERDICT_CPU_TIMEOUT,
     124,
     "used_seconds=2.25"},
    {"a request",
     {.wait_status = DIED(SIGTERM),
      .cause = STOP_REQUESTED,
      .stop_signal = SIGTERM,
      .requested_by_pid = 5,
      .requested_by_uid = 1000},
     TRACED,
     VERDICT_STOPPED,
     143,
     "by_uid=1000"},
    {"Ctrl-C that it died of",
     {.wait_status = DIED(SIGINT),
      .cause = STOP_REQUESTED,
      .stop_signal = SIGINT,
      .terminal_signal = true},
     TRACED,
     VERDICT_STOPPED,
     130,
     "by=terminal"},
    {"Ctrl-C that it handled",
     {.wait_status = EXIT(0),
      .cause = STOP_REQUESTED,
      .stop_signal = SIGINT,
      .terminal_signal = true},
     TRACED,
     VERDICT_EXITED,
     0,
     NULL},
};

static void check_evidence(const struct record *r, const char *what, const char *evidence)
{
    const char *equals = strchr(evidence, '='), *value;
    char key[64];

    snprintf(key, sizeof(key), "%.*s", (int)(equals - evidence), evidence);
    value = pairs_get(&r->verdict.evidence, key);
    if (!value || strcmp(value, equals + 1) != 0)
        fail_msg("%s: %s is %s, expected %s", what, key, value ? value : "absent", equals + 1);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_record_ struct record r;
        struct ending e = cases[i].ending;

        record_init(&r);
        e.main_pid = MAIN_PID;
        e.syscall_name = name_of;
        trace(&r.ledger, cases[i].traced, &e);
        assert_int_equal(verdict_decide(&r, &e), 0);
        if (r.verdict.kind != cases[i].kind || r.verdict.status != cases[i].status)
            fail_msg("%s: %s with status %d, expected %s with %d", cases[i].what,
                     verdict_name(r.verdict.kind), r.verdict.status, verdict_name(cases[i].kind),
                     cases[i].status);
        if (cases[i].evidence)
            check_evidence(&r, cases[i].what, cases[i].evidence);
    }
}

static void test_failed_starts(void **state)
{
    static const struct {
        bool exec;
        int error, status;
    } starts[] = {
        {true, ENOENT, 127}, {true, EACCES, 126}, {true, ENOEXEC, 126}, {false, ENOENT, 125}};

    (void)state;
    for (size_t i = 0; i < LEN(starts); i++) {
        _cleanup_record_ struct record r;

        record_init(&r);
        assert_int_equal(verdict_start_failed(&r, "exec", starts[i].exec, starts[i].error, "text"),
                         0);
        assert_int_equal(r.verdict.kind, VERDICT_START_FAILED);
        assert_int_equal(r.verdict.status, starts[i].status);
        assert_string_equal(pairs_get(&r.verdict.evidence, "step"), "exec");
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < VERDICT_COUNT; kind++)
        assert_int_equal(verdict_by_name(verdict_name((enum verdict_kind)kind)), kind);
    assert_int_equal(verdict_by_name("fine"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_failed_starts),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
