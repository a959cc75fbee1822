/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running programs as a user would, with what they print and record kept. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

#define RUN_PATIENCE_S    60.0
#define OUTPUT_PATIENCE_S 10.0
#define OUTPUT_LIMIT      (16UL << 20)

static unsigned runs;

static void describe(struct run *run, const char *const *argv)
{
    size_t used = 0;

    for (size_t i = 0; argv[i] && used < sizeof(run->command); i++)
        used += (size_t)snprintf(run->command + used, sizeof(run->command) - used, "%s%s",
                                 i ? " " : "", argv[i]);
}

static void set_stream(int number, const char *path, int flags)
{
    int fd = open(path, flags, 0666);

    if (fd < 0 || dup2(fd, number) < 0)
        _exit(99);
    if (fd != number)
        close(fd);
}

static void become(const struct run *run, const char *const *argv, unsigned number)
{
    char mark[192];

    snprintf(mark, sizeof(mark), "%s#%u#", harness_dir(), number);
    setenv("CGRUN_TEST_MARK", mark, 1);
    set_stream(0, run->input ? run->input : "/dev/null", O_RDONLY);
    set_stream(1, run->out_path, O_WRONLY | O_CREAT | O_TRUNC);
    set_stream(2, run->err_path, O_WRONLY | O_CREAT | O_TRUNC);
    if (run->before_exec)
        run->before_exec();
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(98);
}

void run_start(struct run *run, const char *const *argv)
{
    unsigned number = ++runs;

    run->status = -1;
    describe(run, argv);
    snprintf(run->out_path, sizeof(run->out_path), "%s/%u.out", harness_dir(), number);
    snprintf(run->err_path, sizeof(run->err_path), "%s/%u.err", harness_dir(), number);
    write_file(run->out_path, "");
    run->started = now_seconds();
    run->pid = fork();
    if (run->pid == 0)
        become(run, argv, number);
    if (run->pid < 0)
        fail_test("fork: %s", strerror(errno));
    host_remember(run->pid);
}

void cgrun_start(struct run *run, const char *const *args)
{
    const char *argv[96];
    size_t n = 0;

    argv[n++] = harness_cgrun();
    snprintf(run->json_path, sizeof(run->json_path), "%s/%u.json", harness_dir(), runs + 1);
    if (!run->no_json) {
        argv[n++] = "--json";
        argv[n++] = run->json_path;
    }
    for (size_t i = 0; args[i] && n < 95; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    run_start(run, argv);
}

static void read_results(struct run *run)
{
    char *text = NULL;
    struct err err = {0};

    if (file_read_all(run->out_path, OUTPUT_LIMIT, &run->out) < 0)
        run->out = strdup("");
    if (file_read_all(run->err_path, OUTPUT_LIMIT, &run->err) < 0)
        run->err = strdup("");
    if (!run->json_path[0] || file_read_all(run->json_path, OUTPUT_LIMIT, &text) < 0)
        return;
    if (*text && json_parse(text, strlen(text), run->json_path, &run->record, &err) < 0)
        fail_test("%s: its record is not JSON: %s", run->command, err.what);
    free(text);
}

/* Waits for the child, at most that long. */
static bool reap(struct run *run, double seconds)
{
    int fd = (int)syscall(SYS_pidfd_open, run->pid, 0), status;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool ended = fd >= 0 && poll(&p, 1, (int)(seconds * 1000)) == 1;

    if (fd >= 0)
        close(fd);
    if (!ended || waitpid(run->pid, &status, 0) != run->pid)
        return false;
    run->seconds = now_seconds() - run->started;
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

bool run_ended_within(struct run *run, double seconds)
{
    if (!reap(run, seconds))
        return false;
    read_results(run);
    return true;
}

void run_wait(struct run *run)
{
    if (run_ended_within(run, slack(RUN_PATIENCE_S)))
        return;
    kill(run->pid, SIGKILL);
    waitpid(run->pid, NULL, 0);
    fail_test("%s: still ran after %.0f s", run->command, slack(RUN_PATIENCE_S));
}

void run_free(struct run *run)
{
    free(run->out);
    free(run->err);
    json_free(run->record);
    run->out = run->err = NULL;
    run->record = NULL;
}

void cgrun(struct run *run, const char *const *args)
{
    cgrun_start(run, args);
    run_wait(run);
}

void cgjob(struct run *run, const char *const *args)
{
    const char *argv[32];
    size_t n = 0;

    argv[n++] = harness_cgjob();
    for (size_t i = 0; args[i] && n < 31; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    run_start(run, argv);
    run_wait(run);
}

struct json *cgjob_json(const char *const *args)
{
    struct run run _cleanup_run_ = {0};
    struct json *doc = NULL;
    struct err err = {0};

    cgjob(&run, args);
    expect_status(&run, 0);
    if (json_parse(run.out, strlen(run.out), run.command, &doc, &err) < 0)
        fail_test("%s: printed no JSON (%s): %.300s", run.command, err.what, run.out);
    return doc;
}

/* Without reaping it: that is run_wait()'s. */
static bool has_ended(const struct run *run)
{
    siginfo_t si = {0};

    return waitid(P_PID, (id_t)run->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid != 0;
}

void await_output(const struct run *run, const char *text)
{
    double until = now_seconds() + slack(OUTPUT_PATIENCE_S);
    char *err = NULL;

    while (now_seconds() < until) {
        bool over = has_ended(run);

        if (file_holds(run->out_path, text))
            return;
        if (over)
            break;
        sleep_seconds(0.005);
    }
    file_read_all(run->err_path, OUTPUT_LIMIT, &err);
    fail_test("%s: did not print '%s'; its stderr: %.500s", run->command, text, err ? err : "");
}

unsigned run_pids(const struct run *run, pid_t *pids, unsigned size)
{
    static pid_t all[8192];
    char mark[192];
    unsigned number = 0, n, others = 0;

    sscanf(run->out_path + strlen(harness_dir()), "/%u.out", &number);
    snprintf(mark, sizeof(mark), "%s#%u#", harness_dir(), number);
    n = host_marked(mark, all, 8192);
    for (unsigned i = 0; i < n && i < 8192; i++) {
        if (all[i] == run->pid)
            continue;
        if (others < size)
            pids[others] = all[i];
        others++;
    }
    return others;
}

unsigned run_processes(const struct run *run)
{
    return run_pids(run, NULL, 0);
}
