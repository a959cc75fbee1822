/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --harden: one option for the settings that shut a job in without breaking usual programs. */
#include <errno.h>
#include <string.h>

#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"

/* The paths hold programs and their configuration, which a job reads. '-': where there is one. */
static const struct {
    const char *key, *value;
} bundle[] = {
    {"NoNewPrivileges", "yes"}, {"RestrictNamespaces", "yes"},    {"PrivateTmp", "yes"},
    {"PrivatePIDs", "yes"},     {"SignalScope", "job"},           {"ProtectControlGroups", "yes"},
    {"DevicePolicy", "closed"}, {"ReadOnlyPaths", "/usr"},        {"ReadOnlyPaths", "/etc"},
    {"ReadOnlyPaths", "/boot"}, {"ReadOnlyPaths", "-/bin"},       {"ReadOnlyPaths", "-/sbin"},
    {"ReadOnlyPaths", "-/lib"}, {"ReadOnlyPaths", "-/lib64"},     {"ReadOnlyPaths", "-/opt"},
    {"ReadOnlyPaths", "-/efi"}, {"ReadOnlyPaths", "-/root/.ssh"},
};

static void contradicts(struct err_list *errors, const char *expected, const char *what)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%s", what);
    err_list_add(errors, &err);
}

void harden_expand(struct job_spec *spec, struct err_list *errors)
{
    struct err err;

    if (!spec->harden)
        return;
    if (spec->policy && strcmp(spec->policy, "none") == 0)
        contradicts(errors, "a policy, or the settings that are wanted one by one",
                    "harden with policy 'none'");
    if (spec->delegate)
        contradicts(errors, "one or the other", "harden with --delegate");
    for (size_t i = 0; i < sizeof(bundle) / sizeof(bundle[0]); i++) {
        const struct setting *row = setting_by_key(bundle[i].key);
        bool adds = strcmp(row->key, "ReadOnlyPaths") == 0;

        if ((adds || !setting_given(spec, row)) && row->parse(row, spec, bundle[i].value, &err) < 0)
            err_list_add(errors, &err);
    }
}
