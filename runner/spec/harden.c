/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --harden: one option for what shuts a job in without breaking usual programs. It sets other
 * settings where it stands; one of them that is given after it wins.
 */
#include "runner/spec/parse.h"

/* Beneath these are programs and their configuration, which a job reads. '-': where there is one.
 */
static const char *const system_paths[] = {"/usr",  "/etc",    "/boot", "-/bin", "-/sbin",
                                           "-/lib", "-/lib64", "-/opt", "-/efi", "-/root/.ssh"};

static int close_paths(struct job_spec *spec)
{
    for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]); i++)
        if (strv_add(&spec->readonly_paths, system_paths[i]) < 0)
            return -1;
    return 0;
}

PARSER(harden)
{
    int r = parse_boolean(row, spec, value, err);

    if (r < 0 || !spec->harden)
        return r;
    spec->no_new_privileges = true;
    spec->restrict_namespaces = true;
    spec->private_tmp = true;
    spec->private_pids = true;
    spec->protect_control_groups = true;
    spec->signal_scope = SPEC_SIGNALS_JOB;
    if (spec->device_policy == SPEC_DEVICES_AUTO)
        spec->device_policy = SPEC_DEVICES_CLOSED;
    return close_paths(spec) < 0 ? err_oom(err) : 0;
}
