/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/supervise/capture.h"
#include "runner/supervise/keeper.h"
#include "runner/supervise/refusals.h"
#include "runner/supervise/signals.h"

#define NEVER INT64_MAX

/* A job older than this gets a ring of its own; younger ones are served by the shared table. */
#define RING_AGE_NS (25 * NS_PER_MS)
/* How often the shared table is emptied when no ring is to be had. */
#define TABLE_NS (100 * NS_PER_MS)
/* The least time between two looks at the CPU clock. */
#define CPU_CHECK_MIN_NS (5 * NS_PER_MS)
/* A killed process may be in the middle of a disk access; longer than this is reported. */
#define KILL_PATIENCE_MS 10000

/* How long a service manager may take from one process of a scope to the next. */
#define LATE_STOP_NS (200 * NS_PER_MS)

/* What the loop keeps between its turns. Times are CLOCK_MONOTONIC. */
struct loop {
    struct watch *w;
    bool main_ended;
    bool frozen; /* by a signal to cgrun */
    int64_t wall_at, cpu_at, kill_at, fetch_at;
    int events_fd; /* cgroup.events, with --wait=all once the command has ended; else -1 */
};

static void stop(struct loop *l, enum stop_cause cause, int signal, const char *why)
{
    struct watch *w = l->w;

    if (w->ending.cause != STOP_NONE)
        return;
    w->ending.cause = cause;
    w->ending.stop_signal = signal;
    w->ending.grace_seconds = (double)w->plan->spec->kill_after_ns / NS_PER_S;
    record_add_event(w->record, realtime_ns(), "stop", "%s: sent %s", why, strsignal(signal));
    l->kill_at = monotonic_ns() + (int64_t)w->plan->spec->kill_after_ns;
    l->wall_at = l->cpu_at = NEVER;
    cgroup_freeze(w->groups, false, NULL); /* the frozen take no signal */
    l->frozen = false;
    /* To every process, as a service manager stops a unit. */
    cgroup_signal(w->groups, signal);
}

static int kill_all(struct loop *l, struct err *err)
{
    struct watch *w = l->w;
    int64_t from = monotonic_ns();
    int r;

    record_add_event(w->record, realtime_ns(), "kill", "sent SIGKILL to every process of the job");
    r = cgroup_kill(w->groups, KILL_PATIENCE_MS, err);
    record_add_event(w->record, realtime_ns(), "kill", "%s after %.3f s",
                     r == 0 ? "all were gone" : "some were left",
                     (double)(monotonic_ns() - from) / NS_PER_S);
    l->kill_at = NEVER;
    return r;
}

/* Ends a job that outlived its grace. */
static int kill_now(struct loop *l, struct err *err)
{
    int r = kill_all(l, err);

    l->w->ending.killed = r == 0;
    return r;
}

static void check_cpu(struct loop *l, int64_t now)
{
    struct watch *w = l->w;
    uint64_t limit = w->plan->spec->cpu_time_max_ns, used;
    char text[1024];
    int64_t next;

    if (cgroup_read(w->groups, NULL, "cpu.stat", text, sizeof(text)) < 0 ||
        text_value(text, "usage_usec", &used) < 0) {
        l->cpu_at = now + 100 * NS_PER_MS;
        return;
    }
    used *= 1000;
    w->ending.used_seconds = (double)used / NS_PER_S;
    if (used >= limit) {
        w->ending.limit_seconds = (double)limit / NS_PER_S;
        stop(l, STOP_CPU_TIMEOUT, w->plan->spec->stop_signal, "the CPU time limit was reached");
        return;
    }
    /* It cannot be reached before every processor has worked off its share of what is left. */
    next = (int64_t)(limit - used) / sysconf(_SC_NPROCESSORS_ONLN);
    l->cpu_at = now + (next < CPU_CHECK_MIN_NS ? CPU_CHECK_MIN_NS : next);
}

static void check_wall(struct loop *l)
{
    struct watch *w = l->w;

    w->ending.limit_seconds = (double)w->plan->spec->runtime_max_ns / NS_PER_S;
    stop(l, STOP_TIMEOUT, w->plan->spec->stop_signal, "the time limit was reached");
}

