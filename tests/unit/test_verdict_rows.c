/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process of the ledger an end is told of, where several could be meant. */
#include <signal.h>
#include <stdio.h>

#include "runner/record/verdict.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

#define MAIN_PID 10
#define SECOND   1000000000LL

/* A process that lived from one second to another. */
static struct ledger_row lived(uint32_t pid, const char *comm, int from, int to)
{
    struct ledger_row row = row_of_process(pid, comm, 0.1);

    row.started_ns = from * SECOND;
    row.ended_ns = to * SECOND;
    return row;
}

static void assert_evidence(const struct record *r, const char *key, const char *value)
{
    const char *found = pairs_get(&r->verdict.evidence, key);

    if (!found || strcmp(found, value) != 0)
        fail_msg("%s is '%s', expected '%s'", key, found ? found : "(none)", value);
}

static void test_the_last_victim_and_its_neighbour_are_named(void **state)
{
    const struct ending ending = {.wait_status = SIGKILL, .oom_kills = 2, .main_pid = MAIN_PID};
    struct ledger_row first = lived(11, "first", 1, 5), last = lived(12, "last", 1, 8),
                      large = lived(13, "large", 1, 9), small = lived(14, "small", 1, 9),
                      gone = lived(15, "gone", 1, 7), late = lived(16, "late", 9, 10);
    _cleanup_record_ struct record r;

    (void)state;
    record_init(&r);
    r.ledger.available = true;
    first.oom = last.oom = true;
    large.peak_rss_bytes = 30 << 20;
    small.peak_rss_bytes = 20 << 20;
    gone.peak_rss_bytes = late.peak_rss_bytes = 40 << 20;
    ledger_add(&r.ledger, &last);
    ledger_add(&r.ledger, &first);
    ledger_add(&r.ledger, &small);
    ledger_add(&r.ledger, &large);
    ledger_add(&r.ledger, &gone);
    ledger_add(&r.ledger, &late);
    assert_int_equal(verdict_decide(&r, &ending), 0);
    assert_int_equal(r.verdict.kind, VERDICT_OOM);
    assert_evidence(&r, "victim_comm", "last");
    assert_evidence(&r, "next_comm", "large");
}

/* A number that was given out again is the later process's: the command is what ended last. */
static void test_a_pid_used_twice_means_the_later_process(void **state)
{
    const struct ending ending = {.wait_status = SIGTERM, .main_pid = MAIN_PID};
    struct ledger_row before = lived(MAIN_PID, "before", 1, 2),
                      command = lived(MAIN_PID, "command", 3, 4);
    _cleanup_record_ struct record r;

    (void)state;
    record_init(&r);
    r.ledger.available = true;
    before.signal = command.signal = SIGTERM;
    before.sender_pid = 70;
    command.sender_pid = 80;
    ledger_add(&r.ledger, &before);
    ledger_add(&r.ledger, &command);
    assert_int_equal(verdict_decide(&r, &ending), 0);
    assert_evidence(&r, "sender_pid", "80");
    assert_evidence(&r, "process", "command");
}

/* The ledger's row then says something else than what wait(2) said: nothing is made of it. */
static void test_another_signals_sender_is_not_named(void **state)
{
    const struct ending ending = {.wait_status = SIGTERM, .main_pid = MAIN_PID};
    struct ledger_row row = lived(MAIN_PID, "command", 1, 2);
    _cleanup_record_ struct record r;

    (void)state;
    record_init(&r);
    r.ledger.available = true;
    row.signal = SIGHUP;
    row.sender_pid = 80;
    ledger_add(&r.ledger, &row);
    assert_int_equal(verdict_decide(&r, &ending), 0);
    assert_null(pairs_get(&r.verdict.evidence, "sender_pid"));
    assert_non_null(pairs_get(&r.verdict.evidence, "sender"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_victim_and_its_neighbour_are_named),
        cmocka_unit_test(test_a_pid_used_twice_means_the_later_process),
        cmocka_unit_test(test_another_signals_sender_is_not_named),
    };

    return cmocka_run_group_tests_name("verdict_rows", tests, NULL, NULL);
}
