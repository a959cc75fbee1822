/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, as the I/O controllers name them. */
#ifndef CGRUN_HOST_DISKS_H
#define CGRUN_HOST_DISKS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/base/err.h"

/*
 * "major:minor" of the whole disk behind `path`: a block device, or a file or directory on a file
 * system that has one. -ENODEV for file systems without a disk (tmpfs, overlay, NFS).
 */
int disk_of_path(const char *path, char *buf, size_t size, struct err *err);

/* Whether some disk's scheduler honours weights. */
bool disk_weights_honoured(void);

#endif