static void fetch(struct loop *l, int64_t now)
{
    struct watch *w = l->w;

    if (w->job->ring_fd < 0 && !w->job->pool_used_up)
        tracer_job_claim_ring(w->tracer, w->job, NULL);
    tracer_job_poll(w->tracer, w->job, w->on_record, w->on_record_data, NULL);
    /* A ring wakes its reader by itself, the table does not. */
    l->fetch_at = w->job->ring_fd >= 0 ? NEVER : now + TABLE_NS;
}

/* While cgrun was stopped or stuck its keeper has ended the job, or has begun to. */
static void own_up(struct loop *l)
{
    struct watch *w = l->w;
    char why[64];
    bool killed;

    if (!w->keeper->beside.keeper || w->ending.cause != STOP_NONE ||
        !keeper_ended(w->groups->dir[0], why, sizeof(why), &killed))
        return;
    w->ending.killed = killed && cgroup_populated(w->groups) == 0;
    w->ending.cause = strcmp(why, "CPU time limit") == 0 ? STOP_CPU_TIMEOUT : STOP_TIMEOUT;
    w->ending.stop_signal = w->plan->spec->stop_signal;
    w->ending.grace_seconds = (double)w->plan->spec->kill_after_ns / NS_PER_S;
    w->ending.limit_seconds =
        (double)(w->ending.cause == STOP_TIMEOUT ? w->plan->spec->runtime_max_ns
                                                 : w->plan->spec->cpu_time_max_ns) /
        NS_PER_S;
    l->wall_at = l->cpu_at = NEVER;
    l->kill_at = monotonic_ns() + (int64_t)w->plan->spec->kill_after_ns;
    record_add_event(w->record, realtime_ns(), "stop",
                     "cgrun did not run when the %s was reached: its keeper ended the job", why);
}

static void on_deadlines(struct loop *l, int64_t now, int *result, struct err *err)
{
    if (now >= l->wall_at)
        check_wall(l);
    if (now >= l->cpu_at)
        check_cpu(l, now);
    if (now >= l->kill_at)
        *result = kill_now(l, err);
    if (now >= l->fetch_at)
        fetch(l, now);
}

/* Sums are added up, the peak is the largest. */
static void add_usage(struct rusage *sum, const struct rusage *one)
{
    timeradd(&sum->ru_utime, &one->ru_utime, &sum->ru_utime);
    timeradd(&sum->ru_stime, &one->ru_stime, &sum->ru_stime);
    sum->ru_maxrss = one->ru_maxrss > sum->ru_maxrss ? one->ru_maxrss : sum->ru_maxrss;
    sum->ru_majflt += one->ru_majflt;
    sum->ru_minflt += one->ru_minflt;
    sum->ru_inblock += one->ru_inblock;
    sum->ru_oublock += one->ru_oublock;
    sum->ru_nvcsw += one->ru_nvcsw;
    sum->ru_nivcsw += one->ru_nivcsw;
}

/* Collects every child that has ended: the command, orphans that came to the subreaper, the helper.
 */
static void reap(struct loop *l)
{
    struct watch *w = l->w;
    struct rusage usage;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        if (!descendants_is_other(&w->groups->descendants, pid))
            add_usage(&w->reaped, &usage);
        if (pid == w->keeper->beside.keeper)
            w->keeper->beside.keeper = 0;
        if (pid == w->main_pid) {
            l->main_ended = true;
            w->ending.wait_status = status;
        }
        for (size_t i = 0; i < sizeof(w->helper) / sizeof(w->helper[0]); i++)
            if (w->helper[i] && pid == w->helper[i]->pid)
                command_reaped(w->helper[i], status);
    }
}

static void requested(struct loop *l, const struct signalfd_siginfo *si, bool terminal)
{
    struct ending *e = &l->w->ending;

    e->requested_by_pid = (int)si->ssi_pid;
    e->requested_by_uid = (int)si->ssi_uid;
    e->terminal_signal = terminal;
}

