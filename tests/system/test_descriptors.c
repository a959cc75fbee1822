/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the caller's descriptors a job gets: those that are named, and never one of cgrun's. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/system/harness.h"

static void put(int number, const char *path, int flags)
{
    int fd = open(path, flags);

    if (fd < 0 || dup2(fd, number) < 0)
        _exit(97);
    if (fd != number)
        close(fd);
}

/* A shell's own language: what `<(...)` becomes. */
static void a_command_line_names_them(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true}, inside _cleanup_run_ = {.no_json = true};
    const char *line = "exec \"$0\" -- cat <(echo from a pipe)";

    (void)state;
    run_start(&run, ARGS("/bin/bash", "-c", line, harness_cgrun()));
    run_wait(&run);
    expect_status(&run, 0);
    expect_out(&run, "from a pipe\n");
    run_start(&inside, ARGS("/bin/bash", "-c", "exec \"$0\" -- dd status=none if=<(echo so too)",
                            harness_cgrun()));
    run_wait(&inside);
    expect_status(&inside, 0);
    expect_out(&inside, "so too\n");
}

static void open_several(void)
{
    put(40, "/etc/passwd", O_RDONLY);
    put(41, "/tmp", O_RDONLY | O_DIRECTORY);
    put(42, "/etc/hostname", O_PATH);
    put(43, "/proc/self/oom_score_adj", O_RDWR);
    put(44, "/dev/null", O_RDWR);
    put(45, "/etc/passwd", O_RDONLY);
}

static const char *const listing[] = {"sh", "-c", "ls /proc/self/fd | tr '\\n' ' '", NULL};

static void nothing_else_is_passed(void **state)
{
    struct run named _cleanup_run_ = {.before_exec = open_several, .no_json = true};
    struct run none _cleanup_run_ = {.before_exec = open_several, .no_json = true};
    struct run list _cleanup_run_ = {.before_exec = open_several, .no_json = true};

    (void)state;
    cgrun_start(&named, ARGS(listing[0], listing[1], listing[2], "--x=/dev/fd/40", "/dev/fd/41",
                             "/proc/self/fd/42", "/dev/fd/43", "/dev/fd/44"));
    run_wait(&named);
    expect_status(&named, 0);
    assert_string_equal(named.out, "0 1 2 3 40 "); /* 3: the directory that ls reads */
    cgrun_start(&none,
                ARGS("--pass-fds", "none", "--", listing[0], listing[1], listing[2], "/dev/fd/40"));
    run_wait(&none);
    assert_string_equal(none.out, "0 1 2 3 ");
    cgrun_start(&list, ARGS("--pass-fds", "45,40", "--", listing[0], listing[1], listing[2]));
    run_wait(&list);
    assert_string_equal(list.out, "0 1 2 3 40 45 ");
}

/* cgrun opens files of its own at the low numbers, after it has looked at the caller's. */
static void none_of_cgruns_own_is_passed(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true}, detached _cleanup_run_ = {.no_json = true};
    struct run logs _cleanup_run_ = {0};
    const char *const numbers[] = {"/dev/fd/3",  "/dev/fd/4",  "/dev/fd/5", "/dev/fd/6",
                                   "/dev/fd/7",  "/dev/fd/8",  "/dev/fd/9", "/dev/fd/10",
                                   "/dev/fd/11", "/dev/fd/12", NULL};
    const char *args[20] = {"--name", "own", "--lock", "own", listing[0], listing[1], listing[2]};

    (void)state;
    for (size_t i = 0; numbers[i]; i++)
        args[7 + i] = numbers[i];
    cgrun_start(&run, args);
    run_wait(&run);
    expect_status(&run, 0);
    assert_string_equal(run.out, "0 1 2 3 ");
    args[0] = "--detach";
    args[1] = "--name=behind";
    cgrun_start(&detached, args);
    run_wait(&detached);
    expect_status(&detached, 0);
    cgjob(&logs, ARGS("wait", "behind"));
    run_free(&logs);
    logs = (struct run){0};
    cgjob(&logs, ARGS("logs", "behind"));
    assert_string_equal(logs.out, "0 1 2 3 ");
}

static void what_cannot_be_passed_is_refused(void **state)
{
    const struct {
        const char *list, *what;
    } cases[] = {
        {"41", "descriptor 41 of pass-fds is a directory: expected a pipe, a socket or a regular"},
        {"42", "descriptor 42 of pass-fds is a path descriptor"},
        {"43", "descriptor 43 of pass-fds is a file of a kernel file system"},
        {"44", "descriptor 44 of pass-fds is a character device"},
        {"40,39", "descriptor 39 of pass-fds is not open"},
        {"3", "descriptor 3 of pass-fds is not open"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = open_several, .no_json = true};

        cgrun_start(&run, ARGS("--pass-fds", cases[i].list, "--", "true"));
        run_wait(&run);
        expect_status(&run, 125);
        expect_err(&run, cases[i].what);
    }
}

