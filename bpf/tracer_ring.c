/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/cleanup.h"
#include "runner/host/process.h"

/* Of that size the table was made as well. */
uint64_t tracer_ring_bytes(struct tracer *t)
{
    int fd = tracer_map_fd(t, TRACER_TABLE);
    struct bpf_map_info table = {0};
    uint32_t size = sizeof(table);

    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &table, &size) < 0)
        return 0;
    return (uint64_t)table.max_entries * JOB_TABLE_PART;
}

static bool claim_is_stale(int claims, uint32_t ring)
{
    struct job_ring_claim claim;

    return bpf_map_lookup_elem(claims, &ring, &claim) == 0 &&
           process_start_time((pid_t)claim.pid) != claim.start;
}

/* Of two that find the same claim stale, the second must not remove the first one's. */
static void drop_stale_claim(const struct tracer *t, int claims, uint32_t ring)
{
    _cleanup_close_ int lock_fd = -1;
    char pin_dir[sizeof(t->path)];
    char *slash;

    snprintf(pin_dir, sizeof(pin_dir), "%s", t->path);
    slash = strrchr(pin_dir, '/');
    if (slash)
        *slash = '\0';
    lock_fd = tracer_lock(pin_dir, NULL);
    if (lock_fd >= 0 && claim_is_stale(claims, ring))
        bpf_map_delete_elem(claims, &ring);
}

static bool take(const struct tracer *t, int claims, uint32_t ring, bool from_the_dead)
{
    struct job_ring_claim claim = {.pid = (uint32_t)getpid(),
                                   .start = process_start_time(getpid())};

    if (from_the_dead && claim_is_stale(claims, ring))
        drop_stale_claim(t, claims, ring);
    return bpf_map_update_elem(claims, &ring, &claim, BPF_NOEXIST) == 0;
}

bool tracer_ring_of(struct tracer *t, uint64_t cgroup_id, uint32_t *index)
{
    int fd = tracer_map_fd(t, TRACER_RING_JOBS);
    uint64_t job = 0;

    for (*index = 0; fd >= 0 && *index < JOB_RINGS; ++*index)
        if (bpf_map_lookup_elem(fd, index, &job) == 0 && job == cgroup_id)
            return true;
    return false;
}

int tracer_ring_take(struct tracer *t, uint64_t cgroup_id)
{
    int claims = tracer_map_fd(t, TRACER_CLAIMS);
    uint32_t left;

    if (claims < 0)
        return claims;
    if (tracer_ring_of(t, cgroup_id, &left) && take(t, claims, left, true))
        return (int)left;
    for (int dead = 0; dead < 2; dead++)
        for (uint32_t ring = 0; ring < JOB_RINGS; ring++)
            if (take(t, claims, ring, dead))
                return (int)ring;
    return -ENOBUFS;
}

void tracer_ring_give_back(struct tracer *t, uint32_t index)
{
    bpf_map_delete_elem(tracer_map_fd(t, TRACER_CLAIMS), &index);
}

/* The kernel waits for a grace period as it is put in its place; the table serves meanwhile. */
static int make_ring(struct tracer *t, int rings, uint32_t index)
{
    struct rlimit memlock;
    int fd, r;

    tracer_lift_memlock(&memlock);
    fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, (uint32_t)tracer_ring_bytes(t), NULL);
    r = fd < 0 ? fd : bpf_map_update_elem(rings, &index, &fd, BPF_ANY);
    if (r < 0)
        r = -errno;
    setrlimit(RLIMIT_MEMLOCK, &memlock);
    if (r >= 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return r;
}

int tracer_ring_open(struct tracer *t, uint32_t index, bool make)
{
    int rings = tracer_map_fd(t, TRACER_RINGS), fd;
    uint32_t id;

    if (rings < 0)
        return rings;
    if (bpf_map_lookup_elem(rings, &index, &id) < 0)
        return make ? make_ring(t, rings, index) : -ENOENT;
    fd = bpf_map_get_fd_by_id(id);
    return fd < 0 ? -errno : fd;
}
