/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FIFOs, devices and directories where a file could be: nothing waits that cannot be ended. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define AT_ONCE 1.0 /* seconds, with room */

static const char *fifo(const char *name)
{
    const char *path = scratch(name);

    unlink(path);
    if (mkfifo(path, 0666) < 0 || chmod(path, 0666) < 0)
        fail_test("cannot make the FIFO %s", path);
    return path;
}

static void start(struct run *run, const char *const *args)
{
    const char *argv[40] = {harness_cgrun()};
    size_t n = 1;

    for (; *args; args++)
        argv[n++] = *args;
    run_start(run, argv);
}

static void expect_refused_at_once(const char *const *args, const char *text)
{
    struct run run _cleanup_run_ = {0};

    start(&run, args);
    if (!run_ended_within(&run, slack(AT_ONCE))) {
        kill(run.pid, SIGKILL);
        run_wait(&run);
        fail_test("%s: waited", run.command);
    }
    expect_status(&run, 125);
    expect_err(&run, text);
}

static void a_record_for_which_nobody_waits_is_an_error_before_the_start(void **state)
{
    const char *witness = scratch("started");

    (void)state;
    expect_refused_at_once(ARGS("--json", fifo("record"), "--", "touch", witness),
                           "expected a FIFO that a process has open for reading; nothing was "
                           "started; start its reader first and retry");
    assert_int_not_equal(access(witness, F_OK), 0);
}

static void a_record_goes_to_whoever_reads(void **state)
{
    struct run reader _cleanup_run_ = {0}, run _cleanup_run_ = {0};
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("record"));
    run_start(&reader, ARGS("/bin/cat", path));
    sleep_seconds(0.2);
    start(&run, ARGS("--json", path, "--name", "piped", "--", "true"));
    run_wait(&run);
    expect_status(&run, 0);
    run_wait(&reader);
    expect_out(&reader, "\"name\": \"piped\"");
}

/* It does not fit into the FIFO, and its reader sleeps. */
static void a_reader_that_does_not_read_can_be_given_up(void **state)
{
    struct run run _cleanup_run_ = {0};
    char path[512], big[60000];
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("record"));
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    start(&run, ARGS("--json", path, "--", "sh", "-c", "echo done", big, big));
    await_output(&run, "done");
    assert_false(run_ended_within(&run, 0.5));
    kill(run.pid, SIGTERM);
    assert_true(run_ended_within(&run, slack(AT_ONCE)));
    expect_err(&run, "cannot write the record");
    close(fd);
}

static void what_is_no_file_is_no_file(void **state)
{
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("input"));
    expect_refused_at_once(ARGS("--job", path, "--", "true"), "a regular file");
    expect_refused_at_once(ARGS("--policy", path, "--", "true"), "a regular file");
    expect_refused_at_once(ARGS("--db", path, "--", "true"), "a regular file");
    expect_refused_at_once(ARGS("--job", harness_dir(), "--", "true"), "a regular file");
    expect_refused_at_once(ARGS("--json", harness_dir(), "--", "true"),
                           "a regular file, a FIFO or a character device");
}

static void expectations_open_nothing(void **state)
{
    struct run run _cleanup_run_ = {0};
    char expectation[600];

    (void)state;
    snprintf(expectation, sizeof(expectation), "exists:%s", fifo("expected"));
    start(&run, ARGS("--expect", expectation, "--", "true"));
    assert_true(run_ended_within(&run, slack(AT_ONCE)));
    expect_status(&run, 0);
}

static const char *const streams[] = {"--stdin", "--stdout", "--stderr"};

static void a_stream_waits_for_its_other_end_as_in_a_shell(void **state)
{
    struct run run _cleanup_run_ = {0}, other _cleanup_run_ = {0};
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("stream"));
    start(&run, ARGS("--stdin", path, "--", "cat"));
    assert_false(run_ended_within(&run, 0.3));
    run_start(&other, ARGS("/bin/sh", "-c", "sleep 0.3 > \"$0\"", path));
    run_wait(&other);
    kill(run.pid, 0);
    run_wait(&run); /* the first writer has gone without a word: that is the end of the input */
    expect_status(&run, 0);
}

