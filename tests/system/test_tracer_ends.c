/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How processes end, and who ended them: statuses, senders, refused calls, the OOM killer. */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"
#include "tests/system/tracer_case.h"

static int leave(void *data)
{
    return *(int *)data;
}

static void exit_codes_are_what_wait_says(void **state)
{
    int codes[] = {0, 1, 3, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct traced t;

        assert_int_equal(traced_run(&t, "code", leave, &codes[i]), codes[i] << 8);
        assert_int_equal(t.count, 1);
        assert_int_equal(t.report[0].record.status, codes[i] << 8);
        assert_int_equal(t.report[0].extra.signal, 0);
        assert_int_equal(t.totals.processes_failed, codes[i] != 0);
        traced_end(&t);
    }
}

static int sleep_long(void *data)
{
    (void)data;
    pause();
    return 0;
}

static void a_signal_names_its_sender(void **state)
{
    int signals[] = {SIGTERM, SIGKILL, SIGUSR1, SIGRTMIN + 1};

    (void)state;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        const struct job_report *r;
        struct traced t;
        pid_t pid;

        traced_begin(&t, "signal", NULL);
        pid = traced_spawn(&t, sleep_long, NULL);
        assert_int_equal(kill(pid, signals[i]), 0);
        assert_int_equal(traced_wait(pid), signals[i]);
        traced_finish(&t);
        r = traced_pid(&t, pid);
        assert_int_equal(r->record.status, signals[i]);
        assert_int_equal(r->extra.signal, signals[i]);
        assert_int_equal(r->extra.sender_pid, getpid());
        assert_int_equal(r->extra.sender_uid, getuid());
        assert_string_equal(r->extra.sender_comm, "test_tracer_end");
        assert_int_equal(r->record.uid, getuid());
        assert_int_equal(t.totals.signals, 1);
        assert_int_equal(t.totals.processes_failed, 1);
        traced_end(&t);
    }
}

static void cgroup_kill_names_who_wrote_it(void **state)
{
    char path[300];
    struct traced t;
    pid_t pid;

    (void)state;
    traced_begin(&t, "kill", NULL);
    pid = traced_spawn(&t, sleep_long, NULL);
    snprintf(path, sizeof(path), "%s/cgroup.kill", t.path);
    if (access(path, F_OK) < 0) { /* before 5.14 */
        kill(pid, SIGKILL);
        traced_wait(pid);
        traced_finish(&t);
        traced_end(&t);
        return;
    }
    assert_int_equal(file_write_at(AT_FDCWD, path, "1"), 0);
    assert_int_equal(traced_wait(pid), SIGKILL);
    traced_finish(&t);
    assert_int_equal(traced_pid(&t, pid)->extra.sender_pid, getpid());
    traced_end(&t);
}

static int fault(void *data)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    *(volatile char *)data = 1;
    return 0;
}

static int break_a_pipe(void *data)
{
    int ends[2];

    (void)data;
    signal(SIGPIPE, SIG_DFL); /* a service is started with it ignored */
    if (pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == 1)
        return 0;
    return 1;
}

static void a_signal_of_the_kernels_making_has_no_sender(void **state)
{
    struct traced t;

    (void)state;
    assert_int_equal(traced_run(&t, "fault", fault, NULL) & 0x7f, SIGSEGV);
    assert_int_equal(t.report[0].extra.signal, SIGSEGV);
    assert_int_equal(t.report[0].extra.sender_pid, 0);
    traced_end(&t);

    assert_int_equal(traced_run(&t, "pipe", break_a_pipe, NULL), SIGPIPE);
    assert_int_equal(t.report[0].extra.signal, SIGPIPE);
    assert_int_equal(t.report[0].extra.sender_pid, 0);
    traced_end(&t);
}

/* A filter, made by hand, that answers one call with `action`; the rest is allowed. */
static int refuse(int syscall_number, unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)syscall_number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &program);
}

static int call_what_kills(void *data)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    if (refuse(SYS_getppid, *(unsigned *)data) < 0)
        return 1;
    syscall(SYS_getppid);
    return 2;
}

static void a_kill_by_policy_names_the_call(void **state)
{
    unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP};

    (void)state;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        struct traced t;

        assert_int_equal(traced_run(&t, "kill", call_what_kills, &actions[i]) & 0x7f, SIGSYS);
        assert_int_equal(t.report[0].record.status & 0x7f, SIGSYS);
        assert_int_equal(t.report[0].extra.denied_syscall, SYS_getppid);
        assert_int_equal(t.report[0].extra.sender_pid, 0);
        traced_end(&t);
    }
}

