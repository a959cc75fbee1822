/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static char scratch[] = "/var/tmp/cgrun-bench-XXXXXX", run_dir[64], cgrun[PATH_MAX],
            cgjob[PATH_MAX];

static void give_up(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

void bench_begin(void)
{
    char self[PATH_MAX], *build;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        give_up("/proc/self/exe");
    self[n] = '\0';
    build = dirname(dirname(self));
    if (snprintf(cgrun, sizeof(cgrun), "%s/installed/cgrun", build) >= (int)sizeof(cgrun) ||
        snprintf(cgjob, sizeof(cgjob), "%s/installed/cgjob", build) >= (int)sizeof(cgjob))
        give_up("a path");
    if (!mkdtemp(scratch) || chdir(scratch) < 0)
        give_up(scratch);
    snprintf(run_dir, sizeof(run_dir), "/run/cgrun-bench-%d", getpid());
    setenv("CGRUN_RUN_DIR", run_dir, 1);
    setenv("CGRUN_DB", "jobs.db", 1);
}

void bench_end(void)
{
    const char *const detach[] = {cgjob, "trace", "detach", "--force", NULL};
    const char *const remove[] = {"/bin/rm", "-rf", scratch, run_dir, NULL};
    int status;

    bench_spawn(detach, -1, &status);
    if (chdir("/") < 0)
        give_up("/");
    bench_spawn(remove, -1, &status);
}

const char *bench_cgrun(void)
{
    return cgrun;
}

const char *bench_cgjob(void)
{
    return cgjob;
}

const char *bench_scratch(void)
{
    return scratch;
}

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_spawn(const char *const *argv, int errors, int *status)
{
    posix_spawn_file_actions_t actions;
    double start;
    pid_t pid;
    int r;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (errors < 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    else
        posix_spawn_file_actions_adddup2(&actions, errors, 2);
    start = bench_now();
    r = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    if (r != 0)
        *status = 127 << 8;
    else if (waitpid(pid, status, 0) < 0)
        give_up("waitpid");
    start = bench_now() - start;
    posix_spawn_file_actions_destroy(&actions);
    return start;
}

void bench_try(struct bench_runner *r)
{
    int pipe_fd[2], status;
    ssize_t n;

    if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) < 0)
        give_up("pipe");
    bench_spawn(r->argv, pipe_fd[1], &status);
    close(pipe_fd[1]);
    n = read(pipe_fd[0], r->why_not, sizeof(r->why_not) - 1);
    close(pipe_fd[0]);
    r->why_not[n > 0 ? n : 0] = '\0';
    r->why_not[strcspn(r->why_not, "\n")] = '\0';
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        r->why_not[0] = '\0';
    else if (!r->why_not[0])
        snprintf(r->why_not, sizeof(r->why_not),
                 status == 127 << 8 ? "not installed" : "wait status %d", status);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(double *sample, size_t count)
{
    if (count == 0)
        return 0;
    qsort(sample, count, sizeof(*sample), by_value);
    return count % 2 ? sample[count / 2] : (sample[count / 2 - 1] + sample[count / 2]) / 2;
}
