/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is traced on request, against what the job is known to have done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "tests/system/harness.h"

static bool has_features;

/* Their loader came with Linux 5.14; before, asking for one is an error. */
static bool traced(struct run *run, const char *what, const char *const *command)
{
    const char *argv[24] = {"--trace", what, "--"};
    size_t n = 3;

    while (*command && n < 23)
        argv[n++] = *command++;
    argv[n] = NULL;
    cgrun(run, argv);
    if (has_features)
        return true;
    expect_status(run, 125);
    expect_err(run, "cannot trace '");
    expect_err(run, "nothing was started");
    return false;
}

static const struct json *element(const struct run *run, const char *list, const char *key,
                                  const char *value)
{
    char path[64];
    const struct json *all;

    snprintf(path, sizeof(path), "traces.%s", list);
    all = member(run, path);
    for (size_t i = 0; i < json_count(all); i++)
        if (strcmp(json_text(json_get(json_at(all, i), key)), value) == 0)
            return json_at(all, i);
    return NULL;
}

static int64_t count_in(const struct json *o, const char *key)
{
    return json_to_int(json_get(o, key), -1);
}

static void calls_and_their_errors_are_counted(void **state)
{
    struct run run _cleanup_run_ = {0}, show _cleanup_run_ = {0};
    const struct json *close_row;

    (void)state;
    if (!traced(&run, "syscalls", ARGS(job("calls"), "1234", "77")))
        return;
    expect_status(&run, 0);
    assert_int_equal(count_in(element(&run, "syscalls", "name", "getppid"), "calls"), 1234);
    close_row = element(&run, "syscalls", "name", "close");
    assert_true(count_in(close_row, "calls") >= 77);
    assert_int_equal(count_in(json_get(close_row, "errors"), "EBADF"), 77);
    assert_int_equal(count_in(element(&run, "syscalls", "name", "exit_group"), "calls"), 1);
    /* cgrun's own preparations, in the job's cgroup, are not the job's. */
    assert_null(element(&run, "syscalls", "name", "seccomp"));
    assert_null(element(&run, "syscalls", "name", "mount"));
    cgjob(&show, ARGS("show", "calls"));
    expect_out(&show, "  getppid                         1234\n");
    expect_out(&show, "failed: 77 EBADF");
}

static void what_children_call_is_counted_too(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!traced(&run, "syscalls",
                ARGS("/bin/sh", "-c", "\"$0\" 100 & \"$0\" 20; wait; :", job("calls"))))
        return;
    assert_int_equal(count_in(element(&run, "syscalls", "name", "execve"), "calls"), 2);
    assert_true(count_in(element(&run, "syscalls", "name", "getppid"), "calls") >= 120);
}

static void peers_are_counted_with_their_bytes(void **state)
{
    static const char *const script = "import socket, threading\n"
                                      "s = socket.create_server(('127.0.0.1', 0))\n"
                                      "def serve():\n"
                                      "    c, _ = s.accept()\n"
                                      "    while c.recv(65536): pass\n"
                                      "t = threading.Thread(target=serve); t.start()\n"
                                      "c = socket.create_connection(s.getsockname())\n"
                                      "c.sendall(b'x' * 1000000); c.close(); t.join()\n"
                                      "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                      "for i in range(10): u.sendto(b'y' * 100, ('127.0.0.1', 9))\n"
                                      "print(s.getsockname()[1])\n";
    struct run run _cleanup_run_ = {0};
    const struct json *peers;
    bool tcp = false, udp = false;

    (void)state;
    if (!traced(&run, "net", ARGS("/usr/bin/python3", "-c", script)))
        return;
    expect_status(&run, 0);
    peers = member(&run, "traces.net");
    for (size_t i = 0; i < json_count(peers); i++) {
        const struct json *p = json_at(peers, i);

        assert_string_equal(json_text(json_get(p, "address")), "127.0.0.1");
        if (count_in(p, "port") == atoi(run.out)) {
            tcp = true;
            assert_string_equal(json_text(json_get(p, "protocol")), "tcp");
            assert_int_equal(count_in(p, "connections"), 1);
            /* A million bytes, and the headers of packets. */
            assert_in_range(count_in(p, "bytes_sent"), 1000000, 1200000);
            assert_in_range(count_in(p, "bytes_received"), 1, 100000);
        } else if (count_in(p, "port") == 9) {
            udp = true;
            assert_int_equal(count_in(p, "packets_sent"), 10);
            assert_int_equal(count_in(p, "bytes_sent"), 10 * (100 + 8 + 20));
        }
    }
    assert_true(tcp && udp);
}