static int call_what_fails(void *data)
{
    int refused = 0;

    if (refuse(SYS_getppid, *(unsigned *)data) < 0)
        return 1;
    for (int i = 0; i < 5; i++)
        refused += syscall(SYS_getppid) == -1;
    return refused == 5 ? 0 : refused == 0 ? 3 : 2;
}

static int note_denied(void *data, const struct job_denied_key *key, const struct job_denied *d)
{
    assert_int_equal(key->syscall, SYS_getppid);
    *(uint64_t *)data += d->count;
    return 0;
}

/* Only kernels that let functions be traced tell of these; the others must say that they don't. */
static void refusals_by_errno_are_counted_or_said_not_to_be_seen(void **state)
{
    unsigned refusal = SECCOMP_RET_ERRNO | 1, log = SECCOMP_RET_LOG;
    struct tracer_status status;
    uint64_t counted = 0;
    struct traced t;
    struct err err;

    (void)state;
    assert_int_equal(tracer_status(tracer_case_pins, &status, &err), 0);
    assert_int_equal(status.denied_calls, tracer_sees_denied(tracer_case_tracer));
    assert_int_equal(traced_run(&t, "errno", call_what_fails, &refusal), 0);
    assert_int_equal(
        tracer_job_denied(tracer_case_tracer, t.job.cgroup_id, note_denied, &counted, &err), 0);
    assert_int_equal(counted, status.denied_calls ? 5 : 0);
    assert_int_equal(t.totals.denied, counted);
    traced_end(&t);

    assert_int_equal(traced_run(&t, "log", call_what_fails, &log), 3 << 8);
    assert_int_equal(t.totals.denied, 0);
    traced_end(&t);
}

static char memory_group[256];

static int take_too_much(void *data)
{
    char path[300], *p;
    size_t size = 256UL << 20;

    (void)data;
    snprintf(path, sizeof(path), "%s/cgroup.procs", memory_group);
    if (file_write_at(AT_FDCWD, path, "0") < 0)
        return 1;
    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return 2;
    memset(p, 1, size);
    return 0;
}

/* A memory cgroup of its own, in whichever hierarchy has the controller. NULL: none has. */
static const char *limit_memory(const struct traced *t)
{
    char path[300];

    switch (host_controller("memory")) {
    case 1:
        snprintf(memory_group, sizeof(memory_group), "/sys/fs/cgroup/memory/cgrun-test-%d",
                 getpid());
        assert_int_equal(mkdir(memory_group, 0755), 0);
        snprintf(path, sizeof(path), "%s/memory.limit_in_bytes", memory_group);
        break;
    case 2:
        snprintf(memory_group, sizeof(memory_group), "%s", t->path);
        snprintf(path, sizeof(path), "%s/memory.max", memory_group);
        break;
    default:
        return NULL;
    }
    return file_write_at(AT_FDCWD, path, "33554432") < 0 ? NULL : memory_group;
}

static void the_oom_killers_victim_is_marked(void **state)
{
    struct traced t;
    pid_t pid;

    (void)state;
    traced_begin(&t, "oom", NULL);
    if (!limit_memory(&t)) {
        print_message("no memory controller here: nothing to be killed for\n");
        traced_finish(&t);
        traced_end(&t);
        return;
    }
    pid = traced_spawn(&t, take_too_much, NULL);
    assert_int_equal(traced_wait(pid), SIGKILL);
    traced_finish(&t);
    if (strcmp(memory_group, t.path) != 0)
        assert_int_equal(rmdir(memory_group), 0);
    assert_int_equal(t.totals.oom_kills, 1);
    assert_int_equal(traced_pid(&t, pid)->record.flags & JOB_RECORD_OOM, JOB_RECORD_OOM);
    assert_int_equal(traced_pid(&t, pid)->extra.sender_pid, 0);
    traced_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_are_what_wait_says),
        cmocka_unit_test(a_signal_names_its_sender),
        cmocka_unit_test(cgroup_kill_names_who_wrote_it),
        cmocka_unit_test(a_signal_of_the_kernels_making_has_no_sender),
        cmocka_unit_test(a_kill_by_policy_names_the_call),
        cmocka_unit_test(refusals_by_errno_are_counted_or_said_not_to_be_seen),
        cmocka_unit_test(the_oom_killers_victim_is_marked),
    };

    return TRACER_CASES("tracer_ends", tests);
}
