/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_APPLY_MOUNT_TABLE_H
#define CGRUN_APPLY_MOUNT_TABLE_H

#include <stdbool.h>

/*
 * To be told before cgroup_init: a hierarchy that libcgroup shall know of, where it is mounted and
 * which of its controllers are wanted (space-separated). Of others it then knows nothing.
 */
void mount_table_show(const char *mount, bool v2, const char *controllers);

#endif
