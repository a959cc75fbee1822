/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs whose record is complete, and whose processes could not all be ended at the time. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/apply/cgroup.h"
#include "runner/base/clock.h"
#include "runner/supervise/recover.h"

/* Between the making of a job's group and its start: others' mounts, disks, a slow database. */
#define START_NS (3600 * NS_PER_S)

struct wanted {
    const char *path;
    uint64_t cgroup_id;
    int64_t id; /* 0: not found */
};

static int is_it(void *data, const struct record *r)
{
    struct wanted *w = data;
    const char *path = pairs_get(&r->cgroup, "v2");

    if (r->state != RECORD_ENDED || r->cgroup_id != w->cgroup_id || !path ||
        strcmp(path, w->path) != 0)
        return 0;
    w->id = r->id;
    return 1;
}

static int end_it(struct store *s, struct record *r, int dir, const struct recover_request *request,
                  struct err *err)
{
    int code = cgroup_kill_dir(dir, request->patience_ms, err);

    if (code < 0)
        return code;
    record_add_event(r, realtime_ns(), "kill", "what was left of the job was ended");
    code = store_amend(s, r, err);
    return code < 0 ? code : recover_remove_groups(r, err);
}

int recover_ended(struct store *s, const char *path, int dir, int64_t made_ms,
                  const struct recover_request *request)
{
    const struct store_filter filter = {.state = RECORD_ENDED,
                                        .verdict = -1,
                                        .since_ns = made_ms * NS_PER_MS,
                                        .until_ns = made_ms * NS_PER_MS + START_NS};
    _cleanup_record_ struct record r;
    struct wanted wanted = {.path = path};
    struct err err = {0};
    struct stat st;
    int answer;

    record_init(&r);
    if (fstat(dir, &st) < 0)
        return -errno;
    wanted.cgroup_id = st.st_ino;
    store_each(s, &filter, is_it, &wanted, &err);
    if (!wanted.id)
        return 0; /* of another database */
    answer = store_load(s, wanted.id, &r, &err);
    if (answer == 0)
        answer = end_it(s, &r, dir, request, &err);
    if (request->told)
        request->told(request->data, &r, answer, &err);
    return 1;
}