static void the_plan_shows_them(void **state)
{
    struct run text _cleanup_run_ = {.before_exec = open_several, .no_json = true};
    struct run doc _cleanup_run_ = {.before_exec = open_several, .no_json = true};

    (void)state;
    cgrun_start(&text, ARGS("--dry-run", "--", "cat", "/dev/fd/40", "/dev/fd/41", "/dev/fd/99"));
    run_wait(&text);
    expect_out(&text, "descriptor         40, a regular file, named by argument 1\n");
    expect_out(&text, "descriptor 41, named by argument 2, is not passed: it is a directory\n");
    expect_out(&text, "descriptor 99, named by argument 3, is not passed: it is not open\n");
    cgrun_start(&doc, ARGS("--dry-run=json", "--", "cat", "/dev/fd/40"));
    run_wait(&doc);
    expect_out(&doc, "\"number\": 40");
    expect_out(&doc, "\"named_by\": \"argument 1\"");
}

static void make_keeps_its_jobserver(void **state)
{
    struct run run _cleanup_run_ = {.no_json = true};
    char makefile[600];

    (void)state;
    snprintf(makefile, sizeof(makefile), "all:\n\t+@%s -- $(MAKE) --no-print-directory -f %s sub\n",
             harness_cgrun(), scratch("inner.mk"));
    write_file(scratch("outer.mk"), makefile);
    write_file(scratch("inner.mk"),
               "sub:\n\t@printf x >&$(word 2,$(subst $(comma), ,"
               "$(patsubst --jobserver-auth=%,%,$(filter "
               "--jobserver-auth=%,$(MAKEFLAGS))))); echo has it\ncomma := ,\n");
    run_start(&run, ARGS("/usr/bin/make", "-j4", "-f", scratch("outer.mk")));
    run_wait(&run);
    expect_out(&run, "has it");
    assert_int_equal(count_text(run.err, "jobserver unavailable"), 0);
}

static void listen_here(void)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char pid[16];

    for (int number = 3; number < 5; number++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 || dup2(fd, number) < 0)
            _exit(96);
        if (fd != number)
            close(fd);
    }
    snprintf(pid, sizeof(pid), "%d", getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_FDNAMES", "a:b", 1);
}

static void listen_with_a_hole(void)
{
    listen_here();
    put(4, "/tmp", O_RDONLY | O_DIRECTORY);
}

static void listen_for_another(void)
{
    listen_here();
    setenv("LISTEN_PID", "1", 1);
}

static void sockets_are_handed_on(void **state)
{
    static const char look[] = "test $LISTEN_PID = $$ && echo mine $LISTEN_FDNAMES; "
                               "readlink /proc/$$/fd/3 /proc/$$/fd/4";
    struct run run _cleanup_run_ = {.before_exec = listen_here, .no_json = true};
    struct run hole _cleanup_run_ = {.before_exec = listen_with_a_hole, .no_json = true};
    struct run other _cleanup_run_ = {.before_exec = listen_for_another, .no_json = true};
    struct run clean _cleanup_run_ = {.before_exec = listen_here, .no_json = true};

    (void)state;
    cgrun_start(&run, ARGS("--", "sh", "-c", look));
    run_wait(&run);
    expect_out(&run, "mine a:b\nsocket:[");
    assert_int_equal(count_text(run.out, "socket:["), 2);
    cgrun_start(&hole, ARGS("--", "true"));
    run_wait(&hole);
    expect_status(&hole, 125);
    expect_err(&hole, "descriptor 4 of LISTEN_FDS is a directory");
    cgrun_start(&other, ARGS("--", "sh", "-c", look));
    run_wait(&other);
    assert_int_equal(count_text(other.out, "socket:["), 0);
    cgrun_start(&clean, ARGS("--clean-env", "--", "sh", "-c", look));
    run_wait(&clean);
    assert_int_equal(count_text(clean.out, "socket:["), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_line_names_them),
        cmocka_unit_test(nothing_else_is_passed),
        cmocka_unit_test(none_of_cgruns_own_is_passed),
        cmocka_unit_test(what_cannot_be_passed_is_refused),
        cmocka_unit_test(the_plan_shows_them),
        cmocka_unit_test(make_keeps_its_jobserver),
        cmocka_unit_test(sockets_are_handed_on),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("descriptors", tests);
}
