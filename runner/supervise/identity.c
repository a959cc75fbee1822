/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/host/process.h"
#include "runner/host/program.h"

/* A copy of a string that may be absent; a failure shows as one more missing text, never as a
 * crash. */
static char *copy(const char *s)
{
    return s ? strdup(s) : NULL;
}

/* In the row from the start: process numbers mean nothing in another boot. */
static int add_boot_id(struct record *r)
{
    char id[64];

    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, sizeof(id)) <= 0)
        return 0;
    id[strcspn(id, "\n")] = '\0';
    return pairs_set(&r->environment, "boot_id", id);
}

void identity_supervisor(struct record *r)
{
    r->supervisor_pid = getpid();
    r->supervisor_start = process_start_time(getpid());
}

int identity_fill(struct record *r, const struct plan *plan, uint64_t cgroup_id)
{
    const struct job_spec *spec = plan->spec;
    int failed = 0;

    r->name = copy(plan->name);
    r->owner = copy(spec->owner);
    r->reason = copy(spec->reason);
    r->rollback = copy(spec->rollback);
    r->log = copy(spec->journal ? "journal" : spec->detach ? "file" : NULL);
    r->keep_if_lost = spec->if_lost == SPEC_LOST_KEEP;
    r->session = copy(spec->session);
    r->label = copy(spec->label);
    r->run.number = spec->run.number;
    r->run.of = spec->run.of;
    r->run.pair = spec->run.pair;
    r->run.warmup = spec->run.warmup;
    r->policy_name = copy(plan->policy.name);
    r->policy_hash = copy(plan->policy.hash);
    r->ledger.all_kept = spec->ledger == SPEC_LEDGER_FULL;
    failed |= strv_add_all(&r->argv, spec->argv.item);
    if (spec->tags.item)
        failed |= strv_add_all(&r->tags, spec->tags.item);
    for (size_t i = 0; i < plan->groups; i++) {
        const struct plan_group *g = &plan->group[i];

        failed |= pairs_set(&r->cgroup, g->v2 ? "v2" : g->controllers, g->path);
    }
    if (plan->no_cgroup)
        failed |= pairs_set(&r->cgroup, "none", plan->no_cgroup);
    for (size_t i = 0; i < plan->floor.count; i++)
        failed |= pairs_setf(&r->environment, plan->floor.item[i].name, "policy floor %.12s",
                             plan->floor.item[i].hash);
    strv_each (&plan->policy.notes, note)
        failed |= record_add_event(r, realtime_ns(), "note", "%s", note);
    for (size_t i = 0; i < plan->degraded_count; i++)
        failed |=
            record_add_event(r, realtime_ns(), "degraded", "%s '%s': %s", plan->degraded[i].key,
                             plan->degraded[i].asked, plan->degraded[i].why);
    failed |= add_boot_id(r);
    r->cgroup_id = cgroup_id;
    return failed ? -ENOMEM : 0;
}

/* Another program under the same name is a difference worth telling. */
static int add_program(struct record *r, const struct job_spec *spec)
{
    const char *command = spec->argv.item[0];
    char path[4096], build[128], within[4096], real[PATH_MAX];
    int failed = 0;

    /* A relative path is looked up from the job's directory. */
    if (spec->chdir && command[0] != '/' && strchr(command, '/')) {
        snprintf(within, sizeof(within), "%s/%s", spec->chdir, command);
        command = within;
    }
    if (spec->chdir)
        failed |= pairs_set(&r->environment, "working_directory",
                            realpath(spec->chdir, real) ? real : spec->chdir);
    if (program_find(command, path, sizeof(path))) {
        failed |= pairs_set(&r->environment, "program", path);
        if (program_build(path, build, sizeof(build)))
            failed |= pairs_set(&r->environment, "program_build", build);
    }
    strv_each (&spec->tool_versions, tool) {
        size_t n = strcspn(tool, "=");
        char key[128];

        snprintf(key, sizeof(key), "version of %.*s", (int)n, tool);
        failed |= pairs_set(&r->environment, key, tool + n + 1);
    }
    return failed;
}

int identity_environment(struct record *r, const struct host_facts *facts, const struct plan *plan,
                         const struct place *place)
{
    _cleanup_strv_ struct strv env = {0};
    int failed = environment_read(&env, facts);

    strv_each (&env, assignment) {
        char *value = strchr(assignment, '=');

        *value = '\0';
        failed |= pairs_set(&r->environment, assignment, value + 1);
    }
    failed |= add_program(r, plan->spec);
    if (plan->place.scope) {
        failed |= pairs_set(&r->environment, "systemd_unit", plan->place.scope);
        failed |= pairs_set(&r->environment, "systemd_invocation_id", place->invocation_id);
    }
    return failed ? -ENOMEM : 0;
}

void identity_git(struct record *r, struct git_query *git)
{
    git_query_finish(git, GIT_TIMEOUT_MS);
    if (*git->revision)
        pairs_set(&r->environment, "git_revision", git->revision);
    else
        pairs_set(&r->environment, "git_unavailable", git->why);
    if (*git->dirty)
        pairs_set(&r->environment, "git_dirty", git->dirty);
}
