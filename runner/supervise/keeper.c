/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "runner/apply/cgroup_handles.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"

#define NEVER INT64_MAX
/* How much later than cgrun it acts: a cgrun that lives has then done so. */
#define LATE_NS (500 * NS_PER_MS)
/* ... and how long after the grace it ends the job of a cgrun that lives and does not. */
#define STUCK_NS (3 * NS_PER_S)
/* Between two looks at a job that does not go, or at a cgrun that was stopped. */
#define AGAIN_NS         NS_PER_S
#define KILL_PATIENCE_MS 10000
/* On the job's own group, which is read-only to it. */
#define MARK        "user.cgrun.ended"
#define MARK_KILLED "user.cgrun.killed" /* ... by SIGKILL, when the grace had run out */

/* What the keeper knows. Times are CLOCK_MONOTONIC. */
struct keeping {
    const struct job_spec *spec;
    struct cgroup_handles group;
    int dir, told, cpu, supervisor; /* the group, the pipe, cpu.stat, /proc/PID/stat */
    int64_t wall_at, cpu_at, kill_at;
    int64_t look_at; /* until it is told when the command began; then NEVER */
    bool lost;       /* cgrun is gone */
    bool stopping;   /* the stop signal has been sent */
};

/* Of all descriptors only these stay: locks, pipes and the database are cgrun's alone. */
static void close_others(struct keeping *k)
{
    int *keep[] = {&k->dir,        &k->told,         &k->cpu,         &k->supervisor,
                   &k->group.kill, &k->group.freeze, &k->group.procs, &k->group.events};
    const int count = sizeof(keep) / sizeof(keep[0]);
    int from = 0;

    for (;;) {
        int next = -1;

        for (int i = 0; i < count; i++)
            if (*keep[i] >= from && (next < 0 || *keep[i] < next))
                next = *keep[i];
        syscall(SYS_close_range, (unsigned)from, next < 0 ? ~0u : (unsigned)next - 1, 0);
        if (next < 0)
            return;
        from = next + 1;
    }
}

/* Gone, stopped by a signal or by a debugger. */
static bool supervisor_is_out(const struct keeping *k)
{
    char text[128];
    ssize_t n = pread(k->supervisor, text, sizeof(text) - 1, 0);
    const char *state;

    if (k->lost || n <= 0)
        return true;
    text[n] = '\0';
    state = strrchr(text, ')'); /* its name is in brackets, and may hold some */
    return !state || strchr("TtZX", state[1] ? state[2] : 'Z') != NULL;
}

static void stop(struct keeping *k, const char *why)
{
    fsetxattr(k->dir, MARK, why, strlen(why), 0);
    cgroup_handles_freeze(&k->group, false);
    cgroup_handles_signal(&k->group, k->spec->stop_signal);
    k->stopping = true;
    k->wall_at = k->cpu_at = NEVER;
    k->kill_at = monotonic_ns() + (int64_t)k->spec->kill_after_ns;
}

/* The CPU time used, in nanoseconds; 0: unknown. */
static uint64_t cpu_used(const struct keeping *k)
{
    char text[1024];
    ssize_t n = pread(k->cpu, text, sizeof(text) - 1, 0);
    uint64_t used;

    if (n <= 0)
        return 0;
    text[n] = '\0';
    return text_value(text, "usage_usec", &used) == 0 ? used * 1000 : 0;
}

static void check_cpu(struct keeping *k, int64_t now)
{
    uint64_t limit = k->spec->cpu_time_max_ns, used = cpu_used(k);

    if (used >= limit && supervisor_is_out(k)) {
        stop(k, "CPU time limit");
        return;
    }
    /* It cannot be reached before every processor has worked off its share of what is left. */
    k->cpu_at = now + AGAIN_NS;
    if (used < limit)
        k->cpu_at += (int64_t)(limit - used) / sysconf(_SC_NPROCESSORS_ONLN);
}

/* cgrun acts at the limit itself. If it lives and the job is there all the same, it is stuck. */
static void check_wall(struct keeping *k, int64_t now)
{
    int64_t stuck_at = k->wall_at;

    if (supervisor_is_out(k)) {
        stop(k, "time limit");
        return;
    }
    if (k->kill_at == NEVER)
        k->kill_at = stuck_at + (int64_t)k->spec->kill_after_ns + STUCK_NS;
    k->wall_at = now + AGAIN_NS;
}

static void kill_all(struct keeping *k)
{
    if (!k->stopping)
        fsetxattr(k->dir, MARK, "time limit", strlen("time limit"), 0);
    fsetxattr(k->dir, MARK_KILLED, "1", 1, 0);
    cgroup_handles_kill(&k->group, KILL_PATIENCE_MS);
    k->kill_at = monotonic_ns() + AGAIN_NS;
}

static bool has_limits(const struct job_spec *spec)
{
    return spec->runtime_max_ns < (uint64_t)NEVER / 2 || spec->cpu_time_max_ns < SPEC_INFINITY;
}

static void begin(struct keeping *k, int64_t started_ns)
{
    k->look_at = NEVER;
    if (k->spec->runtime_max_ns < (uint64_t)NEVER / 2)
        k->wall_at = started_ns + (int64_t)k->spec->runtime_max_ns + LATE_NS;
    if (k->spec->cpu_time_max_ns < SPEC_INFINITY)
        k->cpu_at = started_ns + LATE_NS;
}

