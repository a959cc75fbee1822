/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/apply/launch.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/apply/filters.h"
#include "runner/apply/spawn.h"
#include "runner/base/cleanup.h"
#include "runner/base/command_text.h"
#include "runner/plan/words.h"
#include "runner/spec/environment.h"

#define LISTEN_PID_ROOM "LISTEN_PID=0000000000"
#define DEFAULT_PATH    "/usr/local/bin:/usr/bin:/bin"

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

/* It is set for the job by name. */
static bool is_set(const char *assignment, const struct job_spec *spec)
{
    strv_each (&spec->environment, own)
        if (strncmp(own, assignment, strcspn(own, "=") + 1) == 0)
            return true;
    return false;
}

/* The caller's environment, with what a change of user changes in it, and the job's own. */
static int build_environment(struct strv *env, const struct job_spec *spec,
                             const struct job_user *user)
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
        bool replaced = !environment_keeps(spec, *e) || is_set(*e, spec) ||
                        (spec->inherit.listening && strncmp(*e, "LISTEN_PID", 10) == 0);

        for (size_t i = 0; i < count; i++)
            replaced |= changed[i].value && environment_is_variable(*e, changed[i].name);
        if (!replaced && strv_add(env, *e) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        if (changed[i].value && strv_addf(env, "%s=%s", changed[i].name, changed[i].value) < 0)
            return -ENOMEM;
    strv_each (&spec->environment, own)
        if (strv_add(env, own) < 0)
            return -ENOMEM;
    /* Last, where launch() finds it: the child writes its number there. */
    return spec->inherit.listening ? strv_add(env, LISTEN_PID_ROOM) : 0;
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
            r = strv_addf(join, "%s%s/cgroup.procs", g->path,
                          plan->place.job_leaf ? "/" HOST_LEAF : "");
        if (r < 0)
            return r;
    }
    return 0;
}

static char *const *list_or_empty(const struct strv *v)
{
    static char *empty[] = {NULL};

    return v->item ? v->item : empty;
}

/* What the child needs beyond the plan. */
struct lists {
    struct strv env, paths, join;
};

static void lists_free(struct lists *lists)
{
    strv_free(&lists->env);
    strv_free(&lists->paths);
    strv_free(&lists->join);
}

static int start_child(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
                       struct child *child, struct lists *lists)
{
    int birth_fd = groups->birth_fd >= 0 ? groups->birth_fd : groups->dir[0];

    if (find_joins(&lists->join, plan, false) < 0)
        return -ENOMEM;
    child->join_files = list_or_empty(&lists->join);
    if (!plan->joins_itself && !plan->no_cgroup)
        l->pid = spawn_sharing(child_run, child, birth_fd, &l->pid);
    if (l->pid > 0)
        return 0;
    /* A kernel older than that call, or a policy that answers ENOSYS to it: it moves itself. */
    strv_free(&lists->join);
    if (find_joins(&lists->join, plan, true) < 0)
        return -ENOMEM;
    child->join_files = list_or_empty(&lists->join);
    l->pid = spawn_sharing(child_run, child, -1, &l->pid);
    return l->pid < 0 ? l->pid : 0;
}

/* Where children are born from now on; this process stays where it is. */
static int enter_pids(int fd)
{
    return fd >= 0 && setns(fd, CLONE_NEWPID) < 0 ? -errno : 0;
}

