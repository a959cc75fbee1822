/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a rehearsal, in place of the steps that open the streams and execute the command: whether they
 * could, asked as the job's user. As all of the child's steps: 0 or an errno, nothing is allocated.
 */
#ifndef CGRUN_APPLY_LOOK_H
#define CGRUN_APPLY_LOOK_H

#include "runner/apply/child.h"

int look_for_command(const struct child *child, int *detail);
int look_at_streams(const struct child *child, int *detail);

#endif
