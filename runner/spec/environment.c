/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/spec/environment.h"

#include <stdlib.h>
#include <string.h>

bool environment_is_variable(const char *assignment, const char *name)
{
    size_t n = strlen(name);

    return strncmp(assignment, name, n) == 0 && (assignment[n] == '=' || assignment[n] == '\0');
}

bool environment_keeps(const struct job_spec *spec, const char *assignment)
{
    /* What a program cannot do well without. */
    static const char *const usual[] = {"PATH", "TERM",  "LANG", "TZ",
                                        "HOME", "SHELL", "USER", "LOGNAME"};

    if (!spec->clean_environment || strncmp(assignment, "LC_", 3) == 0)
        return true;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (environment_is_variable(assignment, usual[i]))
            return true;
    strv_each (&spec->keep_environment, name)
        if (environment_is_variable(assignment, name))
            return true;
    return false;
}

const char *environment_value(const struct job_spec *spec, const char *name)
{
    strv_each (&spec->environment, own)
        if (environment_is_variable(own, name))
            return strchr(own, '=') + 1;
    return environment_keeps(spec, name) ? getenv(name) : NULL;
}
