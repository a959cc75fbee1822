/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/system/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"

void terminal_start_program(struct terminal *t, const char *const *argv)
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

void terminal_start(struct terminal *t, const char *const *args)
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

bool terminal_read(struct terminal *t, int timeout_ms)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    ssize_t n;

    if (t->fd < 0 || poll(&p, 1, timeout_ms) <= 0)
        return false;
    n = read(t->fd, t->text + t->used, sizeof(t->text) - 1 - t->used);
    if (n <= 0)
        return false; /* EIO: all of its other side has been closed */
    t->used += (size_t)n;
    t->text[t->used] = '\0';
    return true;
}

void terminal_await(struct terminal *t, const char *text)
{
    while (!strstr(t->text, text))
        if (!terminal_read(t, 10000))
            fail_test("the terminal did not show '%s', but: %s", text, t->text);
}

void terminal_type(const struct terminal *t, const char *keys)
{
    assert_int_equal(write(t->fd, keys, strlen(keys)), (int)strlen(keys));
}

void terminal_hang_up(struct terminal *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

void terminal_end(struct terminal *t)
{
    char *text = NULL;
    int status;

    while (terminal_read(t, 10000))
        ;
    terminal_hang_up(t); /* what still goes on */
    for (int i = 0; waitpid(t->pid, &status, WNOHANG) != t->pid; i++) {
        if (i == 100) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, NULL, 0);
            fail_test("it did not end, having shown: %s", t->text);
        }
        sleep_seconds(0.05);
    }
    t->run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    t->run.out = strdup(t->text);
    if (file_read_all(t->json_path, 1 << 20, &text) >= 0)
        json_parse(text, strlen(text), t->json_path, &t->run.record, NULL);
    free(text);
}
