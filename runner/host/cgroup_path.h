/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a cgroup's number, as programs in the kernel know it, to its path. */
#ifndef CGRUN_HOST_CGROUP_PATH_H
#define CGRUN_HOST_CGROUP_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens a directory of the cgroup2 hierarchy by its number, O_PATH. `mount` is a descriptor of any
 * of its directories. -ESTALE: there is none of that number any more.
 */
int cgroup_open_id(int mount, uint64_t id);

/* The path from the mount's root on: "/system.slice/cron.service". False: gone, or no privilege. */
bool cgroup_path_of(const char *mount, uint64_t id, char *buf, size_t size);

#endif
