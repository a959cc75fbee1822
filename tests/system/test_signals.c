/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals and the terminal belong to the job. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

static void signals_sent_to_cgrun_reach_the_job_once(void **state)
{
    static const struct {
        int signal;
        const char *name;
    } sent[] = {{SIGHUP, "got SIGHUP"},
                {SIGINT, "got SIGINT"},
                {SIGUSR1, "got SIGUSR1"},
                {SIGUSR2, "got SIGUSR2"},
                {SIGQUIT, "got SIGQUIT"}};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        kill(run.pid, sent[i].signal);
        await_output(&run, sent[i].name);
    }
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    assert_int_equal(count_text(run.out, "got "), 6);
    expect_verdict(&run, "stopped");
    expect_status(&run, 0); /* it ended by itself, in its own way */
}

static void a_signal_that_ends_the_job_is_its_end(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", "/bin/sh", "-c", "echo ready; exec sleep 30"));
    await_output(&run, "ready");
    sleep_seconds(0.1);
    kill(run.pid, SIGUSR1);
    run_wait(&run);
    expect_status(&run, 128 + SIGUSR1);
}

static void a_stopped_job_is_waited_for(void **state)
{
    struct run run _cleanup_run_ = {0};
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(pid, SIGSTOP);
    assert_false(run_ended_within(&run, 0.3));
    kill(pid, SIGUSR1);
    kill(pid, SIGCONT);
    await_output(&run, "got SIGUSR1");
    kill(pid, SIGTERM);
    run_wait(&run);
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
}

static void a_stopped_cgrun_goes_on_where_it_was(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun_start(&run, ARGS("--", "sleep", "0.3"));
    sleep_seconds(0.1);
    kill(run.pid, SIGSTOP);
    sleep_seconds(0.4);
    kill(run.pid, SIGCONT);
    run_wait(&run);
    expect_status(&run, 0);
    expect_verdict(&run, "exited");
}

static void a_stopped_job_can_be_ended(void **state)
{
    struct run run _cleanup_run_ = {0};
    pid_t pid = 0;

    (void)state;
    cgrun_start(&run, ARGS("--", job("trap")));
    await_output(&run, "ready");
    assert_int_equal(run_pids(&run, &pid, 1), 1);
    kill(pid, SIGSTOP);
    kill(run.pid, SIGTERM);
    run_wait(&run);
    expect_out(&run, "got SIGTERM");
    expect_verdict(&run, "stopped");
}

/* --- on a terminal --------------------------------------------------------------------------- */

struct terminal {
    int fd;
    pid_t pid;
    char json_path[256];
    char text[65536]; /* what was printed on it */
    size_t used;
    struct run run; /* for the record */
};

/* Any program, as the leader of a session that has the terminal. */
static void terminal_start_program(struct terminal *t, const char *const *argv)
{
    struct winsize size = {.ws_col = 80, .ws_row = 24};

    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    if (t->pid == 0) {
        setenv("CGRUN_TEST_MARK", harness_dir(), 1);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(98);
    }
    assert_true(t->pid > 0);
    host_remember(t->pid);
}

static void terminal_start(struct terminal *t, const char *const *args)
{
    static unsigned number;
    const char *argv[32];
    size_t n = 0;
    char name[32];

    snprintf(name, sizeof(name), "terminal-%u.json", ++number);
    snprintf(t->json_path, sizeof(t->json_path), "%s", scratch(name));
    argv[n++] = harness_cgrun();
    argv[n++] = "--json";
    argv[n++] = t->json_path;
    for (size_t i = 0; args[i] && n < 31; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    terminal_start_program(t, argv);
}

static bool terminal_read(struct terminal *t, int timeout_ms)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0)
        return false;
    n = read(t->fd, t->text + t->used, sizeof(t->text) - 1 - t->used);
    if (n <= 0)
        return false; /* EIO: all of its other side has been closed */
    t->used += (size_t)n;
    t->text[t->used] = '\0';
    return true;
}

static void terminal_await(struct terminal *t, const char *text)
{
    while (!strstr(t->text, text))
        if (!terminal_read(t, 10000))
            fail_test("the terminal did not show '%s', but: %s", text, t->text);
}

static void terminal_type(const struct terminal *t, const char *keys)
{
    assert_int_equal(write(t->fd, keys, strlen(keys)), (int)strlen(keys));
}

/* Reads on until the program ends; its status as a shell has it. */
static void terminal_end(struct terminal *t)
{
    char *text = NULL;
    int status;

    while (terminal_read(t, 10000))
        ;
    if (waitpid(t->pid, &status, 0) != t->pid)
        fail_test("it did not end");
    close(t->fd);
    t->run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    t->run.out = strdup(t->text);
    if (file_read_all(t->json_path, 1 << 20, &text) >= 0)
        json_parse(text, strlen(text), t->json_path, &t->run.record, NULL);
    free(text);
}

