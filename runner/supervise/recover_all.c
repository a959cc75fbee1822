/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding what was lost: rows without a living supervisor, and groups that never had a row. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "runner/apply/cgroup.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/trusted.h"
#include "runner/host/facts.h"
#include "runner/host/process.h"
#include "runner/store/spool.h"
#include "runner/supervise/recover.h"

#define DEPTH_MAX 16
#define MS_PER_S  1000
/* A group younger than this may be of a container's cgrun, whose number is another here. */
#define YOUNG_MS 2000

struct ids {
    int64_t *item;
    size_t count, limit; /* 0: none */
};

#define ENOUGH 1

/* Only noted here: rows are not changed while they are being read. */
static int note_lost(void *data, const struct record *r)
{
    struct ids *lost = data;
    int64_t *grown;

    if (r->state == RECORD_ENDED || recover_is_alive(r))
        return 0;
    grown = realloc(lost->item, (lost->count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    lost->item = grown;
    lost->item[lost->count++] = r->id;
    return lost->count == lost->limit ? ENOUGH : 0;
}

static void recover_one(struct store *s, int64_t id, const struct recover_request *request)
{
    _cleanup_record_ struct record r;
    struct err err = {0};
    int answer;

    record_init(&r);
    if (spool_has_end(request->run_dir, s, id))
        return; /* it did not go away: its end could not be stored yet */
    answer = store_load(s, id, &r, &err);
    if (answer == 0)
        answer = recover_job(s, &r, request, &err);
    if (request->told)
        request->told(request->data, &r, answer, &err);
}

/* "cgrun.job-MS-PID", not of a moment ago, by a cgrun that is gone: none of that number, or one
 * that started later. */
static bool is_left(const char *name)
{
    int64_t ms, started;
    uint64_t ticks;
    int pid, length = 0;

    if (sscanf(name, "cgrun.job-%" SCNd64 "-%d%n", &ms, &pid, &length) != 2 || name[length])
        return false;
    if (realtime_ns() / NS_PER_MS - ms < YOUNG_MS)
        return false;
    ticks = process_start_time(pid);
    if (!ticks)
        return true;
    started = (realtime_ns() - clock_ns(CLOCK_BOOTTIME)) / NS_PER_MS +
              (int64_t)ticks * MS_PER_S / sysconf(_SC_CLK_TCK);
    return started > ms + MS_PER_S;
}

/* What one sweep goes by, and how many jobs it found that had not wholly ended. */
struct sweeping {
    struct store *store;
    const struct recover_request *request;
    int found;
};

static void end_left(struct sweeping *s, const char *path, const char *name)
{
    _cleanup_close_ int group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int populated = cgroup_populated_dir(group);
    int64_t ms = 0;

    if (populated == 0)
        cgroup_remove_path(path, NULL);
    else if (populated == 1 && sscanf(name, "cgrun.job-%" SCNd64, &ms) == 1)
        s->found += recover_ended(s->store, path, group, ms, s->request) == 1;
}

/* Removes empty groups of ours. One with processes has a row, in this database or in another. */
static void sweep(struct sweeping *s, const char *path, bool v2, int depth)
{
    _cleanup_closedir_ DIR *dir = opendir(path);
    const struct dirent *e;

    while (dir && depth < DEPTH_MAX && (e = readdir(dir)) != NULL) {
        _cleanup_free_ char *sub = NULL;

        if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
            asprintf(&sub, "%s/%s", path, e->d_name) < 0)
            continue;
        if (!is_left(e->d_name)) {
            sweep(s, sub, v2, depth + 1);
            continue;
        }
        if (v2)
            end_left(s, sub, e->d_name);
        else
            rmdir(sub); /* refused by the kernel while it has processes */
    }
}

static void sweep_hierarchies(struct sweeping *s)
{
    _cleanup_facts_ struct host_facts facts = {0};

    if (facts_read(&facts, NULL, NULL) < 0)
        return;
    for (size_t i = 0; i < facts.hierarchies; i++)
        if (!facts.hierarchy[i].read_only)
            sweep(s, facts.hierarchy[i].mount, facts.hierarchy[i].v2, 0);
}

int recover_all(struct store *s, const struct recover_request *request, struct err *err)
{
    const struct store_filter filter = {
        .state = -1, .verdict = -1, .unfinished = true, .oldest_first = true};
    _cleanup_close_ int dir =
        trusted_directory("run directory", request->run_dir, TRUSTED_MAKE, err);
    _cleanup_close_ int lock = -1;
    struct ids lost = {.limit = request->limit};
    struct sweeping sweeping = {.store = s, .request = request};
    bool read;
    int r;

    if (dir < 0)
        return dir;
    lock =
        openat(dir, "recover.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (lock < 0 || flock(lock, LOCK_EX | (request->if_free ? LOCK_NB : 0)) < 0)
        return errno == EWOULDBLOCK
                   ? 0
                   : err_sys(err, errno, NULL, "cannot lock %s/recover.lock", request->run_dir);
    spool_take_in(s, request->run_dir, NULL); /* ends that are known are not `lost` */
    r = store_each(s, &filter, note_lost, &lost, err);
    read = r >= 0 || r == -EBADMSG; /* one that cannot be read keeps no other from it */
    for (size_t i = 0; read && i < lost.count; i++)
        recover_one(s, lost.item[i], request);
    if (read && request->sweep)
        sweep_hierarchies(&sweeping);
    free(lost.item);
    return r < 0 ? r : (int)lost.count + sweeping.found;
}