/* The job has it as well; whether it ends by it is its own affair. */
static void on_terminal(struct loop *l, const struct signalfd_siginfo *si)
{
    struct watch *w = l->w;
    int signal = (int)si->ssi_signo;

    /* But when a terminal goes away the kernel tells the leader of its session alone. */
    if (signal == SIGHUP && getsid(0) == getpid())
        kill(w->main_pid, SIGHUP);
    if (w->ending.cause != STOP_NONE)
        return;
    requested(l, si, true);
    w->ending.cause = STOP_REQUESTED;
    w->ending.stop_signal = signal;
    record_add_event(w->record, realtime_ns(), "signal", "%s from the terminal", strsignal(signal));
}

/*
 * The terminal has told the job as well, which may have to tidy up its screen before it stops. What
 * a process sends to cgrun stops the job by the freezer; cgrun itself then stops only where a shell
 * waits to see that, else it goes on to watch over the time limits.
 */
static void suspend(struct loop *l, const struct signalfd_siginfo *si)
{
    struct watch *w = l->w;

    if (!signals_from_terminal(si)) {
        if (w->plan->no_cgroup)
            kill(w->main_pid, (int)si->ssi_signo);
        l->frozen = !w->plan->no_cgroup && cgroup_freeze(w->groups, true, NULL) == 0;
        record_add_event(w->record, realtime_ns(), "signal", "%s from process %d: %s",
                         strsignal((int)si->ssi_signo), (int)si->ssi_pid,
                         l->frozen ? "the job was frozen" : "passed on");
    }
    if (signals_from_terminal(si) || !w->plan->own_group)
        kill(getpid(), SIGSTOP);
}

static void resume(struct loop *l, const struct signalfd_siginfo *si)
{
    struct watch *w = l->w;

    if (w->plan->no_cgroup && !signals_from_terminal(si))
        kill(w->main_pid, SIGCONT);
    if (!l->frozen)
        return;
    l->frozen = cgroup_freeze(w->groups, false, NULL) < 0;
    record_add_event(w->record, realtime_ns(), "signal", "%s from process %d: the job goes on",
                     strsignal(SIGCONT), (int)si->ssi_pid);
}

static void on_signal(struct loop *l, const struct signalfd_siginfo *si, int *result,
                      struct err *err)
{
    struct watch *w = l->w;
    int signal = (int)si->ssi_signo;
    bool terminal = signals_from_terminal(si);

    if (signal == SIGCHLD) {
        reap(l);
    } else if (terminal && (signal == SIGINT || signal == SIGQUIT || signal == SIGHUP)) {
        on_terminal(l, si);
    } else if (signal == SIGTERM && w->ending.cause != STOP_NONE && !w->ending.terminal_signal) {
        *result = kill_now(l, err); /* asked twice */
    } else if (signal == SIGTERM) {
        w->ending.cause = STOP_NONE;
        stop(l, STOP_REQUESTED, w->plan->spec->stop_signal, "cgrun was asked to end");
        requested(l, si, false);
        if (si->ssi_code == SI_QUEUE && si->ssi_int == WATCH_STOP_NOW)
            *result = kill_now(l, err);
    } else if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        suspend(l, si);
    } else if (signal == SIGCONT) {
        resume(l, si);
    } else if (signal != SIGPIPE && signal != SIGXFSZ && signal != SIGXCPU) {
        record_add_event(w->record, realtime_ns(), "signal", "%s from process %d passed on",
                         strsignal(signal), (int)si->ssi_pid);
        kill(w->main_pid, signal);
    }
}

static int64_t earliest(const struct loop *l)
{
    int64_t at = l->wall_at;

    at = l->cpu_at < at ? l->cpu_at : at;
    at = l->kill_at < at ? l->kill_at : at;
    return l->fetch_at < at ? l->fetch_at : at;
}

