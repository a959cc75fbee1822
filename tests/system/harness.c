/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The temporary world of a test program, and running programs in it. */
#include "tests/system/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/files.h"

#define RUN_PATIENCE_S    60.0
#define OUTPUT_PATIENCE_S 10.0
#define OUTPUT_LIMIT      (16UL << 20)
#define MOUNTS_LIMIT      (1UL << 20)

static struct {
    char dir[128];
    char cgrun[512], cgjob[512], jobs[512];
    unsigned runs;
    char *mounts; /* as they were at the start */
    bool ready;
} world;

const char *harness_dir(void)
{
    return world.dir;
}

void fail_test(const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    fail_msg("%s", text);
    abort(); /* fail_msg() does not come back */
}

/* Some texts that stay valid for the next calls, so that several can stand in one argument list. */
static char *keep(const char *dir, const char *name)
{
    static char kept[32][768];
    static unsigned next;
    char *at = kept[next++ % 32];

    snprintf(at, sizeof(kept[0]), "%s/%s", dir, name);
    return at;
}

const char *job(const char *name)
{
    return keep(world.jobs, name);
}

const char *scratch(const char *name)
{
    return keep(world.dir, name);
}

static bool find_program(const char *variable, const char *otherwise, char *path, size_t size)
{
    const char *given = getenv(variable);
    char *real = realpath(given ? given : otherwise, NULL);

    if (!real) {
        print_error("%s: %s is not there\n", variable, given ? given : otherwise);
        return false;
    }
    snprintf(path, size, "%s", real);
    free(real);
    return true;
}

/* Whoever starts the tests in the background may have had keyboard signals ignored. */
static void reset_signals(void)
{
    static const int reset[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2,
                                SIGTERM, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
        signal(reset[i], SIG_DFL);
}

int harness_setup(void **state)
{
    (void)state;
    reset_signals();
    snprintf(world.dir, sizeof(world.dir), "/tmp/cgrun-test-XXXXXX");
    if (!find_program("CGRUN", "build/cgrun", world.cgrun, sizeof(world.cgrun)) ||
        !find_program("CGJOB", "build/cgjob", world.cgjob, sizeof(world.cgjob)) ||
        !find_program("CGRUN_JOBS", "build/tests/jobs", world.jobs, sizeof(world.jobs)) ||
        !mkdtemp(world.dir) || chmod(world.dir, 0755) < 0)
        return -1;
    umask(022);
    world.mounts = host_kernel_mounts();
    world.ready = true;
    setenv("CGRUN_DB", scratch("jobs.db"), 1);
    setenv("CGRUN_RUN_DIR", scratch("run"), 1);
    setenv("CGRUN_CACHE_DIR", scratch("cache"), 1);
    return 0;
}

static void unmount_beneath(const char *dir)
{
    char *mounts = NULL, *save = NULL, at[512];

    if (file_read_all("/proc/self/mountinfo", MOUNTS_LIMIT, &mounts) < 0)
        return;
    for (char *l = strtok_r(mounts, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
        if (sscanf(l, "%*s %*s %*s %*s %511s", at) == 1 && strncmp(at, dir, strlen(dir)) == 0)
            umount2(at, MNT_DETACH);
    free(mounts);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

int harness_teardown(void **state)
{
    pid_t pids[1024];
    unsigned n = world.ready ? host_marked(world.dir, pids, 1024) : 0;
    struct run run = {0};

    (void)state;
    if (!world.ready)
        return -1;
    for (unsigned i = 0; i < n && i < 1024; i++)
        kill(pids[i], SIGKILL); /* of a test that failed in the middle */
    if (n)
        sleep_seconds(0.2);
    host_cgroups_left(true);
    cgjob(&run, ARGS("trace", "detach"));
    run_free(&run);
    unmount_beneath(world.dir);
    free(world.mounts);
    return nftw(world.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void nothing_is_left(void **state)
{
    unsigned processes = 0, groups = 0;
    char *mounts = host_kernel_mounts();
    bool changed = !mounts || !world.mounts || strcmp(mounts, world.mounts) != 0;

    (void)state;
    /* What was killed may take a moment to be reaped by whoever inherited it. */
    for (int i = 0; i < 20; i++) {
        processes = host_marked(world.dir, NULL, 0);
        if (!processes)
            break;
        sleep_seconds(0.05);
    }
    groups = host_cgroups_left(false);
    if (changed)
        print_error("mounts were:\n%s\nand are:\n%s\n", world.mounts, mounts);
    free(mounts);
    if (changed || processes || groups)
        fail_test("mounts %s, %u processes and %u cgroups were left behind",
                  changed ? "changed" : "unchanged", processes, groups);
}

double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void sleep_seconds(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds};

    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

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

    snprintf(mark, sizeof(mark), "%s#%u#", world.dir, number);
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
    unsigned number = ++world.runs;

    run->status = -1;
    describe(run, argv);
    snprintf(run->out_path, sizeof(run->out_path), "%s/%u.out", world.dir, number);
    snprintf(run->err_path, sizeof(run->err_path), "%s/%u.err", world.dir, number);
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

    argv[n++] = world.cgrun;
    snprintf(run->json_path, sizeof(run->json_path), "%s/%u.json", world.dir, world.runs + 1);
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
    if (run_ended_within(run, RUN_PATIENCE_S))
        return;
    kill(run->pid, SIGKILL);
    waitpid(run->pid, NULL, 0);
    fail_test("%s: still ran after %.0f s", run->command, RUN_PATIENCE_S);
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

    argv[n++] = world.cgjob;
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

void await_output(const struct run *run, const char *text)
{
    double until = now_seconds() + OUTPUT_PATIENCE_S;
    char *err = NULL;

    while (now_seconds() < until) {
        if (file_holds(run->out_path, text))
            return;
        sleep_seconds(0.005);
    }
    file_read_all(run->err_path, OUTPUT_LIMIT, &err);
    fail_test("%s: did not print '%s' within %.0f s; its stderr: %.500s", run->command, text,
              OUTPUT_PATIENCE_S, err ? err : "");
}

unsigned run_pids(const struct run *run, pid_t *pids, unsigned size)
{
    static pid_t all[8192];
    char mark[192];
    unsigned number = 0, n, others = 0;

    sscanf(run->out_path + strlen(world.dir), "/%u.out", &number);
    snprintf(mark, sizeof(mark), "%s#%u#", world.dir, number);
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