static uint64_t sum_from(const struct run *run, const char *which, size_t first)
{
    char path[64];
    const struct json *times;
    uint64_t sum = 0;

    snprintf(path, sizeof(path), "traces.%s", which);
    times = member(run, path);
    for (size_t i = first; i < json_count(times); i++)
        sum += (uint64_t)json_to_int(json_at(times, i), 0);
    return sum;
}

/* Two that want one processor wait for each other, for whole slices. */
static void waits_for_a_processor_are_drawn(void **state)
{
    struct run run _cleanup_run_ = {0}, show _cleanup_run_ = {0};

    (void)state;
    if (!has_features)
        return;
    cgrun(&run, ARGS("--name", "crowded", "--trace", "sched", "--allowed-cpus", "0", "--",
                     "/bin/sh", "-c", "\"$0\" 0.2 & \"$0\" 0.2; wait", job("burn")));
    expect_status(&run, 0);
    if (sum_from(&run, "sched", 11) < 3) /* of a millisecond and longer */
        fail_test("%llu long waits", (unsigned long long)sum_from(&run, "sched", 11));
    cgjob(&show, ARGS("show", "crowded"));
    expect_out(&show, "waits for a processor\n  below");
    expect_out(&show, "█");
}

static void direct_writes_are_block_requests(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!traced(
            &run, "io",
            ARGS("/bin/sh", "-c",
                 "dd if=/dev/zero of=\"$0\" bs=64k count=50 oflag=direct 2>/dev/null; rm \"$0\"",
                 scratch("blocks"))))
        return;
    expect_status(&run, 0);
    if (sum_from(&run, "io", 0) < 50)
        fail_test("%llu requests", (unsigned long long)sum_from(&run, "io", 0));
}

static void expect_file(const struct run *run, const char *name, int written, int renamed,
                        int removed)
{
    char path[400];
    const struct json *f;

    snprintf(path, sizeof(path), "%s/%s", scratch("touched"), name);
    f = element(run, "files", "path", path);
    if (!f || count_in(f, "written") != written || count_in(f, "renamed") != renamed ||
        count_in(f, "removed") != removed) {
        _cleanup_free_ char *all = json_dump(member(run, "traces.files"), 0);

        fail_test("%s is not there as expected: %s", path, all);
    }
}

static void files_are_known_by_their_paths(void **state)
{
    struct run run _cleanup_run_ = {0}, show _cleanup_run_ = {0};

    (void)state;
    assert_int_equal(mkdir(scratch("touched"), 0755), 0);
    if (!traced(&run, "files", ARGS(job("calls"), "files", scratch("touched"))))
        return;
    expect_status(&run, 0);
    expect_file(&run, "one", 1, 1, 0);
    expect_file(&run, "two", 1, 1, 0);
    expect_file(&run, "due", 0, 1, 0);
    expect_file(&run, "sub/uno", 0, 1, 1);
    expect_file(&run, "sub/three", 1, 0, 1);
    expect_file(&run, "sub", 0, 0, 1);
    assert_int_equal(json_count(member(&run, "traces.files")), 6);
    assert_int_equal(json_to_int(member(&run, "traces.files_lost"), -1), 0);
    cgjob(&show, ARGS("show", "calls"));
    expect_out(&show, "files touched\n");
    expect_out(&show, "/sub/three (opened for writing 1, removed 1)\n");
}

static void nothing_is_traced_unasked(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("calls"), "10"));
    assert_int_equal(json_members(member(&run, "traces")), 0);
}

static void several_are_traced_at_once(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!traced(&run, "exits,syscalls,net,sched,io,files", ARGS("/bin/true")))
        return;
    expect_status(&run, 0);
    /* Each is there, with what it counted: nothing at all for some. */
    assert_int_equal(json_count(member(&run, "traces.net")), 0);
    assert_int_equal(json_count(member(&run, "traces.files")), 0);
    assert_true(json_count(member(&run, "traces.syscalls")) > 5);
    assert_true(json_is_array(member(&run, "traces.sched")));
    assert_true(json_is_array(member(&run, "traces.io")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_and_their_errors_are_counted),
        cmocka_unit_test(what_children_call_is_counted_too),
        cmocka_unit_test(peers_are_counted_with_their_bytes),
        cmocka_unit_test(waits_for_a_processor_are_drawn),
        cmocka_unit_test(direct_writes_are_block_requests),
        cmocka_unit_test(files_are_known_by_their_paths),
        cmocka_unit_test(nothing_is_traced_unasked),
        cmocka_unit_test(several_are_traced_at_once),
        cmocka_unit_test(nothing_is_left),
    };

    has_features = host_kernel_at_least(5, 14);
    return HARNESS_RUN("system traces", tests);
}
