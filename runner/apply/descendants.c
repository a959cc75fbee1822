/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/descendants.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/host/process.h"

#define STEP_US 1000
/* Looks at the tree before it is killed as it is: one in the middle of a disk access stops late. */
#define STOP_LOOKS   100
#define ORPHAN_LOOKS 32
#define CHILDREN_MAX (1u << 20)
/* Rounds in which nobody takes the signal: a process of another user, seen or hidden. */
#define IN_VAIN 10

int descendants_begin(struct descendants *d)
{
    process_tree_free(&d->other);
    return process_tree_read(&d->other, getpid(), NULL);
}

void descendants_end(struct descendants *d)
{
    process_tree_free(&d->other);
}

bool descendants_is_other(const struct descendants *d, pid_t pid)
{
    for (size_t i = 0; i < d->other.count; i++)
        if (d->other.item[i].pid == pid)
            return true;
    return false;
}

static int look(const struct descendants *d, struct process_tree *tree)
{
    return process_tree_read(tree, getpid(), &d->other);
}

/* "PID PID ...": the children of this process, those that have ended and are not reaped included.
 */
static int list_children(char **text)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    return file_read_all(path, CHILDREN_MAX, text);
}

/* Also where another user's child is hidden in /proc. */
static bool child_lives(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static bool any_lives(const struct descendants *d, char *list)
{
    char *at = list, *end;

    for (long pid; (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
        if (!descendants_is_other(d, (pid_t)pid) && child_lives((pid_t)pid))
            return true;
    return false;
}

/* Of a kernel without CONFIG_PROC_CHILDREN. */
static int any_seen(const struct descendants *d)
{
    _cleanup_process_tree_ struct process_tree tree = {0};

    return look(d, &tree) < 0 ? -1 : tree.count > 0;
}

/*
 * Looking through /proc could miss one whose parent ends meanwhile. But what descends from this
 * process does so through a child that lives: the children of one that has ended are this
 * process's before it has. So if all have ended, and no child was added meanwhile, none is left.
 */
int descendants_left(const struct descendants *d)
{
    for (;;) {
        _cleanup_free_ char *before = NULL, *after = NULL;

        if (list_children(&before) < 0)
            return any_seen(d);
        if (any_lives(d, before))
            return 1;
        if (list_children(&after) < 0)
            return -1;
        if (strcmp(before, after) == 0)
            return 0;
    }
}

/* Never to another process that has been given the number meanwhile. Returns 0 or an errno. */
static int send(const struct tree_process *p, int signal)
{
    _cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, p->pid, 0);

    if (fd < 0 || process_start_time(p->pid) != p->start)
        return ESRCH;
    return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0 ? errno : 0;
}

void descendants_signal(const struct descendants *d, int signal)
{
    _cleanup_process_tree_ struct process_tree tree = {0};

    look(d, &tree);
    for (size_t i = 0; i < tree.count; i++) {
        send(&tree.item[i], signal);
        if (signal != SIGKILL)
            send(&tree.item[i], SIGCONT);
    }
}

/*
 * A process that forks and ends at once has a new number before /proc has been read. Its orphans
 * are children of this process, whose list is short, and until they are reaped here no other
 * process can have their numbers. A signal that is pending makes the kernel start a fork anew.
 */
static void signal_orphans(const struct descendants *d, int signal)
{
    for (int i = 0; i < ORPHAN_LOOKS; i++) {
        _cleanup_free_ char *list = NULL;
        char *at, *end;

        if (list_children(&list) < 0)
            return;
        at = list;
        for (long pid; (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
            if (!descendants_is_other(d, (pid_t)pid))
                kill((pid_t)pid, signal);
    }
}

static bool can_run(const struct tree_process *p)
{
    return p->state != 'T' && p->state != 't';
}

/* Until a whole look finds nobody that could have forked during it. */
static void stop_all(const struct descendants *d)
{
    for (int i = 0; i < STOP_LOOKS; i++) {
        _cleanup_process_tree_ struct process_tree tree = {0};
        size_t running = 0;

        if (look(d, &tree) < 0)
            return;
        for (size_t k = 0; k < tree.count; k++)
            if (can_run(&tree.item[k])) /* one that is gone may have forked before */
                running += send(&tree.item[k], SIGSTOP) != EPERM;
        if (running == 0)
            return;
        signal_orphans(d, SIGSTOP);
    }
}

/* How many of those that are left took the signal; `left` is how many there were. */
static size_t kill_all(const struct descendants *d, size_t *left)
{
    _cleanup_process_tree_ struct process_tree tree = {0};
    size_t taken = 0;

    look(d, &tree);
    for (size_t i = 0; i < tree.count; i++)
        taken += send(&tree.item[i], SIGKILL) != EPERM;
    *left = tree.count;
    return taken;
}

int descendants_kill(const struct descendants *d, unsigned timeout_ms, struct err *err)
{
    int64_t deadline = monotonic_ns() + (int64_t)timeout_ms * NS_PER_MS;
    size_t left, taken;
    int in_vain = 0;

    do {
        stop_all(d);
        taken = kill_all(d, &left);
        if (left == 0 && descendants_left(d) == 0)
            return 0;
        signal_orphans(d, SIGKILL);
        in_vain = taken == 0 ? in_vain + 1 : 0;
        if (in_vain == IN_VAIN)
            return err_set(err, EPERM, NULL, "end it as root",
                           "a process of the job runs as another user and cannot be ended");
        usleep(STEP_US);
    } while (monotonic_ns() < deadline);
    return err_set(err, ETIMEDOUT, NULL,
                   "a process in uninterruptible sleep cannot be ended; it ends when that is over",
                   "the job's processes are not all gone after %u ms", timeout_ms);
}