static void wait_events(struct loop *l)
{
    const struct watch *w = l->w;
    struct pollfd p[] = {
        {.fd = w->signal_fd, .events = POLLIN},
        {.fd = w->job && w->tracer ? w->job->ring_fd : -1, .events = POLLIN},
        {.fd = l->events_fd, .events = POLLPRI},
        {.fd = w->capture->read_fd[0], .events = POLLIN},
        {.fd = features_fd(w->features), .events = POLLIN},
        {.fd = w->refusals->fd, .events = POLLIN},
        {.fd = w->capture->read_fd[1], .events = POLLIN},
    };
    int64_t at = earliest(l), left = at - monotonic_ns();
    struct timespec t = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};

    if (left < 0)
        return;
    ppoll(p, sizeof(p) / sizeof(p[0]), at == NEVER ? NULL : &t, NULL);
    if (p[1].revents & POLLIN)
        l->fetch_at = 0;
    if (p[3].revents || p[6].revents)
        capture_pump(w->capture);
    if (p[4].revents & POLLIN)
        features_poll(w->features, w->on_feature);
    if (p[5].revents & POLLIN)
        refusals_answer(w->refusals);
}

/* With --wait=all the job goes on until its cgroup is empty. */
static bool job_goes_on(struct loop *l)
{
    if (!l->main_ended)
        return true;
    if (l->w->plan->spec->wait != SPEC_WAIT_ALL || cgroup_populated(l->w->groups) != 1)
        return false;
    if (l->events_fd < 0 && !l->w->plan->no_cgroup) {
        l->events_fd = l->w->groups->handles.events;
        return l->events_fd >= 0 && cgroup_populated(l->w->groups) == 1;
    }
    return true;
}

static void set_deadlines(struct loop *l)
{
    const struct job_spec *spec = l->w->plan->spec;
    int64_t start = l->w->started_ns;

    l->wall_at = l->cpu_at = l->kill_at = l->fetch_at = NEVER;
    if (spec->runtime_max_ns < SPEC_INFINITY && spec->runtime_max_ns < NEVER / 2)
        l->wall_at = start + (int64_t)spec->runtime_max_ns;
    if (spec->cpu_time_max_ns < SPEC_INFINITY && !l->w->plan->no_cgroup)
        l->cpu_at = start;
    if (l->w->tracer)
        l->fetch_at = start + RING_AGE_NS;
}

/* What outlived the command does not outlive the job. */
static int end_stragglers(struct loop *l, struct err *err)
{
    if (cgroup_populated(l->w->groups) != 1)
        return 0;
    record_add_event(l->w->record, realtime_ns(), "stragglers",
                     "the command has ended, some of its processes have not");
    return kill_all(l, err);
}

/*
 * Whoever stops the scope signals cgrun and the job's processes one after the other: a command that
 * fell to SIGTERM may have been the first to be told.
 */
static void await_late_stop(struct loop *l, int *result, struct err *err)
{
    const struct watch *w = l->w;
    struct pollfd p = {.fd = w->signal_fd, .events = POLLIN};
    struct signalfd_siginfo si;
    int status = w->ending.wait_status;
    int64_t until = monotonic_ns() + LATE_STOP_NS, left;

    if (!w->plan->place.scope || !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
        return;
    while (w->ending.cause == STOP_NONE && (left = until - monotonic_ns()) > 0) {
        poll(&p, 1, (int)(left / NS_PER_MS) + 1);
        while (signals_next(w->signal_fd, &si))
            on_signal(l, &si, result, err);
    }
}

int watch_job(struct watch *w, struct err *err)
{
    struct loop l = {.w = w, .events_fd = -1};
    struct signalfd_siginfo si;
    int result = 0, r;

    w->ending.main_pid = w->main_pid;
    set_deadlines(&l);
    do {
        wait_events(&l);
        while (signals_next(w->signal_fd, &si))
            on_signal(&l, &si, &result, err);
        own_up(&l);
        reap(&l); /* one SIGCHLD may stand for several children */
        on_deadlines(&l, monotonic_ns(), &result, err);
    } while (job_goes_on(&l) && result == 0);
    w->ended_ns = monotonic_ns();
    w->ending.unended = !l.main_ended;
    await_late_stop(&l, &result, err);
    r = result < 0 ? result : end_stragglers(&l, err);
    reap(&l);
    return r;
}
