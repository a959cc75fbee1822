/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/host/process_tree.h"
#include "runner/supervise/recover.h"

#define DEPTH_MAX 32

/* "PID (comm) S ppid ...": a comm may hold anything, so what follows its last bracket is parsed. */
static int read_stat(int proc, struct ledger_row *row, int64_t offset_ns)
{
    char text[1024], *open_bracket, *close_bracket;
    unsigned long long minor, major, user, system, started;
    long hz = sysconf(_SC_CLK_TCK);
    long threads;
    int ppid;

    if (file_read_at(proc, "stat", text, sizeof(text)) <= 0)
        return -ESRCH;
    open_bracket = strchr(text, '(');
    close_bracket = strrchr(text, ')');
    if (!open_bracket || !close_bracket ||
        sscanf(
            close_bracket + 1,
            " %*c %d %*d %*d %*d %*d %*u %llu %*u %llu %*u %llu %llu %*d %*d %*d %*d %ld %*d %llu",
            &ppid, &minor, &major, &user, &system, &threads, &started) != 7)
        return -EINVAL;
    snprintf(row->comm, sizeof(row->comm), "%.*s", (int)(close_bracket - open_bracket - 1),
             open_bracket + 1);
    row->ppid = (uint32_t)ppid;
    row->page_faults_minor = minor;
    row->page_faults_major = major;
    row->cpu_user_seconds = (double)user / (double)hz;
    row->cpu_system_seconds = (double)system / (double)hz;
    row->cpu_seconds = row->cpu_user_seconds + row->cpu_system_seconds;
    row->threads = (uint32_t)threads;
    row->started_ns = (int64_t)(started * (unsigned long long)(NS_PER_S / hz)) + offset_ns;
    return 0;
}

/* Nanoseconds on a processor and waiting for one, of the threads that live. */
static void read_threads(int proc, struct ledger_row *row)
{
    int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    unsigned long long ran, waited, sum = 0;
    const struct dirent *e;
    char path[300], text[128];

    if (!dir && fd >= 0)
        close(fd);
    while (dir && (e = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "task/%s/schedstat", e->d_name);
        if (e->d_name[0] == '.' || file_read_at(proc, path, text, sizeof(text)) <= 0 ||
            sscanf(text, "%llu %llu", &ran, &waited) != 2)
            continue;
        sum += ran;
        row->runqueue_wait_seconds += (double)waited / (double)NS_PER_S;
    }
    if ((double)sum / (double)NS_PER_S > row->cpu_seconds)
        row->cpu_seconds = (double)sum / (double)NS_PER_S;
}

static void read_sizes(int proc, struct ledger_row *row)
{
    char text[4096];
    uint64_t value;

    if (file_read_at(proc, "status", text, sizeof(text)) > 0) {
        if (text_value(text, "VmHWM", &value) == 0)
            row->peak_rss_bytes = value * 1024;
        if (text_value(text, "Uid", &value) == 0)
            row->uid = (uint32_t)value;
    }
    if (file_read_at(proc, "io", text, sizeof(text)) > 0) {
        text_value(text, "read_bytes", &row->io_read_bytes);
        text_value(text, "write_bytes", &row->io_write_bytes);
    }
}

struct filling {
    struct ledger *ledger;
    int64_t offset_ns, now_ns;
};

static void add_process(void *data, pid_t pid)
{
    const struct filling *f = data;
    struct ledger_row row = {
        .pid = (uint32_t)pid, .ended_ns = f->now_ns, .running = true, .denied_syscall = -1};
    _cleanup_close_ int proc = -1;
    char path[32];

    snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0 || read_stat(proc, &row, f->offset_ns) < 0)
        return; /* it has ended meanwhile */
    read_threads(proc, &row);
    read_sizes(proc, &row);
    ledger_add(f->ledger, &row);
}

static void walk(int group, void (*visit)(void *data, pid_t pid), void *data, int depth)
{
    int procs = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC), pid;
    _cleanup_fclose_ FILE *f = procs < 0 ? NULL : fdopen(procs, "r");
    int copy = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *e;

    if (!f && procs >= 0)
        close(procs);
    if (!dir && copy >= 0)
        close(copy);
    while (f && fscanf(f, "%d", &pid) == 1)
        if (pid > 0)
            visit(data, pid);
    while (dir && depth < DEPTH_MAX && (e = readdir(dir)) != NULL) {
        _cleanup_close_ int sub = -1;

        if (e->d_type != DT_DIR || e->d_name[0] == '.')
            continue;
        sub = openat(group, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (sub >= 0)
            walk(sub, visit, data, depth + 1);
    }
}

void live_processes(int group, void (*visit)(void *data, pid_t pid), void *data)
{
    walk(group, visit, data, 0);
}

/* Of a job without a cgroup: all that descends from its cgrun. */
static int walk_descendants(const struct record *r, struct filling *f)
{
    _cleanup_process_tree_ struct process_tree tree = {0};

    if (!pairs_get(&r->cgroup, "none") || !recover_is_alive(r))
        return -ENOENT;
    if (process_tree_read(&tree, r->supervisor_pid, NULL) < 0)
        return -ENOENT;
    for (size_t i = 0; i < tree.count; i++)
        add_process(f, tree.item[i].pid);
    return 0;
}

int live_ledger(struct record *r)
{
    _cleanup_close_ int group = recover_open_group(r);
    struct filling f = {.ledger = &r->ledger, .now_ns = realtime_ns()};

    f.offset_ns = f.now_ns - clock_ns(CLOCK_BOOTTIME);
    ledger_free(&r->ledger);
    r->ledger.available = r->ledger.full = true;
    if (group >= 0)
        live_processes(group, add_process, &f);
    else if (walk_descendants(r, &f) < 0)
        return -ENOENT;
    ledger_sort(&r->ledger);
    return 0;
}
