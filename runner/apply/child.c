/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runner/apply/confine.h"
#include "runner/apply/look.h"
#include "runner/apply/reopen.h"
#include "runner/base/array.h"
#include "runner/base/clock.h"

#define DESCRIPTORS_BY_HAND 1024

/* Each step returns 0 or an errno, and may set *detail. */
typedef int (*step_fn)(const struct child *child, int *detail);

static int write_text(const char *path, const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, n) < 0)
        r = errno;
    close(fd);
    return r;
}

static int join_cgroups(const struct child *child, int *detail)
{
    for (int i = 0; child->join_files[i]; i++) {
        int r = write_text(child->join_files[i], "0", 1);

        *detail = i;
        if (r)
            return r;
    }
    return 0;
}

/* kill(0) by the job then reaches neither cgrun nor its caller. */
static int make_process_group(const struct child *child, int *detail)
{
    (void)detail;
    return child->plan->own_group && setpgid(0, 0) < 0 ? errno : 0;
}

/* snprintf may allocate or lock; this does not. */
static size_t decimal(int value, char *buf)
{
    unsigned rest = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    char digits[12];
    size_t n = 0, used = 0;

    do
        digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        buf[used++] = '-';
    while (n)
        buf[used++] = digits[--n];
    return used;
}

static int set_priorities(const struct child *child, int *detail)
{
    const struct job_spec *spec = child->plan->spec;
    char text[16];

    *detail = 0;
    if (spec->nice != SPEC_INT_UNSET && setpriority(PRIO_PROCESS, 0, spec->nice) < 0)
        return errno;
    *detail = 1;
    if (spec->oom_score_adjust != SPEC_INT_UNSET)
        return write_text("/proc/self/oom_score_adj", text, decimal(spec->oom_score_adjust, text));
    return 0;
}

static int set_network(const struct child *child, int *detail)
{
    (void)detail;
    return child->plan->spec->private_network ? confine_network() : 0;
}

static int set_mounts(const struct child *child, int *detail)
{
    return confine_mounts(child->plan, detail);
}

static int set_rlimits(const struct child *child, int *detail)
{
    int r = caller_limits_restore(child->caller_limits);

    if (r)
        return r;
    for (size_t i = 0; i < child->plan->rlimits; i++) {
        const struct plan_rlimit *l = &child->plan->rlimit[i];
        struct rlimit value = {.rlim_cur = l->soft, .rlim_max = l->hard};

        *detail = (int)i;
        if (setrlimit((__rlimit_resource_t)l->resource, &value) < 0)
            return errno;
    }
    return 0;
}

/* Inherited by all that it starts; a program with privileges of its own is exempt. */
static int set_personality(const struct child *child, int *detail)
{
    (void)detail;
    if (child->plan->spec->address_randomization)
        return 0;
    return personality(ADDR_NO_RANDOMIZE) < 0 ? errno : 0;
}

/*
 * Out of the bounding set, so that exec cannot bring them back, and out of the inheritable one.
 * What this process still holds itself ends at exec.
 */
static int drop_capabilities(const struct child *child, int *detail)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    uint64_t drop = child->plan->drop_caps;

    if (!drop)
        return 0;
    for (int cap = 0; cap < 64; cap++) {
        *detail = cap;
        /* EINVAL: this kernel knows no such capability, so nobody can have it. */
        if (drop >> cap & 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL &&
            geteuid() == 0)
            return errno;
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &head, data) < 0)
        return errno;
    data[0].inheritable &= (uint32_t)~drop;
    data[1].inheritable &= (uint32_t)(~drop >> 32);
    return syscall(SYS_capset, &head, data) < 0 ? errno : 0;
}

/* Kept across the change of user, and then handed on by exec. */
static int raise_ambient(const struct child *child)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    uint64_t wanted = child->plan->spec->ambient_capabilities;

    if (!wanted)
        return 0;
    if (syscall(SYS_capget, &head, data) < 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        data[i].inheritable |= (uint32_t)(wanted >> 32 * i);
        data[i].effective |= (uint32_t)(wanted >> 32 * i);
    }
    if (syscall(SYS_capset, &head, data) < 0)
        return errno;
    for (int cap = 0; cap < 64; cap++)
        if (wanted >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
            return errno;
    return 0;
}

