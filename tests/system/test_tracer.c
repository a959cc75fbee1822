/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every process of a job once, whichever way it is born, with all of its time, memory and bytes. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "tests/system/tracer_case.h"

#define NS        1e9
#define CHILDREN  5000
#define LARGE     ((size_t)300 << 20)
#define SMALL     (16 * MIB)
#define WRITTEN   ((size_t)20 << 20)
#define ALIGNMENT 4096

extern char **environ;

static double sum_cpu(const struct traced *t)
{
    double sum = 0;

    for (size_t i = 0; i < t->count; i++)
        sum += (double)t->report[i].record.used.cpu_ns / NS;
    return sum;
}

static int fork_and_burn(void *data)
{
    int status, bad = 0;

    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            burn(0.001);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
            bad++;
    }
    (void)data;
    return bad != 0;
}

static void five_thousand_children_and_all_their_time(void **state)
{
    struct traced t;
    double cpu;

    (void)state;
    assert_int_equal(traced_run(&t, "children", fork_and_burn, NULL), 0);
    cpu = traced_cgroup_cpu(&t);
    assert_int_equal(t.totals.processes_started, CHILDREN + 1);
    assert_int_equal(t.totals.processes_failed, 0);
    assert_int_equal(t.totals.dropped, 0);
    expect_within("the records' time", sum_cpu(&t), cpu * 0.99, cpu * 1.01);
    expect_within("the total time", (double)t.totals.used.cpu_ns / NS, cpu * 0.995, cpu * 1.005);
    traced_end(&t);
}

static void *burn_thread(void *data)
{
    prctl(PR_SET_NAME, "worker");
    burn(*(double *)data);
    return NULL;
}

static int burn_on_threads(void *data)
{
    pthread_t thread[8];

    for (int i = 0; i < 8; i++)
        if (pthread_create(&thread[i], NULL, burn_thread, data) != 0)
            return 1;
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static void eight_threads_are_one_process(void **state)
{
    const struct job_report *r;
    double seconds = 0.05, cpu;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "threads", burn_on_threads, &seconds), 0);
    assert_int_equal(t.count, 1);
    cpu = traced_cgroup_cpu(&t);
    r = &t.report[0];
    assert_int_equal(r->record.threads, 9);
    expect_within("its time", (double)r->record.used.cpu_ns / NS, fmax(0.4, cpu * 0.99),
                  cpu * 1.01);
    traced_end(&t);
}

static void *exit_after_burning(void *data)
{
    burn_thread(data);
    exit(7);
}

static int leave_threads_alone(void *data)
{
    pthread_t thread;

    prctl(PR_SET_NAME, "leader");
    if (pthread_create(&thread, NULL, exit_after_burning, data) != 0)
        return 1;
    pthread_exit(NULL);
}

static void a_leader_that_leaves_first_takes_neither_time_nor_name_along(void **state)
{
    const struct job_report *r;
    double seconds = 0.1;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "leader", leave_threads_alone, &seconds), 7 << 8);
    assert_int_equal(t.count, 1);
    r = traced_report(&t, "leader", 0);
    assert_int_equal(r->record.status, 7 << 8);
    assert_int_equal(r->record.threads, 2);
    expect_within("its time", (double)r->record.used.cpu_ns / NS, 0.1,
                  traced_cgroup_cpu(&t) * 1.01);
    expect_within("its life", (double)(r->record.ended_ns - r->record.started_ns) / NS, 0.1, 5);
    traced_end(&t);
}

static void *exec_shell(void *data)
{
    burn(*(double *)data);
    execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
    return NULL;
}

static int exec_from_a_thread(void *data)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, exec_shell, data) != 0)
        return 1;
    burn(*(double *)data / 2);
    pause();
    return 1;
}

static void an_exec_from_another_thread_is_the_same_process(void **state)
{
    const struct job_report *r;
    double seconds = 0.05, cpu;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "exec", exec_from_a_thread, &seconds), 3 << 8);
    assert_int_equal(t.count, 1);
    cpu = traced_cgroup_cpu(&t);
    r = traced_report(&t, "sh", 0);
    assert_string_equal(r->extra.exe, "/bin/sh");
    assert_int_equal(r->record.flags, JOB_RECORD_EXECED);
    assert_int_equal(r->record.status, 3 << 8);
    assert_int_equal(r->record.ppid, getpid());
    assert_int_equal(r->record.threads, 2);
    expect_within("its time", (double)r->record.used.cpu_ns / NS, fmax(0.075, cpu * 0.99),
                  cpu * 1.01);
    traced_end(&t);
}

/* Apart, so that no variable of the caller is changed by the child. */
static __attribute__((noinline)) pid_t vfork_child(int status)
{
    pid_t pid = vfork();

    if (pid == 0)
        _exit(status);
    return pid;
}

static int vfork_storm(void *data)
{
    char *const argv[] = {(char *)"true", NULL};
    pid_t pid;

    (void)data;
    for (int i = 0; i < 3000; i++) {
        pid = vfork_child(i % 3 == 0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return 1;
    }
    for (int i = 0; i < 100; i++)
        if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) != 0 ||
            waitpid(pid, NULL, 0) != pid)
            return 1;
    return 0;
}

