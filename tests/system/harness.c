/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The temporary world of a test program: made, looked over at the end, removed. */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "tests/system/harness.h"

#define START_SECONDS 0.002
#define MOUNTS_LIMIT  (1UL << 20)

static struct {
    char dir[128];
    char cgrun[512], cgjob[512], jobs[512];
    char *mounts; /* as they were at the start */
    bool ready;
    double slowness; /* 1, or how much longer this machine takes */
} world;

const char *harness_dir(void)
{
    return world.dir;
}

const char *harness_cgrun(void)
{
    return world.cgrun;
}

const char *harness_cgjob(void)
{
    return world.cgjob;
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

double slack(double seconds)
{
    return seconds * world.slowness;
}

double unevenness(void)
{
    const char *uneven = getenv("CGRUN_TEST_UNEVEN");

    return uneven ? strtod(uneven, NULL) : 1;
}

double cpu_slack(double seconds)
{
    return slack(seconds) * unevenness();
}

/* The quickest of some starts of a program, as a multiple of what an idle machine needs at most. */
static double measure_slowness(void)
{
    double best = 1e9;

    for (int i = 0; i < 5; i++) {
        double from = now_seconds();
        pid_t pid = fork();

        if (pid == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        waitpid(pid, NULL, 0);
        if (now_seconds() - from < best)
            best = now_seconds() - from;
    }
    return best > START_SECONDS ? best / START_SECONDS : 1;
}

int harness_setup(void **state)
{
    (void)state;
    reset_signals();
    world.slowness = measure_slowness();
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
    cgjob(&run, ARGS("trace", "detach", "--force"));
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
