/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over jobs: by what they are keyed, what was not measured, their order and forms. */
#include <stdio.h>

#include "runner/present/csv.h"
#include "runner/present/present.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

/* A job of an owner, whose name is "job", with that much CPU time and a ledger of two commands. */
static void add_job(struct usage *u, const char *owner, double cpu, int status, int64_t day)
{
    _cleanup_record_ struct record r;
    struct ledger_row make, cc;

    record_init(&r);
    r.name = strdup("job");
    r.owner = owner ? strdup(owner) : NULL;
    r.verdict.status = status;
    r.started_ns = day * 86400 * INT64_C(1000000000);
    metric_set(&r, METRIC_WALL_SECONDS, 10, "clock");
    metric_set(&r, METRIC_CPU_SECONDS, cpu, "cgroup");
    metric_set(&r, METRIC_RUNQUEUE_WAIT_SECONDS, 0.5, "bpf");
    metric_set(&r, METRIC_MEMORY_PEAK_BYTES, cpu * 1e6, "cgroup");
    metric_set(&r, METRIC_PROCESSES_TOTAL, 3, "bpf");
    metric_set(&r, METRIC_IO_READ_BYTES, 100, "bpf");
    if (owner)
        metric_set(&r, METRIC_IO_WRITE_BYTES, 7, "bpf");
    else
        metric_unavailable(&r, METRIC_IO_WRITE_BYTES, "no tracing");
    r.ledger.available = true;
    make = row_of_process(1, "make", 1);
    cc = row_of_process(2, "cc", 2);
    cc.exit_code = 1;
    assert_int_equal(ledger_add(&r.ledger, &make), 0);
    assert_int_equal(ledger_add(&r.ledger, &cc), 0);
    assert_int_equal(ledger_add(&r.ledger, &cc), 0);
    assert_int_equal(usage_add(u, &r, "root"), 0);
}

static void add_some(struct usage *u)
{
    add_job(u, "ops", 1, 0, 1);
    add_job(u, "dba", 5, 0, 2);
    add_job(u, "ops", 2, 3, 2);
    add_job(u, NULL, 0.5, 0, 3);
}

static void assert_keys(const struct usage *u, const char *expected)
{
    _cleanup_buf_ struct buf got = {0};

    for (size_t i = 0; i < u->count; i++)
        buf_addf(&got, "%s ", u->rows[i].key);
    assert_string_equal(buf_text(&got), expected);
}

static void test_sums_by_owner(void **state)
{
    struct usage u = {.by = USAGE_BY_OWNER};

    (void)state;
    add_some(&u);
    assert_int_equal(usage_sort(&u, NULL), 0);
    assert_keys(&u, "dba ops - ");
    assert_int_equal(u.rows[1].jobs, 2);
    assert_int_equal(u.rows[1].failed, 1);
    assert_int_equal(u.rows[1].processes, 6);
    assert_true(u.rows[1].cpu_seconds == 3 && u.rows[1].wall_seconds == 20);
    assert_true(u.rows[1].memory_peak_bytes == 2e6 && u.rows[1].io_write_bytes == 14);
    assert_int_equal(u.rows[1].unmeasured, 0);
    assert_int_equal(u.rows[2].unmeasured, 1);
    assert_int_equal(u.total.jobs, 4);
    assert_true(u.total.cpu_seconds == 8.5 && u.total.memory_peak_bytes == 5e6);
    usage_free(&u);
}

static void test_by_command(void **state)
{
    struct usage u = {.by = USAGE_BY_COMMAND};

    (void)state;
    add_some(&u);
    usage_sort(&u, "processes");
    assert_keys(&u, "cc make ");
    assert_int_equal(u.rows[0].jobs, 4);
    assert_int_equal(u.rows[0].processes, 8);
    assert_int_equal(u.rows[0].failed, 8);
    assert_true(u.rows[0].cpu_seconds == 16);
    assert_int_equal(u.total.jobs, 4);
    assert_int_equal(u.total.processes, 12);
    usage_free(&u);
}

static void test_other_keys(void **state)
{
    static const struct {
        enum usage_by by;
        const char *keys;
    } cases[] = {{USAGE_BY_NAME, "job "},
                 {USAGE_BY_USER, "root "},
                 {USAGE_BY_DAY, "1970-01-02 1970-01-03 1970-01-04 "}};

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct usage u = {.by = cases[i].by};

        add_some(&u);
        usage_sort(&u, "key");
        assert_keys(&u, cases[i].keys);
        assert_int_equal(usage_by_name(usage_name(cases[i].by)), cases[i].by);
        usage_free(&u);
    }
    assert_int_equal(usage_by_name("moon"), -1);
}

static void test_orders(void **state)
{
    static const char *const orders[] = {"cpu", "wall", "memory", "io", "jobs", "processes", "key"};
    static const char *const keys[] = {"dba ops - ", "ops - dba ", "dba ops - ", "ops dba - ",
                                       "ops - dba ", "ops - dba ", "- dba ops "};
    struct usage u = {.by = USAGE_BY_OWNER};

    (void)state;
    add_some(&u);
    for (size_t i = 0; i < LEN(orders); i++) {
        assert_int_equal(usage_sort(&u, orders[i]), 0);
        assert_keys(&u, keys[i]);
    }
    assert_int_equal(usage_sort(&u, "moon"), -EINVAL);
    usage_free(&u);
}

static void test_forms(void **state)
{
    struct usage u = {.by = USAGE_BY_OWNER};
    _cleanup_buf_ struct buf table = {0}, csv = {0};

    (void)state;
    add_job(&u, "a,b", 1, 0, 1);
    add_job(&u, NULL, 2, 1, 1);
    usage_sort(&u, "key");
    present_usage(&u, &table);
    present_usage_csv(&u, &csv);
    assert_string_equal(
        buf_text(&table),
        "OWNER                      JOBS     FAILED  PROCESSES       WALL        CPU     WAITED   "
        "PEAK MEM       READ      WROTE\n"
        "-                             1          1          3        10s         2s      500ms   "
        "1.91 MiB      100 B        0 B\n"
        "a,b                           1          0          3        10s         1s      500ms    "
        "977 KiB      100 B        7 B\n"
        "all                           2          1          6        20s         3s         1s   "
        "1.91 MiB      200 B        7 B\n"
        "1 job could not measure all of it: cgjob show names what and why\n");
    assert_string_equal(buf_text(&csv),
                        "owner,jobs,failed,processes,wall_seconds,cpu_seconds,"
                        "runqueue_wait_seconds,memory_peak_bytes,io_read_bytes,io_write_bytes,"
                        "unmeasured_jobs\n"
                        "-,1,1,3,10,2,0.5,2000000,100,0,1\n"
                        "\"a,b\",1,0,3,10,1,0.5,1000000,100,7,0\n");
    usage_free(&u);
}

/* Sums of bytes pass what nine digits hold. */
static void test_csv_numbers(void **state)
{
    _cleanup_buf_ struct buf line = {0};

    (void)state;
    csv_real(&line, 12345678901234.0);
    csv_real(&line, 0.1);
    csv_real(&line, 12.5);
    csv_real(&line, 0);
    csv_real(&line, 1e300);
    assert_string_equal(buf_text(&line), "12345678901234,0.1,12.5,0,1e+300");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_by_owner), cmocka_unit_test(test_by_command),
        cmocka_unit_test(test_other_keys),    cmocka_unit_test(test_orders),
        cmocka_unit_test(test_forms),         cmocka_unit_test(test_csv_numbers),
    };

    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