static void a_vfork_storm_is_counted_to_the_last(void **state)
{
    unsigned execed = 0, bounds = 0;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "vfork", vfork_storm, NULL), 0);
    assert_int_equal(t.totals.processes_ended, 3101);
    assert_int_equal(t.totals.processes_failed, 1000);
    assert_int_equal(t.count, 3101);
    for (size_t i = 0; i < t.count; i++) {
        execed += t.report[i].record.flags & JOB_RECORD_EXECED &&
                  !strcmp(t.report[i].record.comm, "true");
        bounds += !!(t.report[i].record.flags & JOB_RECORD_PEAK_BOUND);
    }
    assert_int_equal(execed, 100);
    /* Until it execs, such a child has no memory of its own. */
    assert_true(bounds >= 3000);
    traced_end(&t);
}

/* A daemon in its own session, with a child that nobody waits for. */
static int daemonize(void *data)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGCHLD, SIG_IGN);
            for (int i = 0; i < 3; i++)
                if (fork() == 0) {
                    burn(*(double *)data);
                    _exit(0);
                }
            usleep(100000);
            burn(*(double *)data);
            _exit(0);
        }
        _exit(0);
    }
    return 0;
}

static void daemons_and_unwaited_children_are_counted(void **state)
{
    double seconds = 0.03, cpu;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "daemon", daemonize, &seconds), 0);
    cpu = traced_cgroup_cpu(&t);
    assert_int_equal(t.count, 6);
    expect_within("the total time", (double)t.totals.used.cpu_ns / NS, fmax(0.12, cpu * 0.99),
                  cpu * 1.01);
    traced_end(&t);
}

static void *touch(size_t bytes)
{
    char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        _exit(1);
    madvise(p, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < bytes; i += ALIGNMENT)
        p[i] = 1;
    return p;
}

static int touch_in_a_child(void *data)
{
    pid_t pid = fork();
    int status;

    (void)data;
    if (pid == 0) {
        munmap(touch(LARGE), LARGE);
        _exit(0);
    }
    return waitpid(pid, &status, 0) != pid || status;
}

static void a_short_lived_childs_peak_is_its_own(void **state)
{
    const struct job_report *child = NULL;
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "peak", touch_in_a_child, NULL), 0);
    assert_int_equal(t.count, 2);
    child = t.report[0].record.ppid == t.report[1].record.pid ? &t.report[0] : &t.report[1];
    expect_within("the child's peak", (double)child->record.peak_rss_bytes, LARGE, 1.02 * LARGE);
    expect_within("the job's peak", (double)t.totals.peak_rss_bytes, LARGE, 1.02 * LARGE);
    expect_within("the parent's peak",
                  (double)t.report[child == &t.report[0]].record.peak_rss_bytes, MIB, SMALL);
    traced_end(&t);
}

static int hold_and_exec(void *data)
{
    void *held = touch(LARGE);
    pid_t pid = fork();
    int status;

    (void)data;
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    status = -1;
    waitpid(pid, &status, 0);
    munmap(held, LARGE);
    return status != 0;
}

static void a_small_child_of_a_large_parent_is_small(void **state)
{
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "small", hold_and_exec, NULL), 0);
    assert_int_equal(t.count, 2);
    expect_within("the child's peak", (double)traced_report(&t, "true", 0)->record.peak_rss_bytes,
                  0.25 * MIB, SMALL);
    expect_within("the job's peak", (double)t.totals.peak_rss_bytes, LARGE, 1.02 * LARGE);
    traced_end(&t);
}

/* Into a file that has its blocks already, so that nothing but the data is written. */
static int write_directly(void *data)
{
    int fd = open(data, O_WRONLY | O_DIRECT | O_CLOEXEC);
    void *block;

    if (fd < 0 || posix_memalign(&block, ALIGNMENT, MIB) != 0)
        return 1;
    memset(block, 'x', (size_t)MIB);
    for (size_t done = 0; done < WRITTEN; done += (size_t)MIB)
        if (write(fd, block, (size_t)MIB) != (ssize_t)MIB)
            return 1;
    return 0;
}

static void direct_writes_are_exact(void **state)
{
    char path[] = "/var/tmp/cgrun-test-XXXXXX";
    _cleanup_close_ int fd = mkstemp(path);
    static char block[ALIGNMENT];
    struct traced t;

    (void)state;
    assert_true(fd >= 0);
    for (size_t done = 0; done < WRITTEN; done += sizeof(block))
        assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
    assert_int_equal(fsync(fd), 0);
    assert_int_equal(traced_run(&t, "direct", write_directly, path), 0);
    unlink(path);
    /* The file's times may have cost a block of inodes. */
    expect_within("bytes written", (double)t.report[0].record.used.write_bytes, WRITTEN,
                  WRITTEN + ALIGNMENT);
    assert_int_equal(t.totals.used.write_bytes, t.report[0].record.used.write_bytes);
    traced_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_thousand_children_and_all_their_time),
        cmocka_unit_test(eight_threads_are_one_process),
        cmocka_unit_test(a_leader_that_leaves_first_takes_neither_time_nor_name_along),
        cmocka_unit_test(an_exec_from_another_thread_is_the_same_process),
        cmocka_unit_test(a_vfork_storm_is_counted_to_the_last),
        cmocka_unit_test(daemons_and_unwaited_children_are_counted),
        cmocka_unit_test(a_short_lived_childs_peak_is_its_own),
        cmocka_unit_test(a_small_child_of_a_large_parent_is_small),
        cmocka_unit_test(direct_writes_are_exact),
    };

    return TRACER_CASES("tracer", tests);
}
