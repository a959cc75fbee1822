/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SQLite would have ready for many queries costs a launch more than its two: a page of memory
 * is dear when it is touched for the first time. So there is no pool of twenty pages, none for
 * small objects and no account of what is allocated.
 *
 * Two system calls can be replaced. Each opening maps the index of the write-ahead log and writes
 * to all of its eight pages, and gives the log and its index to the database's owner, which is who
 * they belong to: store.c opens no other's database for writing.
 *
 * While another process holds a lock of the log's index, SQLite sleeps between some of its tries
 * without asking the busy handler, ten seconds altogether. Past the deadline it no longer sleeps,
 * and is soon out of tries.
 */
#include "runner/store/engine.h"

#include <sqlite3.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "runner/base/clock.h"
#include "runner/base/prefault.h"

/* MAP_POPULATE would only read a shared file's pages: the first write to each is a fault still. */
static void *map_at_once(void *address, size_t bytes, int protection, int flags, int fd, off_t from)
{
    void *map = mmap(address, bytes, protection, flags, fd, from);

    if (map != MAP_FAILED && protection & PROT_WRITE)
        prefault(map, bytes);
    return map;
}

static int keep_owner(int fd, uid_t user, gid_t group)
{
    (void)fd;
    (void)user;
    (void)group;
    return 0;
}

static void replace_calls(sqlite3_vfs *vfs)
{
    if (!vfs || vfs->iVersion < 3)
        return;
    vfs->xSetSystemCall(vfs, "mmap", (sqlite3_syscall_ptr)map_at_once);
    vfs->xSetSystemCall(vfs, "fchown", (sqlite3_syscall_ptr)keep_owner);
}

static int64_t deadline_ns;
static int (*plain_sleep)(sqlite3_vfs *vfs, int us);

void engine_deadline(int64_t monotonic)
{
    deadline_ns = monotonic;
}

static int sleep_before_deadline(sqlite3_vfs *vfs, int us)
{
    return deadline_ns && monotonic_ns() > deadline_ns ? 0 : plain_sleep(vfs, us);
}

static void register_vfs(void)
{
    static sqlite3_vfs own;
    const sqlite3_vfs *plain = sqlite3_vfs_find(NULL);

    if (own.zName || !plain)
        return;
    own = *plain;
    plain_sleep = own.xSleep;
    own.zName = ENGINE_VFS;
    own.xSleep = sleep_before_deadline;
    sqlite3_vfs_register(&own, 0);
}

void engine_set_up(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    replace_calls(sqlite3_vfs_find(NULL)); /* initialises SQLite */
    register_vfs();
}