/* What of the plan a failed step was at. */
static const char *step_object(const struct launch *l, const struct plan *plan,
                               const struct strv *join)
{
    static const char *const streams[] = {"stdin", "stdout", "stderr"};
    const struct child_report *r = &l->report;

    switch (r->step) {
    case CHILD_JOIN_CGROUPS:
        return (size_t)r->detail < join->count ? join->item[r->detail] : "";
    case CHILD_MOUNTS:
        return r->detail >= 0 && (size_t)r->detail < plan->mounts ? plan->mount[r->detail].path
                                                                  : "mount namespace";
    case CHILD_REOPEN:
    case CHILD_REDIRECT:
        return (unsigned)r->detail < 3 ? streams[r->detail] : "";
    case CHILD_CHDIR:
        return plan->spec->chdir;
    case CHILD_PRIORITIES:
        return r->detail ? "oom-score-adjust" : "nice";
    case CHILD_RLIMITS:
        return (size_t)r->detail < plan->rlimits ? plan_rlimit_key(plan->rlimit[r->detail].resource)
                                                 : "";
    case CHILD_SECCOMP:
        return (size_t)r->detail < plan->floor.count ? plan->floor.item[r->detail].name
                                                     : plan->policy.name;
    case CHILD_EXEC:
        return plan->spec->argv.item[0];
    default:
        return "";
    }
}

/* "sleep 1" as one word, where two were meant. */
static bool is_a_whole_line(const struct child_report *r, const struct strv *argv)
{
    return r->step == CHILD_EXEC && r->error == ENOENT && argv->count == 1 &&
           strpbrk(argv->item[0], " \t\n");
}

static const char *line_remedy(const char *text, char *buf, size_t size)
{
    bool shell = command_text_shell_syntax(text) != NULL;

    if (strlen(text) > 130 || strchr(text, '\''))
        return "nothing was started; it is one word, and no shell is used: write its words apart, "
               "or "
               "add --shell";
    snprintf(buf, size, "nothing was started; it is one word, and no shell is used: %s%s%s",
             shell ? "add --shell, as in: cgrun --shell -- '" : "write cgrun -- ", text,
             shell ? "'" : "");
    return buf;
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
    if (r->step == CHILD_REOPEN)
        return "nothing was started; the job's own mounts do not give it this directory or file of "
               "the kernel: pass a pipe instead";
    if (r->step == CHILD_DIRECTORY)
        return "nothing was started; name a directory that the job has with --chdir";
    if (r->step == CHILD_JOIN_CGROUPS && r->error == ENOMEM)
        return "nothing was started; raise memory-max: not even a process fits in";
    return ERR_CORRECT_AND_RETRY;
}

/* Anybody may lower a limit of its own and be less urgent; the contrary takes root. */
static bool lacks_privilege(const struct child_report *r)
{
    return (r->step == CHILD_PRIORITIES || r->step == CHILD_RLIMITS) &&
           (r->error == EPERM || r->error == EACCES);
}

static int step_failed(const struct launch *l, const struct plan *plan, const struct strv *join,
                       struct err *err)
{
    const char *object = step_object(l, plan, join), *remedy = step_remedy(&l->report);
    char other[sizeof(err->retry)];

    if (is_a_whole_line(&l->report, &plan->spec->argv)) {
        remedy = line_remedy(plan->spec->argv.item[0], other, sizeof(other));
    } else if (plan->elsewhere && lacks_privilege(&l->report)) {
        snprintf(other, sizeof(other), "nothing was started; %s, or leave it out", plan->elsewhere);
        remedy = other;
    }
    err_sys(err, l->report.error, remedy, "cannot %s%s%s%s",
            child_step_name((enum child_step)l->report.step), *object ? " '" : "", object,
            *object ? "'" : "");
    return -ECHILD;
}

static void reap(struct launch *l)
{
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    l->pid = -1;
}

/* Where nobody can fetch the listener, the policy goes without. */
static int start_listening(struct launch *l, const struct plan *plan, struct child *child,
                           struct handover *handover)
{
    int r;

    if (plan->listening.len == 0)
        return 0;
    r = handover_possible();
    if (r) {
        l->listener = -r;
        return 0;
    }
    r = handover_begin(handover);
    if (r == 0)
        child->handover = handover;
    return -r;
}

