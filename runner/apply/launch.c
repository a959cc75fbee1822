/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/cleanup.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

extern char **environ;

/* The files that execvp would try, in its order. */
static int find_paths(struct strv *paths, const char *command)
{
    const char *path = getenv("PATH");

    if (strchr(command, '/'))
        return strv_add(paths, command);
    if (!path)
        path = DEFAULT_PATH;
    for (;;) {
        size_t n = strcspn(path, ":");
        int r = strv_addf(paths, "%.*s%s%s", (int)n, path, n ? "/" : "./", command);

        if (r < 0)
            return r;
        if (!path[n])
            return 0;
        path += n + 1;
    }
}

static bool is_variable(const char *assignment, const char *name)
{
    size_t n = strlen(name);

    return strncmp(assignment, name, n) == 0 && assignment[n] == '=';
}

/* The caller's environment, with what a change of user changes in it. */
static int build_environment(struct strv *env, const struct job_user *user)
{
    const struct {
        const char *name, *value;
    } changed[] = {
        {"HOME", user->home},
        {"SHELL", user->shell},
        {"USER", user->name},
        {"LOGNAME", user->name},
    };
    const size_t count = user->change ? sizeof(changed) / sizeof(changed[0]) : 0;

    for (char **e = environ; *e; e++) {
        bool replaced = false;

        for (size_t i = 0; i < count; i++)
            replaced |= changed[i].value && is_variable(*e, changed[i].name);
        if (!replaced && strv_add(env, *e) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        if (changed[i].value && strv_addf(env, "%s=%s", changed[i].name, changed[i].value) < 0)
            return -ENOMEM;
    return 0;
}

/* Writing to v1's `tasks` from a single-threaded process takes no global lock, unlike cgroup.procs.
 */
static int find_joins(struct strv *join, const struct plan *plan, bool v2_too)
{
    for (size_t i = 0; i < plan->groups; i++) {
        const struct plan_group *g = &plan->group[i];
        int r = 0;

        if (!g->v2)
            r = strv_addf(join, "%s/tasks", g->path);
        else if (v2_too)
            r = strv_addf(join, "%s/cgroup.procs", g->path);
        if (r < 0)
            return r;
    }
    return 0;
}

static pid_t clone_into(int cgroup_fd)
{
    struct clone_args args = {
        .flags = CLONE_INTO_CGROUP,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)cgroup_fd,
    };

    return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static char *const *list_or_empty(const struct strv *v)
{
    static char *empty[] = {NULL};

    return v->item ? v->item : empty;
}

static int start_child(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
                       struct child *child, struct err *err)
{
    if (find_joins(&l->join, plan, false) < 0)
        return err_oom(err);
    child->join_files = list_or_empty(&l->join);
    l->into_cgroup = true;
    l->pid = clone_into(groups->dir[0]);
    if (l->pid < 0) {
        /* An older kernel, or a policy that answers ENOSYS to clone3: it moves itself. */
        strv_free(&l->join);
        if (find_joins(&l->join, plan, true) < 0)
            return err_oom(err);
        child->join_files = list_or_empty(&l->join);
        l->into_cgroup = false;
        l->pid = fork();
    }
    if (l->pid == 0)
        child_run(child);
    return l->pid < 0 ? err_sys(err, errno, ERR_RETRY_SAFE, "cannot create a process") : 0;
}

int launch_prepare(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
                   const sigset_t *mask, struct err *err)
{
    struct child child = {.plan = plan, .argv = plan->spec->argv.item, .signal_mask = *mask};
    int status[2], go[2], r;

    *l = (struct launch){.pid = -1, .status_fd = -1, .go_fd = -1};
    if (find_paths(&l->paths, plan->spec->argv.item[0]) < 0 ||
        build_environment(&l->env, &plan->user) < 0)
        return err_oom(err);
    if (pipe2(status, O_CLOEXEC) < 0)
        return err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
    l->status_fd = status[0];
    if (pipe2(go, O_CLOEXEC) < 0) {
        r = err_sys(err, errno, ERR_RETRY_SAFE, "cannot make a pipe");
        close(status[1]);
        return r;
    }
    l->go_fd = go[1];
    child.status_fd = status[1];
    child.go_fd = go[0];
    child.exec_paths = list_or_empty(&l->paths);
    child.envp = list_or_empty(&l->env);
    r = start_child(l, plan, groups, &child, err);
    close(status[1]);
    close(go[0]);
    return r;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void reap(struct launch *l)
{
    while (l->pid > 0 && waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    l->pid = -1;
}

/* What of the plan a failed step was at. */
static const char *step_object(const struct launch *l, const struct plan *plan)
{
    static const char *const streams[] = {"stdin", "stdout", "stderr"};
    const struct child_report *r = &l->report;

    switch (r->step) {
    case CHILD_JOIN_CGROUPS:
        return l->join.item && (size_t)r->detail < l->join.count ? l->join.item[r->detail] : "";
    case CHILD_MOUNTS:
        return r->detail >= 0 && (size_t)r->detail < plan->mounts ? plan->mount[r->detail].path
                                                                  : "mount namespace";
    case CHILD_REDIRECT:
        return (unsigned)r->detail < 3 ? streams[r->detail] : "";
    case CHILD_PRIORITIES:
        return r->detail ? "oom-score-adjust" : "nice";
    case CHILD_EXEC:
        return plan->spec->argv.item[0];
    default:
        return "";
    }
}

static const char *step_remedy(const struct child_report *r)
{
    if (r->step == CHILD_EXEC && r->error == ENOENT)
        return "nothing was started; check the name and $PATH, and for a script the interpreter "
               "that its first line names";
    if (r->step == CHILD_EXEC && r->error == ENOEXEC)
        return "nothing was started; a script needs a first line such as #!/bin/sh";
    if (r->step == CHILD_EXEC && r->error == EACCES)
        return "nothing was started; make it executable for the job's user";
    return ERR_CORRECT_AND_RETRY;
}

int launch_go(struct launch *l, const struct plan *plan, struct err *err)
{
    const char *object;
    ssize_t n;

    /* A child that is gone already shows in its status. */
    if (write(l->go_fd, "g", 1) < 0)
        l->report.error = errno;
    close_end(&l->go_fd);
    do
        n = read(l->status_fd, &l->report, sizeof(l->report));
    while (n < 0 && errno == EINTR);
    close_end(&l->status_fd);
    if (n == 0)
        return 0; /* exec closed it; or the child was killed before, which its status will tell */
    reap(l);
    object = step_object(l, plan);
    err_sys(err, l->report.error, step_remedy(&l->report), "cannot %s%s%s%s",
            child_step_name((enum child_step)l->report.step), *object ? " '" : "", object,
            *object ? "'" : "");
    return -ECHILD;
}

void launch_cancel(struct launch *l)
{
    close_end(&l->go_fd);
    reap(l);
}

void launch_free(struct launch *l)
{
    close_end(&l->status_fd);
    close_end(&l->go_fd);
    strv_free(&l->env);
    strv_free(&l->paths);
    strv_free(&l->join);
}