static int set_user(const struct child *child, int *detail)
{
    const struct job_user *u = &child->plan->user;

    if (child->plan->spec->umask != SPEC_INT_UNSET)
        umask((mode_t)child->plan->spec->umask);
    if (!u->change)
        return raise_ambient(child);
    *detail = 0;
    if (child->plan->spec->ambient_capabilities && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return errno;
    /* The calls themselves: the C library's would see to all threads of the parent. */
    if (syscall(SYS_setgroups, u->groups_count, u->groups) < 0)
        return errno;
    *detail = 1;
    if (syscall(SYS_setresgid, u->gid, u->gid, u->gid) < 0)
        return errno;
    *detail = 2;
    if (syscall(SYS_setresuid, u->uid, u->uid, u->uid) < 0)
        return errno;
    return raise_ambient(child);
}

/* Not blocking while it is opened: the parent waits for the child, and could be asked nothing. */
static int open_now(const char *path, int flags)
{
    int fd = open(path, flags | O_NOCTTY | O_NONBLOCK, 0666);

    if (fd >= 0)
        fcntl(fd, F_SETFL, flags & O_APPEND);
    return fd;
}

static int open_stream(const struct spec_stream *s, int number)
{
    int flags = O_WRONLY | O_CREAT;

    if (s->kind == SPEC_STREAM_NULL)
        return open("/dev/null", number == 0 ? O_RDONLY : O_WRONLY);
    if (number == 0)
        return open_now(s->path, O_RDONLY);
    if (s->kind == SPEC_STREAM_APPEND)
        flags |= O_APPEND;
    if (s->kind == SPEC_STREAM_TRUNCATE)
        flags |= O_TRUNC;
    return open_now(s->path, flags);
}

/* What was not said: the caller's stream, or the capture and then no input. */
static int unsaid_stream(const struct child *child, int number)
{
    return number == 0 ? open("/dev/null", O_RDONLY) : dup(child->capture_fds[number - 1]);
}

/* Opened here, as the job's user: the paths are the user's, and root would follow them anywhere. */
static int redirect(const struct child *child, int *detail)
{
    const struct job_spec *spec = child->plan->spec;
    const struct spec_stream *const stream[] = {&spec->input, &spec->output, &spec->error};

    for (int i = 0; i < 3; i++) {
        int fd;

        *detail = i;
        if (stream[i]->kind == SPEC_STREAM_INHERIT &&
            (child->capture_fds[0] < 0 || (i == 0 && !spec->detach)))
            continue;
        fd = child->stream_fd && child->stream_fd[i] >= 0 ? dup(child->stream_fd[i])
             : stream[i]->kind == SPEC_STREAM_INHERIT     ? unsaid_stream(child, i)
             : stream[i]->kind == SPEC_STREAM_STDOUT      ? dup(1)
                                                          : open_stream(stream[i], i);
        if (fd < 0)
            return errno;
        if (fd == i)
            continue;
        if (dup2(fd, i) < 0)
            return errno;
        close(fd);
    }
    return 0;
}

/* After the streams, whose paths are the caller's; as the job's user, who must be let in. */
static int change_directory(const struct child *child, int *detail)
{
    (void)detail;
    return child->plan->spec->chdir && chdir(child->plan->spec->chdir) < 0 ? errno : 0;
}

static void close_range_by_hand(unsigned from, unsigned to)
{
    for (unsigned fd = from; fd <= to && fd < DESCRIPTORS_BY_HAND; fd++)
        close((int)fd);
}

/*
 * Nothing reaches the job but the three standard streams and what the plan passes. Closed now, not
 * by exec: what is still to be opened has to fit into the command's limit of descriptors.
 */
static int close_descriptors(const struct child *child, int *detail)
{
    const struct spec_inherit *keep = &child->plan->spec->inherit;
    unsigned from = 3;

    (void)detail;
    for (size_t i = 0; i <= keep->count; i++) {
        unsigned to = i < keep->count ? (unsigned)keep->item[i].number - 1 : ~0u;

        if (from <= to && syscall(SYS_close_range, from, to, 0) < 0)
            close_range_by_hand(from, to);
        from = to + 2;
    }
    if (child->listen_pid) /* now: the policy may forbid to ask */
        child->listen_pid[decimal(getpid(), child->listen_pid)] = '\0';
    return 0;
}

static int no_new_privileges(const struct child *child, int *detail)
{
    (void)detail;
    if (!child->plan->spec->no_new_privileges)
        return 0;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

static int enter_landlock(const struct child *child, int *detail)
{
    (void)detail;
    return child->plan->landlock || child->plan->landlock_read_only || child->plan->landlock_signals
               ? confine_landlock(child->plan)
               : 0;
}

static int install(const struct sock_fprog *program, unsigned flags)
{
    if (program->len == 0)
        return 0;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program) < 0 ? errno : 0;
}

static int install_last(const struct child_filters *filters)
{
    return install(&filters->last, filters->last_logged ? SECCOMP_FILTER_FLAG_LOG : 0);
}

/* An outer job may be listened to already, and there is one listener at a time: then without. */
static int install_listening(const struct child *child)
{
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_NEW_LISTENER,
                      &child->filters->listening);

    if (fd >= 0)
        return handover_give(child->handover, *child->pid, (int)fd);
    return errno == EBUSY ? install_last(child->filters) : errno;
}

