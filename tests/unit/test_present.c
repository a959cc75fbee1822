/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read of one record that has everything. */
#include "runner/present/present.h"
#include "runner/present/text.h"
#include "tests/unit/records.h"
#include "tests/unit/unit.h"

static void test_summary(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    present_summary(&r, &got);
    assert_string_equal(
        buf_text(&got),
        "cgrun: job 42 import ended: oom after 2s (status 137)\n"
        "  why      the kernel killed eat[11]: 498 MiB of its own, limit 512 MiB; next largest sh "
        "1 MiB\n"
        "  expect   wall_seconds<=1 did not hold: 2\n"
        "  cpu      1.75s   user 1.5s, system 250ms\n"
        "  memory   peak 512 MiB of 512 MiB\n"
        "  tasks    2 processes, 2 failed; every exit accounted for (99.8 % of CPU)\n"
        "  rollback git revert HEAD (cgjob rollback 42)\n"
        "  next     cgjob why 42 · cgjob ps 42\n");
}

static void test_why(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    present_why(&r, &got);
    assert_string_equal(
        buf_text(&got),
        "job 42 import: oom, status 137\n"
        "the kernel killed eat[11]: 498 MiB of its own, limit 512 MiB; next largest sh 1 MiB\n"
        "  did NOT hold wall_seconds<=1 (2)\n"
        "  03:00:01.623  oom        eat[11] was killed\n"
        "the first processes that failed:\n"
        "  sh[10] exit code 137\n"
        "  eat[11] SIGKILL\n"
        "remedy: raise --memory-max above 512 MiB, or find what grew: cgjob ps 42 --rows\n"
        "rollback: git revert HEAD\n"
        "next: cgjob show 42 · cgjob ps 42\n");
}

/* What a job met and survived, each with the limit to change. */
static void test_what_did_not_end_it(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_init(&r);
    r.state = RECORD_ENDED;
    r.policy_name = strdup("batch");
    record_add_limit(&r, "MemoryMax", "33554432", "33554432", "memory.max", NULL);
    record_add_limit(&r, "TasksMax", "20", "20", "pids.max", NULL);
    record_add_limit(&r, "CPUQuota", "50%", "50000", "cpu.max", NULL);
    metric_set(&r, METRIC_WALL_SECONDS, 10, "clock");
    metric_set(&r, METRIC_CPU_THROTTLED_SECONDS, 4, "cgroup");
    metric_set(&r, METRIC_FORK_FAILURES, 1, "cgroup");
    metric_set(&r, METRIC_OOM_KILLS, 2, "cgroup");
    metric_set(&r, METRIC_DENIED_SYSCALLS, 3, "bpf");
    present_also(&r, &got);
    present_remedy(&r, &got);
    assert_string_equal(
        buf_text(&got),
        "also: the kernel killed 2 processes for want of memory, and the job went on; --memory-max "
        "32 MiB is too low for it\n"
        "also: 1 fork was refused at a limit of tasks; raise --tasks-max 20, or that of a cgroup "
        "above\n"
        "also: its tasks were held back for 4s by the CPU quota; raise --cpu-quota 50% for more\n"
        "also: policy batch refused 3 calls\n");
}

