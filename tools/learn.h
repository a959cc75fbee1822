/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_TOOLS_LEARN_H
#define CGRUN_TOOLS_LEARN_H

#include "tools/cmd.h"

/* Writes a policy, or words of a filter, that sets of traced jobs can live with; `output` NULL:
 * stdout. Returns an exit status. */
int learn_policy(const struct cmd_context *ctx, char **sets, int count, bool filter,
                 const char *output);

#endif
