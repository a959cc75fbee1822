/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/spec/job_spec.h"

#include <signal.h>
#include <stdlib.h>

#define KILL_AFTER_DEFAULT_NS 2000000000ULL

void job_spec_init(struct job_spec *spec)
{
    *spec = (struct job_spec){
        .memory_max = SPEC_UNSET,
        .memory_high = SPEC_UNSET,
        .memory_swap_max = SPEC_UNSET,
        .tasks_max = SPEC_UNSET,
        .cpu_quota_usec = SPEC_UNSET,
        .cpu_weight = SPEC_UNSET,
        .io_weight = SPEC_UNSET,
        .runtime_max_ns = SPEC_UNSET,
        .cpu_time_max_ns = SPEC_UNSET,
        .nice = SPEC_INT_UNSET,
        .oom_score_adjust = SPEC_INT_UNSET,
        .no_new_privileges = true,
        .stop_signal = SIGTERM,
        .kill_after_ns = KILL_AFTER_DEFAULT_NS,
        .log_max = SPEC_LOG_MAX,
        .address_randomization = true,
        .protect_control_groups = true,
        .umask = SPEC_INT_UNSET,
    };
}

static void free_io(struct io_limits *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i].path);
    free(list->item);
}

void job_spec_free(struct job_spec *spec)
{
    char *owned[] = {
        spec->name,   spec->owner,        spec->reason,     spec->rollback,    spec->session,
        spec->label,  spec->allowed_cpus, spec->policy,     spec->user,        spec->group,
        spec->parent, spec->json_path,    spec->input.path, spec->output.path, spec->error.path,
        spec->db,     spec->lock,         spec->prepare,    spec->chdir,       spec->command_text,
    };

    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    for (size_t i = 0; i < spec->inherit.count; i++)
        free(spec->inherit.item[i].named_by);
    free(spec->inherit.item);
    strv_free(&spec->inherit.notes);
    strv_free(&spec->expect);
    strv_free(&spec->tags);
    strv_free(&spec->tools);
    strv_free(&spec->supplementary_groups);
    strv_free(&spec->tool_versions);
    strv_free(&spec->syscall_filter);
    strv_free(&spec->argv);
    strv_free(&spec->readonly_paths);
    strv_free(&spec->writable_paths);
    strv_free(&spec->inaccessible_paths);
    strv_free(&spec->keep_environment);
    strv_free(&spec->ip_allow);
    strv_free(&spec->ip_deny);
    strv_free(&spec->device_allow);
    strv_free(&spec->environment);
    free_io(&spec->io_read_bandwidth_max);
    free_io(&spec->io_write_bandwidth_max);
    free_io(&spec->io_read_iops_max);
    free_io(&spec->io_write_iops_max);
    job_spec_init(spec);
}
