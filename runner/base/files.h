/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files, as procfs, sysfs and cgroupfs have them. */
#ifndef CGRUN_BASE_FILES_H
#define CGRUN_BASE_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/base/err.h"

/*
 * Reads at most size - 1 bytes of dirfd/path and ends them with NUL. Returns how many, or a
 * negative errno with `buf` empty. `dirfd` may be AT_FDCWD.
 */
int file_read_at(int dirfd, const char *path, char *buf, size_t size);

/* Writes `text` in one write(2), as kernel interfaces want it. Returns 0 or a negative errno. */
int file_write_at(int dirfd, const char *path, const char *text);

/* The whole file, malloc'd and NUL-terminated, at most `limit` bytes (-EFBIG). */
int file_read_all(const char *path, size_t limit, char **ret);
int file_read_fd(int fd, size_t limit, char **ret);

/*
 * The number after `key` in a text of "key value", "key=value" or "key: value" words, as cpu.stat,
 * pressure files and /proc/PID/status have them. Returns 0, or -ENOENT.
 */
int text_value(const char *text, const char *key, uint64_t *ret);

#endif
