/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup_init of libcgroup begins by clearing its table of mounts, 800 KiB that are zero already:
 * two hundred page faults, more than a launch has otherwise. Then it pads each of an entry's two
 * names to FILENAME_MAX bytes, for each controller there is; and it reads the kernel's lists of
 * controllers and of mounts here, and the latter again for each group, which takes longer than
 * making the group. The linker leads the library's calls here (--wrap), where what nobody has
 * written to is neither cleared nor padded, and the lists are the plan's: it was made from the same
 * lists a moment ago.
 */
#include "runner/apply/mount_table.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/buf.h"
#include "runner/base/prefault.h"

/* The library's: an entry for each controller that there could be. */
extern char cg_mount_table[] __attribute__((weak));
struct mount_entry {
    char name[FILENAME_MAX], path[FILENAME_MAX];
    int index;
    void *next;
};
#define ENTRIES          100
#define ENTRIES_EXPECTED 4

void *__real_memset(void *to, int byte, size_t n);
void *__wrap_memset(void *to, int byte, size_t n);
char *__real_strncpy(char *to, const char *from, size_t n);
char *__wrap_strncpy(char *to, const char *from, size_t n);

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

static struct buf shown_mounts;      /* as /proc/mounts would have them */
static struct buf shown_controllers; /* as /proc/cgroups, of which the library takes the names */

/* In /proc/mounts blanks and backslashes of a path are three octal digits. */
static void add_path(struct buf *b, const char *path)
{
    for (const char *c = path; *c; c++)
        if (isspace((unsigned char)*c) || *c == '\\')
            buf_addf(b, "\\%03o", (unsigned char)*c);
        else
            buf_add_bytes(b, c, 1);
}

void mount_table_show(const char *mount, bool v2, const char *controllers)
{
    if (!shown_controllers.len)
        buf_add(&shown_controllers, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
    buf_add(&shown_mounts, "cgroup ");
    add_path(&shown_mounts, mount);
    buf_add(&shown_mounts, v2 ? " cgroup2 rw" : " cgroup rw");
    for (const char *c = controllers; *c; c += strcspn(c, " "), c += strspn(c, " ")) {
        buf_add(&shown_mounts, ",");
        buf_add_bytes(&shown_mounts, c, strcspn(c, " "));
        buf_add_bytes(&shown_controllers, c, strcspn(c, " "));
        buf_add(&shown_controllers, "\t1\t1\t1\n");
    }
    buf_add(&shown_mounts, " 0 0\n");
}

static FILE *open_shown(struct buf *shown)
{
    return shown->failed ? NULL : fmemopen(shown->data, shown->len, "r");
}

/* Only the library opens these. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (shown_mounts.len && strcmp(path, "/proc/mounts") == 0)
        return open_shown(&shown_mounts);
    if (shown_mounts.len && strcmp(path, "/proc/cgroups") == 0)
        return open_shown(&shown_controllers);
    return __real_fopen(path, mode);
}

void *__wrap_memset(void *to, int byte, size_t n)
{
    static bool cleared;

    if (to == (void *)cg_mount_table && byte == 0 && !cleared) {
        cleared = true;
        prefault(to, ENTRIES_EXPECTED * sizeof(struct mount_entry)); /* each name's last byte */
        return to;
    }
    return __real_memset(to, byte, n);
}

/* A name is written once after each clearing, so there is nothing but zeros behind it. */
char *__wrap_strncpy(char *to, const char *from, size_t n)
{
    uintptr_t at = (uintptr_t)to - (uintptr_t)cg_mount_table;
    size_t length = strnlen(from, n);

    if (at < ENTRIES * sizeof(struct mount_entry) && length < n)
        return memcpy(to, from, length + 1);
    return __real_strncpy(to, from, n);
}