static void test_remedies(void **state)
{
    static const struct {
        enum verdict_kind kind;
        int status, signal;
        const char *sender, *expected;
    } cases[] = {
        {VERDICT_EXITED, 1, 0, "", ""},
        {VERDICT_TIMEOUT, 124, 0, "",
         "remedy: raise --timeout, or see what it waited for: cgjob "
         "show 7\n"},
        {VERDICT_CPU_TIMEOUT, 124, 0, "",
         "remedy: raise --cpu-time-max, or see what used it: cgjob "
         "ps 7\n"},
        {VERDICT_SIGNALED, 139, 11, "0",
         "remedy: the program crashed by itself: run it again with "
         "--limit-core infinity for a core file\n"},
        {VERDICT_SIGNALED, 139, 11, "33", ""},
        {VERDICT_START_FAILED, 127, 0, "", "remedy: give the command by its path, or mend PATH\n"},
        {VERDICT_START_FAILED, 126, 0, "",
         "remedy: check that it is executable, and for this "
         "machine\n"},
        {VERDICT_OOM, 137, 9, "",
         "remedy: the job had no limit of its own: the machine, or a group above the job, had no "
         "memory left; give it a --memory-max, or run less beside it\n"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_record_ struct record r;
        _cleanup_buf_ struct buf got = {0};

        record_init(&r);
        r.id = 7;
        r.state = RECORD_ENDED;
        r.verdict.kind = cases[i].kind;
        r.verdict.status = cases[i].status;
        r.verdict.signal = cases[i].signal;
        pairs_set(&r.verdict.evidence, "sender_pid", cases[i].sender);
        present_remedy(&r, &got);
        assert_string_equal(buf_text(&got), cases[i].expected);
    }
}

static void test_traces(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    present_traces(&r, &got);
    assert_string_equal(buf_text(&got),
                        "system calls\n"
                        "  call 999                        2000\n"
                        "  read                            1234   failed: 5 EAGAIN, 1 EIO\n"
                        "network\n"
                        "  [2001:db8::7]:443 tcp                     sent    2 KiB  received    1 "
                        "MiB  2 connections\n"
                        "waits for a processor\n"
                        "  below      8us          10  ████████████████████████████████████████\n"
                        "  below     16us           0\n"
                        "  below     32us           1  ████\n"
                        "block requests\n"
                        "  none\n"
                        "files touched\n"
                        "  /etc/hosts (opened for writing 1)\n"
                        "  /srv/caf\\xe9 (opened for writing 3, renamed 1, removed 1)\n"
                        "  INCOMPLETE: 3 events found no room, 0 were of paths past the first "
                        "10000\n");
}

/* Of the host meanwhile. */
#define HOST_LINES                                                                                 \
    "  others_cpu_seconds             unavailable    not on this host\n"                           \
    "  steal_seconds                  unavailable    not on this host\n"                           \
    "  host_pressure_cpu_seconds      unavailable    not on this host\n"                           \
    "  host_pressure_memory_seconds   unavailable    not on this host\n"                           \
    "  host_pressure_io_seconds       unavailable    not on this host\n"                           \
    "  cpu_frequency_hertz            unavailable    not on this host\n"

static void test_show(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    traces_free(&r.traces); /* a test of their own */
    present_show(&r, &got);
    assert_string_equal(
        buf_text(&got),
        "job 42\n"
        "  name                           import\n"
        "  command                        ./import.sh caf\\xe9 \\x1b[31mred\n"
        "  state                          ended\n"
        "  started                        2026-11-24 03:00:00 +0000\n"
        "  ended                          2026-11-24 03:00:02 +0000\n"
        "  owner                          db-team\n"
        "  reason                         nightly\n"
        "  rollback                       git revert HEAD\n"
        "  session                        tuning\n"
        "  label                          before\n"
        "  tag                            ticket=OPS-77\n"
        "verdict\n"
        "  oom                            oom\n"
        "  status                         137\n"
        "  victim_pid                     11\n"
        "  victim_comm                    eat\n"
        "  victim_peak_rss_bytes          522190848\n"
        "  limit_bytes                    536870912\n"
        "  next_comm                      sh\n"
        "  next_peak_rss_bytes            1048576\n"
        "  expectation NOT held           wall_seconds<=1\n"
        "metrics\n"
        "  wall_seconds                   2s             clock\n"
        "  cpu_seconds                    1.75s          cgroup.v2:cpu.stat\n"
        "  cpu_user_seconds               1.5s           cgroup.v2:cpu.stat\n"
        "  cpu_system_seconds             250ms          cgroup.v2:cpu.stat\n"
        "  cpu_throttled_seconds          unavailable    not on this host\n"
        "  runqueue_wait_seconds          unavailable    not on this host\n"
        "  blkio_wait_seconds             unavailable    not on this host\n"
        "  memory_peak_bytes              512 MiB        cgroup.v2:memory.peak\n"
        "  process_peak_rss_bytes         unavailable    not on this host\n"
        "  page_faults_major              unavailable    not on this host\n"
        "  page_faults_minor              unavailable    not on this host\n"
        "  io_read_bytes                  unavailable    not on this host\n"
        "  io_write_bytes                 unavailable    not on this host\n"
        "  io_read_ops                    unavailable    not on this host\n"
        "  io_write_ops                   unavailable    not on this host\n"
        "  context_switches_voluntary     unavailable    not on this host\n"
        "  context_switches_involuntary   unavailable    not on this host\n"
        "  processes_total                2              bpf:exit\n"
        "  processes_failed               2              bpf:exit\n"
        "  tasks_peak                     unavailable    not on this host\n"
        "  fork_failures                  unavailable    not on this host\n"
        "  pressure_cpu_seconds           unavailable    not on this host\n"
        "  pressure_memory_seconds        unavailable    not on this host\n"
        "  pressure_io_seconds            unavailable    not on this host\n"
        "  oom_kills                      unavailable    not on this host\n"
        "  signals_received               unavailable    not on this host\n"
        "  denied_syscalls                unavailable    not on this host\n"
        "  events_dropped                 0              bpf:exit\n"
        "  ledger_cpu_coverage_ratio      99.8 %         bpf:exit\n"
        "  overhead_seconds               unavailable    not on this host\n" HOST_LINES "limits\n"
        "  MemoryMax            asked 536870912, in force 536870912 (memory.max)\n"
        "  IOWeight             asked 50, NOT in force: no disk uses bfq\n"
        "confinement\n"
        "  policy                         batch\n"
        "  policy hash                    76d50ddd84e8\n"
        "  v2                             /sys/fs/cgroup/cgrun.job-1-2\n"
        "environment\n"
        "  host                           db1\n"
        "  working_directory              /srv/\\xff\n"
        "events\n"
        "  03:00:01.623  oom        eat[11] was killed\n"
        "next: cgjob why 42 · cgjob ps 42\n");
}

static void test_list(void **state)
{
    const struct list_line wide = {0};
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_full(&r);
    present_list_heading(&wide.style, 0, &got);
    present_list_line(&r, &wide, &got);
    assert_string_equal(buf_text(&got), "    ID  NAME                  STARTED (+0000)          "
                                        "WALL       CPU    MEMORY  OWNER       VERDICT\n"
                                        "    42  import                2026-11-24 03:00:00        "
                                        "2s     1.75s   512 MiB  db-team     oom (137)\n");
}

static void test_ledger(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf commands = {0}, rows = {0};

    (void)state;
    record_full(&r);
    present_ledger(&r, LEDGER_BY_COMMAND, &commands);
    present_ledger(&r, LEDGER_BY_PROCESS, &rows);
    assert_string_equal(buf_text(&commands), "COMMAND           PROCESSES     FAILED        CPU    "
                                             " WAITED   PEAK RSS       READ      WROTE\n"
                                             "eat                       1          1       1.5s    "
                                             "     0s    498 MiB      4 KiB        0 B\n"
                                             "sh                        1          1      250ms    "
                                             "     0s      1 MiB        0 B        0 B\n"
                                             "2 processes\n"
                                             "next: cgjob ps 42 --rows, cgjob ps 42 --tree\n");
    assert_string_equal(buf_text(&rows),
                        "     PID      PPID  COMMAND                 RAN        CPU     WAITED   "
                        "PEAK RSS       READ      WROTE  END\n"
                        "      10         1  sh                       2s      250ms         0s     "
                        " 1 MiB        0 B        0 B  exit 137\n"
                        "      11        10  eat                      2s       1.5s         0s    "
                        "498 MiB      4 KiB        0 B  oom\n"
                        "2 processes\n");
}

static void add_process(struct ledger *l, uint32_t pid, uint32_t ppid, int from, int to,
                        const char *comm)
{
    struct ledger_row row = row_of_process(pid, comm, 0.001 * pid);

    row.ppid = ppid;
    row.started_ns = from * INT64_C(1000000000);
    row.ended_ns = to * INT64_C(1000000000);
    assert_int_equal(ledger_add(l, &row), 0);
}

/* A number that was used again has the children of its own time. */
static void test_tree(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_init(&r);
    r.ledger.available = true;
    add_process(&r.ledger, 10, 1, 0, 50, "make");
    add_process(&r.ledger, 11, 10, 1, 5, "cc");
    add_process(&r.ledger, 12, 11, 2, 3, "as");
    add_process(&r.ledger, 13, 10, 6, 9, "cc");
    add_process(&r.ledger, 11, 13, 7, 9, "ld");
    add_process(&r.ledger, 14, 11, 8, 8, "lto");
    add_process(&r.ledger, 20, 999, 4, 9, "gone\033");
    ledger_sort(&r.ledger);
    present_ledger(&r, LEDGER_AS_TREE, &got);
    assert_string_equal(buf_text(&got),
                        "      RAN        CPU   PEAK RSS  END         PROCESS\n"
                        "      50s       10ms      1 MiB  exit 0      make[10]\n"
                        "       4s       11ms      1 MiB  exit 0      ├─ cc[11]\n"
                        "       1s       12ms      1 MiB  exit 0      │  └─ as[12]\n"
                        "       3s       13ms      1 MiB  exit 0      └─ cc[13]\n"
                        "       2s       11ms      1 MiB  exit 0         └─ ld[11]\n"
                        "       0s       14ms      1 MiB  exit 0            └─ lto[14]\n"
                        "       5s       20ms      1 MiB  exit 0      gone\\x1b[20]\n"
                        "7 processes\n");
}

static void first_of(struct record *r, const char *key, uint32_t pid, const char *comm)
{
    assert_int_equal(ledger_sort_by(&r->ledger, key), 0);
    assert_int_equal(r->ledger.rows[0].pid, pid);
    assert_string_equal(r->ledger.commands[0].comm, comm);
}

static void test_orders(void **state)
{
    _cleanup_record_ struct record r;

    (void)state;
    record_init(&r);
    add_process(&r.ledger, 10, 1, 0, 50, "make");
    add_process(&r.ledger, 12, 10, 2, 3, "as");
    add_process(&r.ledger, 11, 10, 1, 5, "cc");
    r.ledger.rows[2].peak_rss_bytes = r.ledger.commands[2].peak_rss_bytes = 5 << 20;
    r.ledger.rows[1].io_write_bytes = r.ledger.commands[1].io_write_bytes = 5;
    r.ledger.rows[0].runqueue_wait_seconds = r.ledger.commands[0].runqueue_wait_seconds = 5;
    first_of(&r, "cpu", 12, "as");
    first_of(&r, "memory", 11, "cc");
    first_of(&r, "io", 12, "as");
    first_of(&r, "wait", 10, "make");
    first_of(&r, "time", 10, "as");
    first_of(&r, "start", 10, "as");
    first_of(&r, "pid", 10, "as");
    assert_int_equal(ledger_sort_by(&r.ledger, "size"), -EINVAL);
}

static void test_ledger_csv(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf rows = {0}, commands = {0};

    (void)state;
    record_init(&r);
    add_process(&r.ledger, 10, 1, 0, 50, "a,\"b\"\n");
    present_ledger_csv(&r.ledger, LEDGER_BY_COMMAND, &commands);
    present_ledger_csv(&r.ledger, LEDGER_BY_PROCESS, &rows);
    assert_string_equal(buf_text(&commands),
                        "command,processes,failed,cpu_seconds,runqueue_wait_seconds,"
                        "peak_rss_bytes,io_read_bytes,io_write_bytes\n"
                        "\"a,\"\"b\"\"\\x0a\",1,0,0.01,0,1048576,0,0\n");
    assert_non_null(
        strstr(buf_text(&rows), "\n10,1,0,\"a,\"\"b\"\"\\x0a\",\"\",1970-01-01T00:00:00"));
}

static void test_running_job(void **state)
{
    _cleanup_record_ struct record r;
    _cleanup_buf_ struct buf got = {0};

    (void)state;
    record_init(&r);
    r.id = 7;
    r.name = strdup("dump");
    r.state = RECORD_RUNNING;
    present_why(&r, &got);
    assert_string_equal(buf_text(&got), "job 7 dump: running\n"
                                        "it has not ended yet\n"
                                        "next: cgjob show 7 · cgjob ps 7\n");
}

/* Nothing that a job is called or prints may act upon the terminal of who reads of it. */
static void test_terminals_are_safe(void **state)
{
    static const struct {
        const char *bytes, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\x1b[2J", "\\x1b[2J"},
        {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        _cleanup_buf_ struct buf got = {0};

        present_bytes(cases[i].bytes, &got);
        assert_string_equal(buf_text(&got), cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_what_did_not_end_it),
        cmocka_unit_test(test_remedies),
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_ledger_csv),
        cmocka_unit_test(test_running_job),
        cmocka_unit_test(test_terminals_are_safe),
    };

    setenv("TZ", "UTC0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