static void a_stream_s_data_arrives(void **state)
{
    struct run run _cleanup_run_ = {0}, other _cleanup_run_ = {0};
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("stream"));
    start(&run, ARGS("--user", "nobody", "--stdin", path, "--", "cat"));
    run_start(&other, ARGS("/bin/sh", "-c", "echo hello > \"$0\"", path));
    run_wait(&run);
    expect_status(&run, 0);
    expect_out(&run, "hello");
    run_wait(&other);
    run_free(&run);
    run_free(&other);
    run = other = (struct run){0};
    start(&run, ARGS("--stdout", path, "--", "echo", "to the reader"));
    run_start(&other, ARGS("/bin/cat", path));
    run_wait(&other); /* cgrun does not keep it open */
    run_wait(&run);
    expect_out(&other, "to the reader");
}

static void the_wait_for_a_stream_ends_with_a_signal(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run run _cleanup_run_ = {0};

        start(&run, ARGS(streams[i], fifo("stream"), "--", "true"));
        assert_false(run_ended_within(&run, 0.3));
        kill(run.pid, SIGTERM);
        assert_true(run_ended_within(&run, slack(AT_ONCE)));
        expect_status(&run, 125);
        expect_err(&run, "waited for a process at the FIFO's other end");
    }
}

static void the_wait_for_a_stream_ends_with_the_time_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        expect_refused_at_once(ARGS("--timeout", "300ms", streams[i], fifo("stream"), "--", "true"),
                               "the time limit ran out");
}

/* As the job's user, not as root. */
static void a_stream_that_its_user_may_not_open_is_refused(void **state)
{
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s", fifo("closed"));
    assert_int_equal(chmod(path, 0600), 0);
    expect_refused_at_once(ARGS("--user", "nobody", "--stdin", path, "--", "true"),
                           "Permission denied");
}

static void reports_go_to_devices_and_do_not_replace_them(void **state)
{
    struct run run _cleanup_run_ = {0};
    char path[512];
    struct stat st;

    (void)state;
    for (int i = 0; i < 2; i++) {
        run.no_json = true;
        cgrun(&run, ARGS("--session", "s", "--label", i ? "b" : "a", "--runs", "3", "--", "true"));
        run_free(&run);
        run = (struct run){0};
    }
    snprintf(path, sizeof(path), "%s", scratch("null"));
    assert_int_equal(mknod(path, S_IFCHR | 0666, 0x103), 0); /* as /dev/null */
    cgjob(&run, ARGS("report", "s:a", "s:b", "--format", "md", "-o", path));
    expect_status(&run, 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    run_free(&run);
    run = (struct run){0};
    cgjob(&run, ARGS("report", "s:a", "s:b", "--format", "md", "-o", fifo("report")));
    assert_true(run.seconds < slack(AT_ONCE));
    expect_status(&run, 1);
    expect_err(&run, "a FIFO that a process has open for reading");
}

static void an_import_may_come_from_a_pipe(void **state)
{
    struct run run _cleanup_run_ = {0};
    char script[1024];

    (void)state;
    snprintf(script, sizeof(script),
             "echo '{\"results\":[{\"command\":\"x\",\"times\":[1]}]}' | '%s' import /dev/stdin",
             harness_cgjob());
    run_start(&run, ARGS("/bin/sh", "-c", script));
    run_wait(&run);
    expect_status(&run, 0);
    run_free(&run);
    run = (struct run){0};
    cgjob(&run, ARGS("import", fifo("import")));
    assert_true(run.seconds < slack(AT_ONCE));
    expect_status(&run, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_for_which_nobody_waits_is_an_error_before_the_start),
        cmocka_unit_test(a_record_goes_to_whoever_reads),
        cmocka_unit_test(a_reader_that_does_not_read_can_be_given_up),
        cmocka_unit_test(what_is_no_file_is_no_file),
        cmocka_unit_test(expectations_open_nothing),
        cmocka_unit_test(a_stream_waits_for_its_other_end_as_in_a_shell),
        cmocka_unit_test(a_stream_s_data_arrives),
        cmocka_unit_test(the_wait_for_a_stream_ends_with_a_signal),
        cmocka_unit_test(the_wait_for_a_stream_ends_with_the_time_limit),
        cmocka_unit_test(a_stream_that_its_user_may_not_open_is_refused),
        cmocka_unit_test(reports_go_to_devices_and_do_not_replace_them),
        cmocka_unit_test(an_import_may_come_from_a_pipe),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system FIFOs", tests);
}