int launch(struct launch *l, const struct plan *plan, const struct job_cgroups *groups,
           const sigset_t *mask, const struct caller_limits *limits, bool counted,
           const struct beside *beside, const int capture_fds[2], const int *stream_fd,
           struct err *err)
{
    struct lists lists __attribute__((cleanup(lists_free))) = {0};
    struct child_filters filters;
    struct child child = {.plan = plan,
                          .argv = plan->spec->argv.item,
                          .signal_mask = *mask,
                          .caller_limits = limits,
                          .capture_fds = {capture_fds[0], capture_fds[1]},
                          .stream_fd = stream_fd,
                          .filters = &filters,
                          .pid = &l->pid,
                          .report = &l->report};
    struct handover handover;
    int r;

    *l = (struct launch){.pid = -1, .listener = -ENOENT};
    if (find_paths(&lists.paths, plan->spec->argv.item[0]) < 0 ||
        build_environment(&lists.env, plan->spec, &plan->user) < 0)
        return err_oom(err);
    child.exec_paths = list_or_empty(&lists.paths);
    child.envp = list_or_empty(&lists.env);
    if (plan->spec->inherit.listening)
        child.listen_pid = strchr(lists.env.item[lists.env.count - 1], '=') + 1;
    r = filters_choose(&filters, plan, counted, beside);
    r = r < 0 ? r : start_listening(l, plan, &child, &handover);
    r = r < 0 ? r : enter_pids(beside->pids_fd);
    r = r < 0 ? r : start_child(l, plan, groups, &child, &lists);
    enter_pids(beside->own_pids_fd);
    filters_free(&filters, plan);
    if (child.handover)
        l->listener = handover_end(&handover);
    if (r < 0)
        return err_sys(err, -r, ERR_RETRY_SAFE, "cannot create a process");
    if (!l->report.error)
        return 0;
    reap(l);
    if (l->listener >= 0)
        close(l->listener);
    l->listener = -ECHILD;
    return step_failed(l, plan, &lists.join, err);
}

/* A hierarchy that a launch would mount first is not there yet. */
static int without_planned(struct plan *shown)
{
    const char *planned = shown->mount_cgroup2 ? plan_v2(shown)->mount : NULL;
    struct plan_mount *kept = calloc(shown->mounts + 1, sizeof(*kept));
    size_t count = 0;

    if (!kept)
        return -ENOMEM;
    for (size_t i = 0; i < shown->mounts; i++)
        if (!planned || strcmp(shown->mount[i].path, planned) != 0)
            kept[count++] = shown->mount[i];
    shown->mount = kept;
    shown->mounts = count;
    return 0;
}

int launch_rehearse(const struct plan *plan, struct err *err)
{
    static const struct caller_limits none;
    static const struct beside nothing = {.pids_fd = -1, .own_pids_fd = -1};
    struct plan shown = *plan; /* borrows all but its list of mounts */
    struct lists lists __attribute__((cleanup(lists_free))) = {0};
    struct launch l = {.pid = -1};
    struct child_filters filters = {0};
    struct child child = {.plan = &shown,
                          .argv = plan->spec->argv.item,
                          .filters = &filters,
                          .caller_limits = &none,
                          .capture_fds = {-1, -1},
                          .rehearsal = true,
                          .pid = &l.pid,
                          .report = &l.report};
    int r = without_planned(&shown);

    if (r < 0)
        return err_oom(err);
    sigemptyset(&child.signal_mask);
    r = find_paths(&lists.paths, plan->spec->argv.item[0]);
    if (r == 0)
        r = filters_choose(&filters, plan, false, &nothing);
    child.exec_paths = list_or_empty(&lists.paths);
    child.envp = child.join_files = list_or_empty(&lists.env);
    if (r == 0)
        l.pid = r = spawn_sharing(child_run, &child, -1, &l.pid);
    if (r > 0)
        reap(&l);
    r = r < 0            ? err_sys(err, -r, ERR_RETRY_SAFE, "cannot create a process")
        : l.report.error ? step_failed(&l, &shown, &lists.join, err)
                         : 0;
    filters_free(&filters, plan);
    free(shown.mount);
    return r;
}
