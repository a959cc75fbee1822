/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/metrics.h"

#include <string.h>

/* clang-format off */
#define COMPARED .compared = true
#define NEUTRAL  .neutral = true
#define OTHER(name_, unit_, kind_, help_, v1_, v2_, bpf_, ...) {.name = name_, .unit = unit_, .kind = kind_, .help = help_, .v1 = v1_, .v2 = v2_, .bpf = bpf_, __VA_ARGS__}
#define SECONDS(name_, kind_, help_, v1_, v2_, bpf_, ...) {.name = name_ "_seconds", .unit = "seconds", .kind = kind_, .help = help_, .v1 = v1_, .v2 = v2_, .bpf = bpf_, __VA_ARGS__}
#define BYTES(name_, kind_, help_, v1_, v2_, bpf_, ...)   {.name = name_ "_bytes", .unit = "bytes", .kind = kind_, .help = help_, .v1 = v1_, .v2 = v2_, .bpf = bpf_, __VA_ARGS__}
#define COUNT(name_, kind_, help_, v1_, v2_, bpf_, ...)   {.name = name_, .unit = "count", .kind = kind_, .help = help_, .v1 = v1_, .v2 = v2_, .bpf = bpf_, __VA_ARGS__}

const struct metric metrics[METRIC_COUNT] = {
    [METRIC_WALL_SECONDS] = SECONDS("wall", METRIC_TOTAL, "from executing the command to its end", NULL, NULL, NULL, COMPARED),
    [METRIC_CPU_SECONDS] = SECONDS("cpu", METRIC_TOTAL, "processor time of all processes", "cpu.stat", "cpu.stat", NULL, COMPARED),
    [METRIC_CPU_USER_SECONDS] = SECONDS("cpu_user", METRIC_TOTAL, "of it in user mode", "cpu.stat", "cpu.stat", NULL),
    [METRIC_CPU_SYSTEM_SECONDS] = SECONDS("cpu_system", METRIC_TOTAL, "of it in the kernel", "cpu.stat", "cpu.stat", NULL),
    [METRIC_CPU_THROTTLED_SECONDS] = SECONDS("cpu_throttled", METRIC_TOTAL, "held back by the CPU quota", "cpu.stat", "cpu.stat", NULL),
    [METRIC_RUNQUEUE_WAIT_SECONDS] = SECONDS("runqueue_wait", METRIC_TOTAL, "runnable, waiting for a processor", NULL, NULL, "exit"),
    [METRIC_BLKIO_WAIT_SECONDS] = SECONDS("blkio_wait", METRIC_TOTAL, "waiting for block I/O", NULL, NULL, "exit"),
    [METRIC_MEMORY_PEAK_BYTES] = BYTES("memory_peak", METRIC_PEAK, "the job's memory at its highest, page cache included", "memory.max_usage_in_bytes", "memory.peak", NULL, COMPARED),
    [METRIC_PROCESS_PEAK_RSS_BYTES] = BYTES("process_peak_rss", METRIC_PEAK, "resident memory of its largest process", NULL, NULL, "exit"),
    [METRIC_PAGE_FAULTS_MAJOR] = COUNT("page_faults_major", METRIC_TOTAL, "page faults that needed I/O", NULL, NULL, "exit"),
    [METRIC_PAGE_FAULTS_MINOR] = COUNT("page_faults_minor", METRIC_TOTAL, "page faults that did not", NULL, NULL, "exit"),
    [METRIC_IO_READ_BYTES] = BYTES("io_read", METRIC_TOTAL, "read from storage, direct I/O included", NULL, NULL, "exit", COMPARED),
    [METRIC_IO_WRITE_BYTES] = BYTES("io_write", METRIC_TOTAL, "written to storage or, through the page cache, for it; without what was truncated or unlinked before a disk had it", NULL, NULL, "exit", COMPARED),
    [METRIC_IO_READ_OPS] = COUNT("io_read_ops", METRIC_TOTAL, "read requests to disks", NULL, "io.stat", NULL),
    [METRIC_IO_WRITE_OPS] = COUNT("io_write_ops", METRIC_TOTAL, "write requests to disks", NULL, "io.stat", NULL),
    [METRIC_CONTEXT_SWITCHES_VOLUNTARY] = COUNT("context_switches_voluntary", METRIC_TOTAL, "gave up the processor to wait", NULL, NULL, "exit"),
    [METRIC_CONTEXT_SWITCHES_INVOLUNTARY] = COUNT("context_switches_involuntary", METRIC_TOTAL, "had the processor taken away", NULL, NULL, "exit"),
    [METRIC_PROCESSES_TOTAL] = COUNT("processes_total", METRIC_TOTAL, "processes it ever had", NULL, NULL, "exit", NEUTRAL),
    [METRIC_PROCESSES_FAILED] = COUNT("processes_failed", METRIC_TOTAL, "of them with a non-zero exit code or ended by a signal", NULL, NULL, "exit"),
    [METRIC_TASKS_PEAK] = COUNT("tasks_peak", METRIC_PEAK, "processes and threads at once", "pids.peak", "pids.peak", NULL, NEUTRAL),
    [METRIC_FORK_FAILURES] = COUNT("fork_failures", METRIC_TOTAL, "forks and threads refused at a limit of tasks", "pids.events", "pids.events", NULL),
    [METRIC_PRESSURE_CPU_SECONDS] = SECONDS("pressure_cpu", METRIC_TOTAL, "some task waited for a processor", "cpu.pressure", "cpu.pressure", NULL),
    [METRIC_PRESSURE_MEMORY_SECONDS] = SECONDS("pressure_memory", METRIC_TOTAL, "some task waited for memory", "memory.pressure", "memory.pressure", NULL),
    [METRIC_PRESSURE_IO_SECONDS] = SECONDS("pressure_io", METRIC_TOTAL, "some task waited for I/O", "io.pressure", "io.pressure", NULL),
    [METRIC_OOM_KILLS] = COUNT("oom_kills", METRIC_TOTAL, "processes the kernel killed for memory", "memory.oom_control", "memory.events", NULL),
    [METRIC_SIGNALS_RECEIVED] = COUNT("signals_received", METRIC_TOTAL, "signals sent to its processes, SIGCHLD and SIGCONT apart", NULL, NULL, "signal_generate", NEUTRAL),
    [METRIC_DENIED_SYSCALLS] = COUNT("denied_syscalls", METRIC_TOTAL, "calls its policy refused", NULL, NULL, "audit_seccomp"),
    [METRIC_EVENTS_DROPPED] = COUNT("events_dropped", METRIC_TOTAL, "process records that found no room; totals have them all the same", NULL, NULL, "exit", NEUTRAL),
    [METRIC_LEDGER_CPU_COVERAGE_RATIO] = OTHER("ledger_cpu_coverage_ratio", "ratio", METRIC_RATIO, "processor time of the counted processes to that of the cgroup", NULL, NULL, "exit", NEUTRAL),
    [METRIC_OVERHEAD_SECONDS] = SECONDS("overhead", METRIC_TOTAL, "spent by cgrun before the start and after the end", NULL, NULL, NULL),
    [METRIC_OTHERS_CPU_SECONDS] = SECONDS("others_cpu", METRIC_TOTAL, "processor time of the whole host meanwhile, beyond the job's own", "/proc/stat", "/proc/stat", NULL, NEUTRAL),
    [METRIC_STEAL_SECONDS] = SECONDS("steal", METRIC_TOTAL, "processor time that the hypervisor took from the host", "/proc/stat", "/proc/stat", NULL, NEUTRAL),
    [METRIC_HOST_PRESSURE_CPU_SECONDS] = SECONDS("host_pressure_cpu", METRIC_TOTAL, "some task of the host waited for a processor, the job's included", "/proc/pressure/cpu", "/proc/pressure/cpu", NULL, NEUTRAL),
    [METRIC_HOST_PRESSURE_MEMORY_SECONDS] = SECONDS("host_pressure_memory", METRIC_TOTAL, "likewise for memory", "/proc/pressure/memory", "/proc/pressure/memory", NULL, NEUTRAL),
    [METRIC_HOST_PRESSURE_IO_SECONDS] = SECONDS("host_pressure_io", METRIC_TOTAL, "likewise for I/O", "/proc/pressure/io", "/proc/pressure/io", NULL, NEUTRAL),
    [METRIC_CPU_FREQUENCY_HERTZ] = OTHER("cpu_frequency_hertz", "hertz", METRIC_NOW, "of the processors at its end, their mean", "scaling_cur_freq", "scaling_cur_freq", NULL, NEUTRAL),
};
/* clang-format on */

int metric_by_name(const char *name)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return i;
    return -1;
}

static void source_cell(struct buf *out, const struct metric *m, const char *file)
{
    if (file)
        buf_addf(out, " `%s` |", file);
    else if (m->bpf)
        buf_add(out, " tracer |");
    else
        buf_add(out, m->v1 || m->v2 ? " not to be had |" : " clock |");
}

void metrics_markdown(struct buf *out)
{
    buf_add(out, "\n| metric | unit | what | cgroup v1 | cgroup v2 |\n"
                 "| --- | --- | --- | --- | --- |\n");
    for (int i = 0; i < METRIC_COUNT; i++) {
        buf_addf(out, "| `%s` | %s | %s |", metrics[i].name, metrics[i].unit, metrics[i].help);
        source_cell(out, &metrics[i], metrics[i].v1);
        source_cell(out, &metrics[i], metrics[i].v2);
        buf_add(out, "\n");
    }
}
