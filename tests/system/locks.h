/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks that other processes hold. */
#ifndef CGRUN_TESTS_SYSTEM_LOCKS_H
#define CGRUN_TESTS_SYSTEM_LOCKS_H

#include <sys/types.h>

/*
 * A process of that user, with a lock (F_RDLCK, F_WRLCK) on `size` bytes of the file, 0: all from
 * `from` on. Its pid, or -1 if it may not open the file.
 */
pid_t lock_file(const char *path, short kind, off_t from, off_t size, uid_t uid);
void unlock_file(pid_t pid);

#endif
