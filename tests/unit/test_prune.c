/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is removed of old records, and what never is. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "runner/store/logfile.h"
#include "runner/store/prune.h"
#include "runner/store/rowfile.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static char dir[64], path[96];
static struct store *store;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cgrun-unit-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/jobs.db", dir);
    return store_open(&store, path, STORE_WRITE, &err);
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    store_close(store);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static int64_t add(const char *name, enum record_state how, int64_t ended_ns)
{
    _cleanup_record_ struct record r;
    struct err err;

    record_init(&r);
    r.name = strdup(name);
    r.state = RECORD_RUNNING;
    r.started_ns = 1;
    if (store_insert(store, &r, &err) < 0)
        fail_msg("%s", err.what);
    r.state = how;
    r.ended_ns = ended_ns;
    if (store_complete(store, &r, false, &err) < 0)
        fail_msg("%s", err.what);
    return r.id;
}

static int append_id(void *data, const struct record *r)
{
    buf_addf(data, "%s%" PRId64, ((struct buf *)data)->len ? " " : "", r->id);
    return 0;
}

static void assert_left(const char *ids)
{
    const struct store_filter all = {.state = -1, .verdict = -1, .oldest_first = true};
    _cleanup_buf_ struct buf text = {0};
    struct err err;

    assert_int_equal(store_each(store, &all, append_id, &text, &err), 0);
    assert_string_equal(buf_text(&text), ids);
}

static struct pruned prune(struct prune what)
{
    struct pruned gone;
    struct err err;

    if (store_prune(store, &what, &gone, &err) < 0)
        fail_msg("%s", err.what);
    return gone;
}

static void test_by_age(void **state)
{
    struct pruned gone;

    (void)state;
    for (int64_t at = 100; at <= 600; at += 100)
        add("nightly", RECORD_ENDED, at);
    gone = prune((struct prune){.before_ns = 300, .rehearse = true});
    assert_int_equal(gone.records, 2);
    assert_left("1 2 3 4 5 6");
    gone = prune((struct prune){.before_ns = 300});
    assert_int_equal(gone.records, 2);
    assert_true(gone.bytes > 100);
    assert_int_equal(gone.files, 0);
    assert_left("3 4 5 6");
    assert_int_equal(prune((struct prune){.before_ns = 300}).records, 0);
}

static void test_the_newest_of_each_name_stay(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        add("a", RECORD_ENDED, 100); /* 1 4 7 */
        add("b", RECORD_ENDED, 100); /* 2 5 8 */
        add("c", RECORD_ENDED, 900); /* 3 6 9 */
    }
    prune((struct prune){.keep = 2, .name = "a"});
    assert_left("2 3 4 5 6 7 8 9");
    prune((struct prune){.keep = 1, .before_ns = 200});
    assert_left("3 6 7 8 9");
    prune((struct prune){.keep = 2});
    assert_left("6 7 8 9");
}

/* What runs is not over, and a number that was given is not given again. */
static void test_what_has_not_ended_and_the_last_stay(void **state)
{
    (void)state;
    add("a", RECORD_RUNNING, 0);
    add("a", RECORD_PLANNED, 0);
    add("a", RECORD_ENDED, 100);
    add("a", RECORD_ENDED, 100);
    prune((struct prune){.before_ns = 1000});
    assert_left("1 2 4");
    assert_int_equal(add("a", RECORD_ENDED, 100), 5);
}

static void write_files(int64_t id)
{
    const struct ledger_row row = {.comm = "true"};
    struct logfile log;
    struct rowfile rows;
    char older[640];
    struct err err;

    assert_int_equal(logfile_create(&log, path, id, 16, &err), 0);
    for (int i = 0; i < 3; i++)
        logfile_write(&log, "0123456789", 10);
    logfile_close(&log);
    logfile_older_path(path, id, older, sizeof(older));
    assert_int_equal(access(older, F_OK), 0);
    assert_int_equal(rowfile_create(&rows, path, id, &err), 0);
    rowfile_add(&rows, &row);
    rowfile_close(&rows);
}

static void test_logs_and_ledgers_go_with_their_records(void **state)
{
    int64_t old = add("a", RECORD_ENDED, 100), recent = add("a", RECORD_ENDED, 900);
    char log[640];
    struct pruned gone;

    (void)state;
    add("a", RECORD_ENDED, 900);
    write_files(old);
    write_files(recent);
    gone = prune((struct prune){.before_ns = 500, .rehearse = true});
    assert_int_equal(gone.files, 3);
    logfile_path(path, old, log, sizeof(log));
    assert_int_equal(access(log, F_OK), 0);
    gone = prune((struct prune){.before_ns = 500});
    assert_int_equal(gone.files, 3);
    assert_int_equal(access(log, F_OK), -1);
    logfile_path(path, recent, log, sizeof(log));
    assert_int_equal(access(log, F_OK), 0);
}

static void test_more_than_a_transaction_holds(void **state)
{
    (void)state;
    for (int i = 0; i < 250; i++)
        add("a", RECORD_ENDED, 100);
    assert_int_equal(prune((struct prune){.before_ns = 200, .rehearse = true}).records, 249);
    assert_int_equal(prune((struct prune){.before_ns = 200}).records, 249);
    assert_left("250");
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_by_age),
        WITH_STORE(test_the_newest_of_each_name_stay),
        WITH_STORE(test_what_has_not_ended_and_the_last_stay),
        WITH_STORE(test_logs_and_ledgers_go_with_their_records),
        WITH_STORE(test_more_than_a_transaction_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
