/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/feed.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "policy/call_args.h"
#include "policy/policy.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"

/* Kills that are told while the job runs; the record counts on. */
#define TOLD_MAX 256

void feed_init(struct feed *feed, struct record *record)
{
    *feed = (struct feed){
        .record = record,
        .boot_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME),
    };
}

static double seconds(uint64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/*
 * The kernel counts a write when the page cache takes it, and a cancelled one in the process that
 * truncates or unlinks: of a job's sum all is known, of one process at least nothing below 0.
 */
static uint64_t written(const struct job_usage *u)
{
    return u->write_bytes > u->cancelled_bytes ? u->write_bytes - u->cancelled_bytes : 0;
}

static void fill_row(struct ledger_row *row, const struct job_report *report, int64_t offset)
{
    const struct job_record *p = &report->record;
    const struct job_extra *x = &report->extra;

    *row = (struct ledger_row){
        .pid = p->pid,
        .ppid = p->ppid,
        .uid = p->uid,
        .started_ns = (int64_t)p->started_ns + offset,
        .ended_ns = (int64_t)p->ended_ns + offset,
        .exit_code = WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -1,
        .signal = WIFSIGNALED(p->status) ? WTERMSIG(p->status) : 0,
        .cpu_seconds = seconds(p->used.cpu_ns),
        .cpu_user_seconds = seconds(p->used.user_ns),
        .cpu_system_seconds = seconds(p->used.system_ns),
        .runqueue_wait_seconds = seconds(p->used.runqueue_wait_ns),
        .blkio_wait_seconds = seconds(p->used.blkio_wait_ns),
        .peak_rss_bytes = p->peak_rss_bytes,
        .peak_is_bound = p->flags & JOB_RECORD_PEAK_BOUND,
        .page_faults_minor = p->used.faults_minor,
        .page_faults_major = p->used.faults_major,
        .io_read_bytes = p->used.read_bytes,
        .io_write_bytes = written(&p->used),
        .context_switches_voluntary = p->used.switches_voluntary,
        .context_switches_involuntary = p->used.switches_involuntary,
        .threads = p->threads,
        .oom = p->flags & JOB_RECORD_OOM,
        .sender_pid = x->sender_pid,
        .sender_uid = x->sender_uid,
        .sender_cgroup = x->sender_cgroup,
        .denied_syscall = x->denied_syscall,
        .denied_args_known = p->flags & JOB_RECORD_ARGS,
    };
    memcpy(row->denied_args, x->denied_args, sizeof(row->denied_args));
    snprintf(row->comm, sizeof(row->comm), "%.*s", JOB_COMM_SIZE - 1, p->comm);
    snprintf(row->exe, sizeof(row->exe), "%.*s", JOB_EXE_SIZE - 1, x->exe);
    snprintf(row->sender_comm, sizeof(row->sender_comm), "%.*s", JOB_COMM_SIZE - 1, x->sender_comm);
    /* The last signal it was sent is the one that ended it only if it did end by that one. */
    if (!row->signal || row->signal != x->signal) {
        row->sender_pid = row->sender_uid = 0;
        row->sender_cgroup = 0;
        row->sender_comm[0] = '\0';
    }
}

static void note_refused(struct feed *feed, const struct ledger_row *row)
{
    const uint64_t *args = row->denied_args_known ? row->denied_args : NULL;
    _cleanup_buf_ struct buf words = {0}, rule = {0};
    char name[64];

    buf_addf(&words, "%s[%u] was killed for calling ", row->comm, row->pid);
    if (!policy_syscall_name(row->denied_syscall, name, sizeof(name)))
        snprintf(name, sizeof(name), "system call %d", row->denied_syscall);
    if (args)
        call_words(name, args, &words);
    else
        buf_add(&words, name);
    if (feed->names)
        rule_name(feed->names, name, args, &rule);
    buf_addf(&words, "%s%s", rule.len ? ", by " : "", buf_text(&rule));
    record_add_event(feed->record, row->ended_ns, "denied", "%s", buf_text(&words));
    if (feed->tell && feed->told++ < TOLD_MAX)
        feed->tell(feed->tell_data, buf_text(&words));
}

static void note_end(struct feed *feed, const struct ledger_row *row)
{
    struct record *r = feed->record;

    if (row->oom)
        record_add_event(r, row->ended_ns, "oom",
                         "the kernel killed %s[%u], %" PRIu64 " bytes resident at its peak",
                         row->comm, row->pid, row->peak_rss_bytes);
    else if (row->signal == SIGSYS && row->denied_syscall >= 0)
        note_refused(feed, row);
    else if (row->signal && row->sender_pid)
        record_add_event(r, row->ended_ns, "signal", "%s[%u] was ended by %s from %s[%u] (uid %u)",
                         row->comm, row->pid, strsignal(row->signal), row->sender_comm,
                         row->sender_pid, row->sender_uid);
    else if (row->signal)
        record_add_event(r, row->ended_ns, "signal", "%s[%u] was ended by %s", row->comm, row->pid,
                         strsignal(row->signal));
}

int feed_process(void *data, const struct job_report *report)
{
    struct feed *feed = data;
    struct ledger_row row;

    fill_row(&row, report, feed->boot_offset_ns);
    ledger_add(&feed->record->ledger, &row);
    if (feed->rows)
        rowfile_add(feed->rows, &row);
    note_end(feed, &row);
    return 0;
}

int feed_denied(void *data, const struct job_denied_key *key, const struct job_denied *denied)
{
    struct feed *feed = data;
    _cleanup_buf_ struct buf rule = {0};
    char name[64];

    if (!policy_syscall_name(key->syscall, name, sizeof(name)))
        snprintf(name, sizeof(name), "system call %d", key->syscall);
    if (feed->names)
        rule_name(feed->names, name, NULL, &rule);
    record_add_event(feed->record, (int64_t)denied->first_ns + feed->boot_offset_ns, "denied",
                     "%s refused to %.*s[%u], %" PRIu64 " time%s%s%s", name, JOB_COMM_SIZE,
                     denied->comm, key->pid, (uint64_t)denied->count, denied->count == 1 ? "" : "s",
                     rule.len ? ", by " : "", buf_text(&rule));
    return 0;
}

static bool delay_accounting(void)
{
    char text[8];

    return file_read_at(AT_FDCWD, "/proc/sys/kernel/task_delayacct", text, sizeof(text)) > 0 &&
           text[0] == '1';
}

void feed_totals(struct record *r, const struct job_totals *t, bool denied_calls_seen)
{
    static const char source[] = "bpf:exit";

    metric_set(r, METRIC_RUNQUEUE_WAIT_SECONDS, seconds(t->used.runqueue_wait_ns), source);
    if (delay_accounting())
        metric_set(r, METRIC_BLKIO_WAIT_SECONDS, seconds(t->used.blkio_wait_ns), source);
    else
        metric_unavailable(r, METRIC_BLKIO_WAIT_SECONDS,
                           "delay accounting is off: sysctl kernel.task_delayacct=1");
    metric_set(r, METRIC_PROCESS_PEAK_RSS_BYTES, (double)t->peak_rss_bytes, source);
    metric_set(r, METRIC_PAGE_FAULTS_MAJOR, (double)t->used.faults_major, source);
    metric_set(r, METRIC_PAGE_FAULTS_MINOR, (double)t->used.faults_minor, source);
    metric_set(r, METRIC_IO_READ_BYTES, (double)t->used.read_bytes, source);
    metric_set(r, METRIC_IO_WRITE_BYTES, (double)written(&t->used), source);
    metric_set(r, METRIC_CONTEXT_SWITCHES_VOLUNTARY, (double)t->used.switches_voluntary, source);
    metric_set(r, METRIC_CONTEXT_SWITCHES_INVOLUNTARY, (double)t->used.switches_involuntary,
               source);
    metric_set(r, METRIC_PROCESSES_TOTAL, (double)t->processes_ended, source);
    metric_set(r, METRIC_PROCESSES_FAILED, (double)t->processes_failed, source);
    metric_set(r, METRIC_SIGNALS_RECEIVED, (double)t->signals, "bpf:signal_generate");
    metric_set(r, METRIC_EVENTS_DROPPED, (double)t->dropped, source);
    if (denied_calls_seen)
        metric_set(r, METRIC_DENIED_SYSCALLS, (double)t->denied, "bpf:audit_seccomp");
    else
        metric_unavailable(
            r, METRIC_DENIED_SYSCALLS,
            "this kernel refuses the fentry program that sees them; -v or --trace syscalls does");
    if (r->metric[METRIC_CPU_SECONDS].available && r->metric[METRIC_CPU_SECONDS].value > 0)
        metric_set(r, METRIC_LEDGER_CPU_COVERAGE_RATIO,
                   seconds(t->used.cpu_ns) / r->metric[METRIC_CPU_SECONDS].value,
                   "bpf:exit / cgroup.v2:cpu.stat");
    r->ledger.available = true;
    r->ledger.processes_total = t->processes_ended;
    r->ledger.events_dropped = t->dropped;
}