static void the_terminal_is_the_jobs(void **state)
{
    static struct terminal t;
    struct winsize size = {.ws_col = 97, .ws_row = 31};

    (void)state;
    terminal_start(&t, ARGS("--summary", "never", "--", job("trap")));
    terminal_await(&t, "ready tty 1 foreground 1");
    terminal_await(&t, "size 80x24");
    ioctl(t.fd, TIOCSWINSZ, &size);
    terminal_await(&t, "size 97x31");
    kill(t.pid, SIGTERM);
    terminal_end(&t);
    expect_verdict(&t.run, "stopped");
    run_free(&t.run);
}

static void ctrl_c_reaches_the_job_once(void **state)
{
    static struct terminal t;
    double until = now_seconds() + 0.4;

    (void)state;
    terminal_start(&t, ARGS("--summary", "never", "--", job("trap")));
    terminal_await(&t, "ready");
    terminal_type(&t, "\003");
    terminal_await(&t, "got SIGINT");
    while (now_seconds() < until)
        terminal_read(&t, 100);
    assert_int_equal(count_text(t.text, "got SIGINT"), 1);
    assert_int_equal(waitpid(t.pid, NULL, WNOHANG), 0); /* the job goes on, and so does cgrun */
    kill(t.pid, SIGTERM);
    terminal_end(&t);
    run_free(&t.run);
}

static void ctrl_c_that_ends_the_job_is_a_stop_from_the_terminal(void **state)
{
    static struct terminal t;

    (void)state;
    terminal_start(&t, ARGS("--", "/bin/sh", "-c", "echo ready; exec sleep 30"));
    terminal_await(&t, "ready");
    sleep_seconds(0.1);
    terminal_type(&t, "\003");
    terminal_end(&t);
    expect_status(&t.run, 128 + SIGINT);
    expect_verdict(&t.run, "stopped");
    assert_string_equal(evidence(&t.run, "by"), "terminal");
    expect_out(&t.run, "cgrun: job "); /* on a terminal the summary is shown */
    run_free(&t.run);
}

static void what_is_typed_reaches_the_job(void **state)
{
    static struct terminal t;

    (void)state;
    terminal_start(&t, ARGS("--summary", "never", "--", "/bin/sh", "-c",
                            "echo ready; read x; echo got \"[$x]\""));
    terminal_await(&t, "ready");
    terminal_type(&t, "hello\n");
    terminal_end(&t);
    expect_status(&t.run, 0);
    expect_out(&t.run, "got [hello]");
    run_free(&t.run);
}

/* With a shell's job control around it: cgrun and its job stop together and go on together. */
static void ctrl_z_stops_and_fg_goes_on(void **state)
{
    static struct terminal t;
    char line[1024];

    (void)state;
    terminal_start_program(&t, ARGS("/bin/sh", "-i"));
    snprintf(line, sizeof(line), "%s --summary never -- %s\n", harness_cgrun(), job("trap"));
    terminal_type(&t, line);
    terminal_await(&t, "ready tty 1 foreground 1");
    terminal_type(&t, "\032");
    terminal_await(&t, "Stopped");
    terminal_type(&t, "echo shell is $((40 + 2))\n");
    terminal_await(&t, "shell is 42");
    terminal_type(&t, "fg\n");
    sleep_seconds(0.2);
    terminal_type(&t, "\003");
    terminal_await(&t, "got SIGINT");
    terminal_type(&t, "\034"); /* Ctrl-\\ */
    terminal_await(&t, "got SIGQUIT");
    terminal_type(&t, "\032");
    terminal_type(&t, "kill %1; fg\n");
    terminal_await(&t, "got SIGTERM");
    terminal_type(&t, "exit\n");
    terminal_end(&t);
    run_free(&t.run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_sent_to_cgrun_reach_the_job_once),
        cmocka_unit_test(a_signal_that_ends_the_job_is_its_end),
        cmocka_unit_test(a_stopped_job_is_waited_for),
        cmocka_unit_test(a_stopped_cgrun_goes_on_where_it_was),
        cmocka_unit_test(a_stopped_job_can_be_ended),
        cmocka_unit_test(the_terminal_is_the_jobs),
        cmocka_unit_test(ctrl_c_reaches_the_job_once),
        cmocka_unit_test(ctrl_c_that_ends_the_job_is_a_stop_from_the_terminal),
        cmocka_unit_test(what_is_typed_reaches_the_job),
        cmocka_unit_test(ctrl_z_stops_and_fg_goes_on),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system signals", tests);
}
