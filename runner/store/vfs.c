/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two system calls that SQLite lets its user replace. Each opening maps the index of the
 * write-ahead log and writes to all of its eight pages, and gives the log and its index to the
 * database's owner, which is who they belong to: store.c opens no other's database for writing.
 */
#include "runner/store/vfs.h"

#include <sqlite3.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

static void *map_at_once(void *address, size_t bytes, int protection, int flags, int fd, off_t from)
{
    return mmap(address, bytes, protection, flags | MAP_POPULATE, fd, from);
}

static int keep_owner(int fd, uid_t user, gid_t group)
{
    (void)fd;
    (void)user;
    (void)group;
    return 0;
}

void vfs_spare_calls(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    if (!vfs || vfs->iVersion < 3)
        return;
    vfs->xSetSystemCall(vfs, "mmap", (sqlite3_syscall_ptr)map_at_once);
    vfs->xSetSystemCall(vfs, "fchown", (sqlite3_syscall_ptr)keep_owner);
}
