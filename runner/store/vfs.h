/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CGRUN_STORE_VFS_H
#define CGRUN_STORE_VFS_H

/* For all databases that are opened from then on. */
void vfs_spare_calls(void);

#endif
