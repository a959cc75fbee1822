/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the job inherits and could lead it round the mounts of its own. A descriptor keeps the mount
 * that it was opened through: by /proc/self/fd a root job would reach the host's writable mount of
 * a directory or a file that is read-only in its own view.
 */
#ifndef CGRUN_APPLY_REOPEN_H
#define CGRUN_APPLY_REOPEN_H

#include "runner/apply/child.h"

/*
 * Steps of the child, after its mounts. Each returns 0 or an errno: that of opening the same file
 * in the job's view, or ESTALE if another file is at its path there. *detail is the stream's
 * number.
 */
int reopen_streams(const struct child *child, int *detail);
int reopen_directory(const struct child *child, int *detail);

#endif
