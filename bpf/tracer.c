/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/tracer.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/cleanup.h"

#define RETRY "the same call can be retried"

/* Every run looks at some others, for those whose cgrun was killed. */
#define ORPHANS_LOOKED_AT 16

int tracer_map_fd(struct tracer *t, int map)
{
    char path[600];

    if (t->map[map] >= 0)
        return t->map[map];
    snprintf(path, sizeof(path), "%s/%s", t->path, tracer_map_name[map]);
    t->map[map] = bpf_obj_get(path);
    return t->map[map] < 0 ? -errno : t->map[map];
}

struct tracer *tracer_new(const char *pins)
{
    struct tracer *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->dir = -1;
    snprintf(t->path, sizeof(t->path), "%s", pins);
    for (int i = 0; i < TRACER_MAPS; i++)
        t->map[i] = -1;
    return t;
}

int tracer_open(struct tracer **ret, const char *pin_dir, bool *attached_now, struct err *err)
{
    _cleanup_tracer_ struct tracer *t = NULL;
    char pins[512];
    int r;

    tracer_pins_path(pins, sizeof(pins), pin_dir);
    t = tracer_new(pins);
    if (!t)
        return err_oom(err);
    r = tracer_map_fd(t, TRACER_JOBS);
    if (attached_now)
        *attached_now = r < 0;
    if (r < 0) {
        r = tracer_attach(pin_dir, pins, err);
        if (r < 0)
            return r;
        r = tracer_map_fd(t, TRACER_JOBS);
        if (r < 0)
            return err_sys(err, -r, RETRY, "cannot open the pin %s/jobs", pins);
    }
    *ret = steal(&t);
    return 0;
}

void tracer_close(struct tracer *t)
{
    if (!t)
        return;
    for (int i = 0; i < TRACER_MAPS; i++)
        if (t->map[i] >= 0)
            close(t->map[i]);
    free(t);
}

static bool has_pin(const char *pins, const char *name)
{
    char path[600];

    snprintf(path, sizeof(path), "%s/%s", pins, name);
    return access(path, F_OK) == 0;
}

bool tracer_sees_denied(const struct tracer *t)
{
    return has_pin(t->path, tracer_link_name[TRACER_ON_REFUSAL]);
}

bool tracer_has_orphan(struct tracer *t, bool (*lives)(const struct tracer_owner *owner))
{
    struct job_totals totals;
    uint64_t id, at;
    bool first = true;

    for (int i = 0; i < ORPHANS_LOOKED_AT; i++) {
        struct tracer_owner owner;

        if (bpf_map_get_next_key(t->map[TRACER_JOBS], first ? NULL : &at, &id) < 0)
            return false;
        at = id;
        first = false;
        if (bpf_map_lookup_elem(t->map[TRACER_JOBS], &id, &totals) < 0 || !totals.supervisor_pid)
            continue;
        owner = (struct tracer_owner){(int)totals.supervisor_pid, totals.supervisor_start};
        if (!lives(&owner))
            return true;
    }
    return false;
}

int tracer_job_add(struct tracer *t, uint64_t cgroup_id, const uint64_t *around, size_t count,
                   const struct tracer_owner *owner, struct err *err)
{
    struct job_totals totals = {.cgroup_id = cgroup_id}, outer;

    if (owner) {
        totals.supervisor_pid = (uint64_t)owner->pid;
        totals.supervisor_start = owner->start;
    }
    for (size_t i = 0; i < count && !totals.outer; i++)
        if (bpf_map_lookup_elem(t->map[TRACER_JOBS], &around[i], &outer) == 0)
            totals.outer = around[i];
    if (bpf_map_update_elem(t->map[TRACER_JOBS], &cgroup_id, &totals, BPF_ANY) == 0)
        return 0;
    if (errno == E2BIG)
        return err_set(err, E2BIG, NULL, "wait for some to end", "%d jobs are traced already",
                       JOB_MAX);
    return err_sys(err, errno, RETRY, "cannot register the job with the tracer");
}

int tracer_job_totals(struct tracer *t, uint64_t cgroup_id, struct job_totals *totals,
                      struct err *err)
{
    if (bpf_map_lookup_elem(t->map[TRACER_JOBS], &cgroup_id, totals) == 0)
        return 0;
    return err_sys(err, errno, NULL, "the tracer does not know the job");
}

int tracer_job_denied(struct tracer *t, uint64_t cgroup_id, tracer_denied_fn fn, void *data,
                      struct err *err)
{
    int fd = tracer_map_fd(t, TRACER_DENIED);
    struct job_denied_key key, *previous = NULL, at;
    struct job_denied value;

    if (fd < 0)
        return err_sys(err, -fd, RETRY, "cannot open the counts of refused calls");
    while (bpf_map_get_next_key(fd, previous, &key) == 0) {
        int r = 0;

        if (key.cgroup_id == cgroup_id && bpf_map_lookup_elem(fd, &key, &value) == 0)
            r = fn(data, &key, &value);
        if (r < 0)
            return r;
        at = key;
        previous = &at;
    }
    return 0;
}

static unsigned count_keys(int fd, size_t key_size)
{
    char key[64], at[64];
    unsigned n = 0;

    if (fd < 0)
        return 0;
    while (bpf_map_get_next_key(fd, n ? at : NULL, key) == 0) {
        memcpy(at, key, key_size);
        n++;
    }
    return n;
}

int tracer_status(const char *pin_dir, struct tracer_status *status, struct err *err)
{
    _cleanup_tracer_ struct tracer *t = NULL;
    char pins[512];
    unsigned rings;

    *status = (struct tracer_status){.layout = JOB_EVENTS_LAYOUT};
    tracer_pins_path(pins, sizeof(pins), pin_dir);
    t = tracer_new(pins);
    if (!t)
        return err_oom(err);
    if (tracer_map_fd(t, TRACER_JOBS) < 0)
        return 0;
    status->attached = true;
    status->jobs = count_keys(t->map[TRACER_JOBS], sizeof(uint64_t));
    status->rings_held = count_keys(tracer_map_fd(t, TRACER_CLAIMS), sizeof(uint32_t));
    status->denied_calls = has_pin(pins, tracer_link_name[TRACER_ON_REFUSAL]);
    status->memory = tracer_memory(t, &rings);
    status->ring_bytes = tracer_ring_bytes(t);
    status->memory_max = status->memory + (JOB_RINGS - rings) * status->ring_bytes;
    return 0;
}