/* What cgrun says: once, when the command began. The end of it is cgrun's end. */
static void hear(struct keeping *k)
{
    int64_t started_ns;
    ssize_t n = read(k->told, &started_ns, sizeof(started_ns));

    if (n == (ssize_t)sizeof(started_ns)) {
        begin(k, started_ns);
    } else {
        k->lost = true;
        if (k->look_at != NEVER)
            begin(k, monotonic_ns());
        if (k->spec->if_lost == SPEC_LOST_END && !k->stopping)
            stop(k, "loss of cgrun");
    }
}

static int64_t earliest(const struct keeping *k)
{
    int64_t at = k->wall_at < k->cpu_at ? k->wall_at : k->cpu_at;

    at = k->kill_at < at ? k->kill_at : at;
    return k->look_at < at ? k->look_at : at;
}

static void wait_events(struct keeping *k)
{
    struct pollfd p[] = {
        {.fd = k->lost ? -1 : k->told, .events = POLLIN},
        {.fd = k->lost ? k->group.events : -1, .events = POLLPRI},
    };
    int64_t at = earliest(k), left = at == NEVER ? 0 : at - monotonic_ns();
    struct timespec t = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};

    if (left < 0)
        return;
    ppoll(p, sizeof(p) / sizeof(p[0]), at == NEVER ? NULL : &t, NULL);
    if (p[0].revents)
        hear(k);
}

/* A cgrun that the job stopped at once will not tell. */
static void look(struct keeping *k, int64_t now)
{
    if (supervisor_is_out(k))
        begin(k, now);
    else
        k->look_at = now + AGAIN_NS;
}

/* While cgrun lives it is cgrun that ends this process; without it, it ends with the job. */
static void keep(struct keeping *k)
{
    for (;;) {
        int64_t now;

        if (k->lost && (cgroup_handles_populated(&k->group) <= 0 ||
                        (!has_limits(k->spec) && !k->stopping && !k->spec->private_pids)))
            return;
        wait_events(k);
        now = monotonic_ns();
        if (now >= k->look_at)
            look(k, now);
        if (now >= k->wall_at)
            check_wall(k, now);
        if (now >= k->cpu_at)
            check_cpu(k, now);
        if (now >= k->kill_at)
            kill_all(k);
    }
}

static void run_keeper(const struct job_spec *spec, int group_fd, int told, pid_t supervisor)
{
    struct keeping k = {
        .spec = spec, .dir = group_fd, .told = told, .wall_at = NEVER, .cpu_at = NEVER};
    char path[32];
    sigset_t all;

    k.kill_at = NEVER;
    k.look_at = monotonic_ns() + AGAIN_NS;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_IGN); /* orphans of its namespace are reaped */
    setsid();
    prctl(PR_SET_NAME, "cgrun-keeper");
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)supervisor);
    cgroup_handles_open(&k.group, group_fd);
    k.cpu = openat(group_fd, "cpu.stat", O_RDONLY | O_CLOEXEC);
    k.supervisor = open(path, O_RDONLY | O_CLOEXEC);
    close_others(&k);
    keep(&k);
}

/* The first process of a namespace is made before any other can be; then children go where they
 * went. */
static int begin_pids(struct beside *b)
{
    b->own_pids_fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    return b->own_pids_fd < 0 || unshare(CLONE_NEWPID) < 0 ? -errno : 0;
}

static int leave_pids(struct beside *b)
{
    b->pids_fd = open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
    return b->pids_fd < 0 || setns(b->own_pids_fd, CLONE_NEWPID) < 0 ? -errno : 0;
}

int keeper_start(struct keeper *k, const struct job_spec *spec, int group_fd, struct err *err)
{
    struct beside *b = &k->beside;
    pid_t supervisor = getpid();
    int ends[2], r;

    *k = (struct keeper)KEEPER_NONE;
    r = spec->private_pids ? begin_pids(b) : 0;
    if (r < 0)
        return err_sys(err, -r, ERR_RETRY_SAFE, "cannot make a PID namespace");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
    b->keeper = fork();
    if (b->keeper == 0) {
        close(ends[1]);
        run_keeper(spec, group_fd, ends[0], supervisor);
        _exit(0);
    }
    close(ends[0]);
    if (b->keeper < 0) {
        b->keeper = 0;
        close(ends[1]);
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot create a process");
    }
    k->fd = ends[1];
    r = spec->private_pids ? leave_pids(b) : 0;
    return r < 0 ? err_sys(err, -r, ERR_RETRY_SAFE, "cannot make a PID namespace") : 0;
}

void keeper_begin(const struct keeper *k, int64_t started_ns)
{
    /* One that is gone cannot be told, and its end is of no consequence. SIGPIPE is blocked. */
    if (k->beside.keeper && write(k->fd, &started_ns, sizeof(started_ns)) < 0)
        errno = 0;
}

void keeper_end(struct keeper *k)
{
    const int fds[] = {k->fd, k->beside.pids_fd, k->beside.own_pids_fd};

    if (k->beside.keeper) {
        kill(k->beside.keeper, SIGKILL);
        while (waitpid(k->beside.keeper, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    *k = (struct keeper)KEEPER_NONE;
}

bool keeper_ended(int group_fd, char *why, size_t size, bool *killed)
{
    ssize_t n = fgetxattr(group_fd, MARK, why, size - 1);

    *killed = fgetxattr(group_fd, MARK_KILLED, NULL, 0) > 0;
    if (n <= 0)
        return false;
    why[n] = '\0';
    return true;
}
