/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the child without copying the parent: it runs in the parent's memory, on a stack of its
 * own, while the parent waits until it has executed something or ended. A copy would cost more than
 * all of the child's steps, most of it in page faults afterwards on both sides.
 */
#ifndef CGRUN_APPLY_SPAWN_H
#define CGRUN_APPLY_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs fn(arg), which must not return, in a new process, born in the cgroup2 directory `cgroup_fd`
 * if that is not negative. Returns its pid, or a negative errno: -ENOSYS where the kernel, an outer
 * policy or this architecture has no such call; then try without a cgroup. `number` is the pid
 * too, and is there before fn() begins.
 */
pid_t spawn_sharing(int (*fn)(void *), void *arg, int cgroup_fd, pid_t *number);

#endif
