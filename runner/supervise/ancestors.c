/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/ancestors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

#define DEPTH_MAX 32
/* v1's "no limit" is the largest number of pages, in bytes. */
#define V1_NO_LIMIT (UINT64_C(1) << 62)
/* A group counts as full from here on: the kernel kills when not even a page can be had. */
#define FULL 0.95

/* By the hierarchy's version. Sources: cgroup-v2 and cgroup-v1/memory of the kernel's manual. */
static const struct {
    const char *limit, *used, *used_now, *hits, *hits_key;
} files[] = {
    {"memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.usage_in_bytes",
     "memory.failcnt", NULL},
    {"memory.max", "memory.peak", "memory.current", "memory.events.local", "oom"},
};

static bool read_number(int dir, const char *file, uint64_t *ret)
{
    char text[64], *end;

    if (file_read_at(dir, file, text, sizeof(text)) <= 0 || text[0] < '0' || text[0] > '9')
        return false;
    *ret = strtoull(text, &end, 10);
    return true;
}

static uint64_t read_hits(int dir, bool v2)
{
    char text[512];
    uint64_t hits = 0;

    if (!v2) { /* memory alone and with swap are charged, and refused, apart */
        uint64_t with_swap = 0;

        read_number(dir, files[0].hits, &hits);
        read_number(dir, "memory.memsw.failcnt", &with_swap);
        return hits + with_swap;
    }
    return file_read_at(dir, files[1].hits, text, sizeof(text)) > 0 &&
                   text_value(text, files[1].hits_key, &hits) == 0
               ? hits
               : 0;
}

/* The most it held, or where the kernel keeps no such figure what it holds now. */
static uint64_t read_used(int dir, bool v2)
{
    uint64_t used = 0;

    if (!read_number(dir, files[v2].used, &used))
        read_number(dir, files[v2].used_now, &used);
    return used;
}

static bool is_full(uint64_t used, uint64_t limit)
{
    return (double)used >= FULL * (double)limit;
}

void ancestors_read(struct ancestors *a, const struct plan *plan)
{
    const struct plan_group *group = plan_group_of(plan, "memory");
    char path[512];

    a->count = 0;
    if (!group || snprintf(path, sizeof(path), "%s", group->path) >= (int)sizeof(path))
        return;
    for (int depth = 0; depth < DEPTH_MAX && a->count < ANCESTORS_MAX; depth++) {
        struct ancestor *one = &a->item[a->count];
        char *slash = strrchr(path, '/');
        _cleanup_close_ int dir = -1;

        if (!slash || slash == path)
            return;
        *slash = '\0';
        dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0 || faccessat(dir, "cgroup.procs", F_OK, 0) < 0)
            return; /* above the hierarchy */
        if (!read_number(dir, files[group->v2].limit, &one->limit) || one->limit >= V1_NO_LIMIT)
            continue;
        snprintf(one->path, sizeof(one->path), "%s", path);
        one->hits = read_hits(dir, group->v2);
        one->was_full = is_full(read_used(dir, group->v2), one->limit);
        a->count++;
    }
}

static bool own_was_reached(const struct plan_group *group, const struct ending *e)
{
    _cleanup_close_ int dir = open(group->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return e->memory_limit != UINT64_MAX &&
           (dir < 0 || read_hits(dir, group->v2) > 0 || is_full(e->memory_peak, e->memory_limit));
}

void ancestors_blame(struct ancestors *a, const struct plan *plan, struct ending *e)
{
    const struct plan_group *group = plan_group_of(plan, "memory");

    if (!group || !e->oom_kills || own_was_reached(group, e))
        return;
    for (int full = 0; full < 2; full++)
        for (unsigned i = 0; i < a->count; i++) {
            struct ancestor *one = &a->item[i];
            _cleanup_close_ int dir = open(one->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
            uint64_t used = dir < 0 ? 0 : read_used(dir, group->v2);

            /* First by what was counted: not every kernel counts each kill. A group that had been
             * full before the job tells nothing by having been full. */
            if (dir < 0 || (full ? one->was_full || !is_full(used, one->limit)
                                 : read_hits(dir, group->v2) <= one->hits))
                continue;
            e->above = one->path;
            e->above_limit = one->limit;
            e->above_used = used;
            return;
        }
}