/* The logged filter goes last: it may well refuse the call that installs filters. */
static int install_policy(const struct child *child, int *detail)
{
    const struct child_filters *filters = child->filters;
    const struct policy_floor *floor = &child->plan->floor;
    int r;

    child->report->ready_ns = monotonic_ns();
    for (size_t i = 0; i < floor->count; i++) {
        *detail = (int)i;
        r = install(&floor->item[i].quiet, 0);
        if (r == 0)
            r = install(&floor->item[i].logged, SECCOMP_FILTER_FLAG_LOG);
        if (r)
            return r;
    }
    *detail = (int)floor->count;
    r = install(&filters->alone, 0);
    if (r == 0)
        r = install(&filters->quiet, 0);
    if (r == 0)
        r = child->handover ? install_listening(child) : install_last(filters);
    return r;
}

/* Before files are opened: one that waits for its other end can then be interrupted. */
static int restore_signals(const struct child *child, int *detail)
{
    const struct plan *plan = child->plan;

    (void)detail;
    /* Without a cgroup nobody else could find what a cgrun that is killed leaves. */
    if (plan->no_cgroup && plan->spec->if_lost != SPEC_LOST_KEEP)
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return sigprocmask(SIG_SETMASK, &child->signal_mask, NULL) < 0 ? errno : 0;
}

/* As execvp looks for it, but a file without a header is an error: no shell is put in between. */
static int run_command(const struct child *child, int *detail)
{
    int denied = 0;

    for (int i = 0; child->exec_paths[i]; i++) {
        *detail = i;
        execve(child->exec_paths[i], child->argv, child->envp);
        if (errno == EACCES)
            denied = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return errno;
    }
    return denied ? denied : ENOENT;
}

static const struct {
    const char *name;
    step_fn run;
} steps[] = {
    [CHILD_JOIN_CGROUPS] = {"join the cgroups", join_cgroups},
    [CHILD_PROCESS_GROUP] = {"make a process group", make_process_group},
    [CHILD_PRIORITIES] = {"set the priorities", set_priorities},
    [CHILD_NETWORK] = {"make a network of its own", set_network},
    [CHILD_MOUNTS] = {"set up the mounts", set_mounts},
    [CHILD_REOPEN] = {"open within the job's mounts", reopen_streams},
    [CHILD_DIRECTORY] = {"enter the working directory within the job's mounts", reopen_directory},
    [CHILD_RLIMITS] = {"set the resource limits", set_rlimits},
    [CHILD_PERSONALITY] = {"fix the address layout", set_personality},
    [CHILD_CAPABILITIES] = {"drop capabilities", drop_capabilities},
    [CHILD_USER] = {"change the user", set_user},
    [CHILD_SIGNALS] = {"restore the signal mask", restore_signals},
    [CHILD_REDIRECT] = {"redirect the streams", redirect},
    [CHILD_CHDIR] = {"enter the working directory", change_directory},
    [CHILD_DESCRIPTORS] = {"close descriptors", close_descriptors},
    [CHILD_NO_NEW_PRIVILEGES] = {"set no-new-privileges", no_new_privileges},
    [CHILD_LANDLOCK] = {"enter a Landlock domain", enter_landlock},
    [CHILD_SECCOMP] = {"install the system call policy", install_policy},
    [CHILD_EXEC] = {"execute the command", run_command},
};
ASSERT_ENTRIES(steps, CHILD_STEPS);

const char *child_step_name(enum child_step step)
{
    return (unsigned)step < CHILD_STEPS ? steps[step].name : "unknown step";
}

static bool run_step(const struct child *child, int step, step_fn run)
{
    struct child_report report = {.step = step, .ready_ns = child->report->ready_ns};

    report.error = run(child, &report.detail);
    if (report.error)
        *child->report = report;
    return report.error == 0;
}

/* The policy comes last, since it may forbid to look. */
static void rehearse(const struct child *child)
{
    for (int i = 0; i < CHILD_SECCOMP; i++)
        if (!run_step(child, i, i == CHILD_REDIRECT ? look_at_streams : steps[i].run))
            return;
    if (run_step(child, CHILD_EXEC, look_for_command))
        run_step(child, CHILD_SECCOMP, install_policy);
}

int child_run(void *data)
{
    const struct child *child = data;

    if (child->rehearsal)
        rehearse(child);
    else
        for (int i = 0; i < CHILD_STEPS && run_step(child, i, steps[i].run); i++)
            ;
    _exit(125);
}
