/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/system/tracer_case.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "tests/system/harness.h"

#define FINISH_US 2000000

struct tracer *tracer_case_tracer;
char tracer_case_pins[64];

static char directory[48]; /* in it the pins and the lock */
static char root[128];     /* the cgroup that all jobs lie in */

int tracer_case_setup(void **state)
{
    const char *v2 = host_v2_mount();
    bool attached_now = false;
    struct err err;
    char line[1024];

    (void)state;
    snprintf(directory, sizeof(directory), "/run/cgrun-test-XXXXXX");
    if (!v2 || !mkdtemp(directory))
        return -1;
    snprintf(tracer_case_pins, sizeof(tracer_case_pins), "%s/bpf", directory);
    snprintf(root, sizeof(root), "%.64s/cgrun-test-%d", v2, getpid());
    if (mkdir(root, 0755) < 0)
        return -1;
    if (tracer_open(&tracer_case_tracer, tracer_case_pins, &attached_now, &err) < 0) {
        fprintf(stderr, "%s\n", err_line(&err, line, sizeof(line)));
        return -1;
    }
    return attached_now ? 0 : -1;
}

static void kill_cgroup(const char *path)
{
    char file[700], text[32];
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    file_write_at(fd, "cgroup.kill", "1");
    for (int i = 0; i < 1000; i++) {
        if (file_read_at(fd, "cgroup.procs", text, sizeof(text)) <= 0)
            break;
        usleep(1000);
    }
    close(fd);
    snprintf(file, sizeof(file), "%s/inner", path);
    rmdir(file);
    rmdir(path);
}

int tracer_case_teardown(void **state)
{
    _cleanup_closedir_ DIR *dir = opendir(root);
    const struct dirent *e;
    char path[600];
    struct err err;
    int r;

    (void)state;
    while (dir && (e = readdir(dir)))
        if (e->d_type == DT_DIR && e->d_name[0] != '.') {
            snprintf(path, sizeof(path), "%s/%s", root, e->d_name);
            kill_cgroup(path);
        }
    rmdir(root);
    tracer_close(tracer_case_tracer);
    r = tracer_detach(tracer_case_pins, true, &err);
    rmdir(tracer_case_pins);
    snprintf(path, sizeof(path), "%s.lock", tracer_case_pins);
    unlink(path);
    return rmdir(directory) < 0 || r < 0 ? -1 : 0;
}

static uint64_t cgroup_id(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

void traced_begin(struct traced *t, const char *name, const struct traced *inside)
{
    uint64_t around = inside ? inside->job.cgroup_id : 0;
    struct err err;

    memset(t, 0, sizeof(*t));
    if (inside)
        snprintf(t->path, sizeof(t->path), "%.200s/inner", inside->path);
    else
        snprintf(t->path, sizeof(t->path), "%s/%s", root, name);
    assert_int_equal(mkdir(t->path, 0755), 0);
    t->job = (struct tracer_job){.cgroup_id = cgroup_id(t->path), .ring_fd = -1};
    assert_int_equal(
        tracer_job_add(tracer_case_tracer, t->job.cgroup_id, &around, inside ? 1 : 0, NULL, &err),
        0);
}

/* The test framework's handlers would carry on with the tests, in the child. */
static void own_faults(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        signal(faults[i], SIG_DFL);
}

pid_t traced_spawn(const struct traced *t, int (*fn)(void *data), void *data)
{
    _cleanup_close_ int fd = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct clone_args args = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)fd};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

    if (pid == 0) {
        own_faults();
        _exit(fn(data));
    }
    assert_true(pid > 0);
    return pid;
}

int traced_wait(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int keep(void *data, const struct job_report *report)
{
    struct traced *t = data;

    if (t->count == t->size) {
        t->size = t->size ? 2 * t->size : 64;
        t->report = realloc(t->report, t->size * sizeof(*t->report));
        assert_non_null(t->report);
    }
    assert_int_equal(report->record.cgroup_id, t->job.cgroup_id);
    t->report[t->count++] = *report;
    return 0;
}

void traced_poll(struct traced *t)
{
    struct err err;

    assert_true(tracer_job_poll(tracer_case_tracer, &t->job, keep, t, &err) >= 0);
}

static void wait_until_empty(const struct traced *t)
{
    char path[320], text[128];
    uint64_t populated = 1;

    snprintf(path, sizeof(path), "%s/cgroup.events", t->path);
    for (int i = 0; i < 20000 && populated; i++) {
        assert_true(file_read_at(AT_FDCWD, path, text, sizeof(text)) > 0);
        assert_int_equal(text_value(text, "populated", &populated), 0);
        if (populated)
            usleep(500);
    }
    assert_int_equal(populated, 0);
}

void traced_finish(struct traced *t)
{
    struct err err;

    wait_until_empty(t);
    assert_int_equal(
        tracer_job_finish(tracer_case_tracer, &t->job, FINISH_US, keep, t, &t->totals, &err), 0);
    assert_int_equal(t->totals.threads_live, 0);
    assert_int_equal(t->totals.processes_started, t->totals.processes_ended);
    assert_int_equal(t->count + t->totals.dropped, t->totals.processes_ended);
}

void traced_end(struct traced *t)
{
    tracer_job_remove(tracer_case_tracer, &t->job);
    free(t->report);
    t->report = NULL;
    assert_int_equal(rmdir(t->path), 0);
}

int traced_run(struct traced *t, const char *name, int (*fn)(void *data), void *data)
{
    int status;

    traced_begin(t, name, NULL);
    status = traced_wait(traced_spawn(t, fn, data));
    traced_finish(t);
    return status;
}

const struct job_report *traced_report(const struct traced *t, const char *comm, unsigned n)
{
    for (size_t i = 0; i < t->count; i++)
        if (strncmp(t->report[i].record.comm, comm, JOB_COMM_SIZE) == 0 && n-- == 0)
            return &t->report[i];
    fail_msg("no record of %s among %zu", comm, t->count);
    return NULL;
}

const struct job_report *traced_pid(const struct traced *t, pid_t pid)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->report[i].record.pid == (uint32_t)pid)
            return &t->report[i];
    fail_msg("no record of process %d among %zu", pid, t->count);
    return NULL;
}

double traced_cgroup_cpu(const struct traced *t)
{
    char path[320], text[1024];
    uint64_t us = 0;

    snprintf(path, sizeof(path), "%s/cpu.stat", t->path);
    assert_true(file_read_at(AT_FDCWD, path, text, sizeof(text)) > 0);
    assert_int_equal(text_value(text, "usage_usec", &us), 0);
    return (double)us / 1e6;
}

void expect_within(const char *what, double value, double low, double high)
{
    if (value < low || value > high)
        fail_msg("%s is %.9g, expected between %.9g and %.9g", what, value, low, high);
}

void burn(double seconds)
{
    struct timespec now;
    double end = 0;

    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        if (end == 0)
            end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + seconds;
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < end);
}
