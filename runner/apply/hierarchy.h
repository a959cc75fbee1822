/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup2 hierarchy of our own, for hosts that have mounted none. */
#ifndef CGRUN_APPLY_HIERARCHY_H
#define CGRUN_APPLY_HIERARCHY_H

#include "runner/base/err.h"

/* Mounts it at `path`, in a directory of root's alone, unless that was done already. */
int hierarchy_mount(const char *path, struct err *err);

#endif
