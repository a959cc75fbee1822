/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On a terminal, and without one: as it would be without cgrun. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/terminal.h"

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

/* As with ssh -t when the connection breaks: the command is told, as it would be without cgrun. */
static void a_terminal_that_goes_away_ends_the_job(void **state)
{
    static struct terminal t;

    (void)state;
    terminal_start(&t, ARGS("--", "/bin/sh", "-c", "echo ready; sleep 3000 & wait"));
    terminal_await(&t, "ready");
    terminal_hang_up(&t);
    terminal_end(&t);
    expect_status(&t.run, 128 + SIGHUP);
    expect_verdict(&t.run, "stopped");
    assert_string_equal(evidence(&t.run, "by"), "terminal");
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

/* It reads its keys from the terminal, while its input is something else. */
static void a_pager_in_a_pipe_reads_keys(void **state)
{
    static struct terminal t;
    char line[1024];

    (void)state;
    snprintf(line, sizeof(line), "seq 1000 | %s --summary never -- more; echo left by $?",
             harness_cgrun());
    terminal_start_program(&t, ARGS("/bin/sh", "-c", line));
    terminal_await(&t, "--More--");
    assert_null(strstr(t.text, "\n40\r"));
    terminal_type(&t, " ");
    terminal_await(&t, "\n40\r");
    terminal_type(&t, "q");
    terminal_await(&t, "left by 0");
    terminal_end(&t);
    run_free(&t.run);
}

/* A shell as the job has jobs of its own, as at any login. */
static void a_shell_inside_controls_its_jobs(void **state)
{
    static struct terminal t;

    (void)state;
    terminal_start(&t, ARGS("--summary", "never", "--", "/bin/sh", "-i"));
    terminal_type(&t, "sleep 1000\n");
    sleep_seconds(slack(0.2));
    terminal_type(&t, "\032");
    terminal_await(&t, "Stopped");
    terminal_type(&t, "kill -KILL %1; wait; echo still $((40 + 2))\n");
    terminal_await(&t, "still 42");
    terminal_type(&t, "exit 7\nexit 7\n"); /* with stopped jobs some shells ask twice */
    terminal_end(&t);
    expect_status(&t.run, 7);
    expect_verdict(&t.run, "exited");
    run_free(&t.run);
}

/* In the background it may not read from the terminal: it stops, and cgrun with it. */
static void in_the_background_it_stops_for_input(void **state)
{
    static struct terminal t;
    char line[1024];

    (void)state;
    terminal_start_program(&t, ARGS("/bin/sh", "-i"));
    snprintf(line, sizeof(line), "%s --summary never -- sh -c 'read x; echo got $x' &\n",
             harness_cgrun());
    terminal_type(&t, line);
    sleep_seconds(slack(0.3));
    terminal_type(&t, "jobs\n");
    terminal_await(&t, "Stopped");
    terminal_type(&t, "fg\n");
    sleep_seconds(slack(0.2));
    terminal_type(&t, "tea\n");
    terminal_await(&t, "got tea");
    terminal_type(&t, "exit\n");
    terminal_end(&t);
    run_free(&t.run);
}

/* What cron gives a command: no terminal, no session of a login, four variables. */
static void crons_environment_is_enough(void **state)
{
    struct run run _cleanup_run_ = {0};
    char db[300], dir[300], cache[300], line[1024];

    (void)state;
    snprintf(db, sizeof(db), "CGRUN_DB=%s", scratch("jobs.db"));
    snprintf(dir, sizeof(dir), "CGRUN_RUN_DIR=%s", scratch("run"));
    snprintf(cache, sizeof(cache), "CGRUN_CACHE_DIR=%s", scratch("cache"));
    snprintf(line, sizeof(line),
             "exec '%s' --name nightly --memory-max 64M -- sh -c "
             "'env; echo home $HOME; tty'",
             harness_cgrun());
    run_start(&run,
              ARGS("/usr/bin/setsid", "-w", "/usr/bin/env", "-i", "HOME=/root", "LOGNAME=root",
                   "SHELL=/bin/sh", "PATH=/usr/bin:/bin", db, dir, cache, "/bin/sh", "-c", line));
    run_wait(&run);
    expect_status(&run, 1); /* tty's */
    expect_out(&run, "home /root");
    expect_out(&run, "not a tty");
    expect_no_out(&run, "CGRUN_JSON");
    run.record = cgjob_json(ARGS("show", "nightly", "--json"));
    expect_verdict(&run, "exited");
    assert_true(metric_is_available(&run, "processes_total"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_terminal_is_the_jobs),
        cmocka_unit_test(ctrl_c_reaches_the_job_once),
        cmocka_unit_test(ctrl_c_that_ends_the_job_is_a_stop_from_the_terminal),
        cmocka_unit_test(a_terminal_that_goes_away_ends_the_job),
        cmocka_unit_test(what_is_typed_reaches_the_job),
        cmocka_unit_test(ctrl_z_stops_and_fg_goes_on),
        cmocka_unit_test(a_pager_in_a_pipe_reads_keys),
        cmocka_unit_test(a_shell_inside_controls_its_jobs),
        cmocka_unit_test(in_the_background_it_stops_for_input),
        cmocka_unit_test(crons_environment_is_enough),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system terminal", tests);
}
