/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_NS INT64_C(1795489200123456789)

struct ledger_row row_of_process(uint32_t pid, const char *comm, double cpu_seconds)
{
    struct ledger_row row = {
        .pid = pid,
        .ppid = 1,
        .started_ns = START_NS + pid,
        .ended_ns = START_NS + 2000000000,
        .cpu_seconds = cpu_seconds,
        .cpu_user_seconds = cpu_seconds,
        .peak_rss_bytes = 1 << 20,
        .threads = 1,
        .denied_syscall = -1,
    };

    snprintf(row.comm, sizeof(row.comm), "%s", comm);
    return row;
}

static void add_rows(struct ledger *l)
{
    struct ledger_row shell = row_of_process(10, "sh", 0.25),
                      victim = row_of_process(11, "eat", 1.5);

    snprintf(shell.exe, sizeof(shell.exe), "/bin/sh");
    shell.exit_code = 137;
    victim.ppid = 10;
    victim.sender_pid = 7;
    victim.sender_cgroup = 4242;
    snprintf(victim.sender_comm, sizeof(victim.sender_comm), "sh");
    victim.denied_syscall = 101;
    victim.denied_args_known = true;
    victim.denied_args[5] = UINT64_MAX;
    victim.exit_code = -1;
    victim.signal = 9;
    victim.oom = true;
    victim.peak_rss_bytes = 498 << 20;
    victim.io_read_bytes = 4096;
    victim.sender_pid = 0;
    snprintf(victim.sender_comm, sizeof(victim.sender_comm), "kernel");
    l->available = true;
    ledger_add(l, &shell);
    ledger_add(l, &victim);
    ledger_sort(l);
}

static void add_evidence(struct verdict *v)
{
    v->kind = VERDICT_OOM;
    v->exit_code = 137;
    v->status = 137;
    pairs_set(&v->evidence, "victim_pid", "11");
    pairs_set(&v->evidence, "victim_comm", "eat");
    pairs_set(&v->evidence, "victim_peak_rss_bytes", "522190848");
    pairs_set(&v->evidence, "limit_bytes", "536870912");
    pairs_set(&v->evidence, "next_comm", "sh");
    pairs_set(&v->evidence, "next_peak_rss_bytes", "1048576");
}

static void add_metrics(struct record *r)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        metric_unavailable(r, (enum metric_id)i, "not on this host");
    metric_set(r, METRIC_WALL_SECONDS, 2, "clock");
    metric_set(r, METRIC_CPU_SECONDS, 1.75, "cgroup.v2:cpu.stat");
    metric_set(r, METRIC_CPU_USER_SECONDS, 1.5, "cgroup.v2:cpu.stat");
    metric_set(r, METRIC_CPU_SYSTEM_SECONDS, 0.25, "cgroup.v2:cpu.stat");
    metric_set(r, METRIC_MEMORY_PEAK_BYTES, 512 << 20, "cgroup.v2:memory.peak");
    metric_set(r, METRIC_PROCESSES_TOTAL, 2, "bpf:exit");
    metric_set(r, METRIC_PROCESSES_FAILED, 2, "bpf:exit");
    metric_set(r, METRIC_EVENTS_DROPPED, 0, "bpf:exit");
    metric_set(r, METRIC_LEDGER_CPU_COVERAGE_RATIO, 0.998, "bpf:exit");
}

static void add_traces(struct traces *t)
{
    const struct traced_peer peer = {.address = "2001:db8::7",
                                     .port = 443,
                                     .protocol = "tcp",
                                     .bytes_sent = 2048,
                                     .bytes_received = 1 << 20,
                                     .packets_sent = 9,
                                     .packets_received = 800,
                                     .connections = 2};

    for (int i = 0; i < TRACE_FEATURES; i++)
        t->has[i] = true;
    traces_add_call(t, 0, "read", 1234);
    traces_add_error(t, 0, EAGAIN, 5);
    traces_add_error(t, 0, EIO, 1);
    traces_add_call(t, 999, NULL, 2000);
    traces_add_peer(t, &peer);
    t->times[0][3] = 10;
    t->times[0][5] = 1;
    traces_add_file(t, "/srv/caf\xe9", 2, 0, 1);
    traces_add_file(t, "/etc/hosts", 1, 0, 0);
    traces_add_file(t, "/srv/caf\xe9", 1, 1, 0);
    t->files_lost = 3;
    traces_sort(t);
}

void record_full(struct record *r)
{
    record_init(r);
    r->id = 42;
    r->name = strdup("import");
    r->state = RECORD_ENDED;
    r->started_ns = START_NS;
    r->ended_ns = START_NS + 2000000000;
    r->owner = strdup("db-team");
    r->reason = strdup("nightly");
    r->rollback = strdup("git revert HEAD");
    r->session = strdup("tuning");
    r->label = strdup("before");
    r->policy_name = strdup("batch");
    r->policy_hash = strdup("76d50ddd84e8");
    r->cgroup_id = 4711;
    r->supervisor_pid = 99;
    r->supervisor_start = 123456;
    strv_add(&r->argv, "./import.sh");
    strv_add(&r->argv, "caf\xe9"); /* Latin-1 */
    strv_add(&r->argv, "\x1b[31mred");
    strv_add(&r->tags, "ticket=OPS-77");
    add_evidence(&r->verdict);
    add_metrics(r);
    add_rows(&r->ledger);
    add_traces(&r->traces);
    pairs_set(&r->cgroup, "v2", "/sys/fs/cgroup/cgrun.job-1-2");
    pairs_set(&r->environment, "host", "db1");
    pairs_set(&r->environment, "working_directory", "/srv/\xff");
    record_add_limit(r, "MemoryMax", "536870912", "536870912", "memory.max", NULL);
    record_add_limit(r, "IOWeight", "50", NULL, "", "no disk uses bfq");
    record_add_expect(r, "wall_seconds<=1", false, "2");
    record_add_event(r, START_NS + 1500000000, "oom", "eat[%d] was killed", 11);
}
