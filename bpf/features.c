/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Generated code that is not held to this project's warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "feature_files.lskel.h"
#include "feature_io.lskel.h"
#include "feature_io_issue.lskel.h"
#include "feature_net.lskel.h"
#include "feature_sched.lskel.h"
#include "feature_syscalls.lskel.h"
#pragma GCC diagnostic pop

#define NET_LINKS 3

struct features {
    struct feature_syscalls_light *syscalls;
    struct feature_net_light *net;
    int net_link[NET_LINKS];
    struct feature_sched_light *sched;
    struct feature_io_light *io;
    struct feature_io_issue_light *io_issue; /* instead of it, on older kernels */
    struct feature_files_light *files;
    struct ring_buffer *events;
    const struct feature_callbacks *callbacks; /* while events are taken */
};

struct target {
    int cgroup_fd;
    uint64_t cgroup_id;
};

/* Loads and attaches all programs of a generated type; its map `group` gets the job's cgroup. */
#define LOAD(f, member, type, target)                                                              \
    (((f)->member = type##__open()) == NULL                  ? -ENOMEM                             \
     : type##__load((f)->member) < 0                         ? -errno                              \
     : set_group((f)->member->maps.group.map_fd, target) < 0 ? -errno                              \
     : type##__attach((f)->member) < 0                       ? -errno                              \
                                                             : 0)

static int set_group(int map, const struct target *t)
{
    uint32_t zero = 0, fd = (uint32_t)t->cgroup_fd;

    return bpf_map_update_elem(map, &zero, &fd, BPF_ANY);
}

static int attach_syscalls(struct features *f, const struct target *t)
{
    return LOAD(f, syscalls, feature_syscalls_light, t);
}

static int attach_net(struct features *f, const struct target *t)
{
    int r = LOAD(f, net, feature_net_light, t);
    const struct {
        int program;
        enum bpf_attach_type type;
    } hooks[NET_LINKS] = {
        {r < 0 ? -1 : f->net->progs.on_sent.prog_fd, BPF_CGROUP_INET_EGRESS},
        {r < 0 ? -1 : f->net->progs.on_received.prog_fd, BPF_CGROUP_INET_INGRESS},
        {r < 0 ? -1 : f->net->progs.on_socket.prog_fd, BPF_CGROUP_SOCK_OPS},
    };

    for (int i = 0; r == 0 && i < NET_LINKS; i++) {
        f->net_link[i] = bpf_link_create(hooks[i].program, t->cgroup_fd, hooks[i].type, NULL);
        if (f->net_link[i] < 0)
            r = -errno;
    }
    return r;
}

/* It sees tasks that are not the running one, and so compares numbers. */
static int attach_sched(struct features *f, const struct target *t)
{
    f->sched = feature_sched_light__open();
    if (!f->sched)
        return -ENOMEM;
    f->sched->rodata->job_id = t->cgroup_id;
    if (feature_sched_light__load(f->sched) < 0 || feature_sched_light__attach(f->sched) < 0)
        return -errno;
    return 0;
}

static int attach_io(struct features *f, const struct target *t)
{
    if (LOAD(f, io, feature_io_light, t) == 0)
        return 0;
    feature_io_light__destroy(f->io);
    f->io = NULL;
    return LOAD(f, io_issue, feature_io_issue_light, t);
}

static int on_event(void *data, void *event, size_t size)
{
    const struct features *f = data;

    if (size >= sizeof(struct feature_file))
        f->callbacks->file(f->callbacks->data, event);
    return 0;
}

static int attach_files(struct features *f, const struct target *t)
{
    int r = LOAD(f, files, feature_files_light, t);

    if (r < 0)
        return r;
    f->events = ring_buffer__new(f->files->maps.events.map_fd, on_event, f, NULL);
    return f->events ? 0 : -errno;
}

static const struct {
    const char *name;
    int (*attach)(struct features *f, const struct target *t);
} features[FEATURES] = {
    [FEATURE_SYSCALLS] = {"syscalls", attach_syscalls}, [FEATURE_NET] = {"net", attach_net},
    [FEATURE_SCHED] = {"sched", attach_sched},          [FEATURE_IO] = {"io", attach_io},
    [FEATURE_FILES] = {"files", attach_files},
};

int features_attach(struct features **ret, unsigned wanted, int cgroup_fd, uint64_t cgroup_id,
                    struct err *err)
{
    const struct target target = {cgroup_fd, cgroup_id};
    struct features *f = calloc(1, sizeof(*f));

    if (!f)
        return err_oom(err);
    for (int i = 0; i < NET_LINKS; i++)
        f->net_link[i] = -1;
    for (int i = 0; i < FEATURES; i++) {
        int r = wanted >> i & 1 ? features[i].attach(f, &target) : 0;

        if (r < 0) {
            features_close(f);
            return err_sys(err, -r,
                           "nothing was started; it needs root, type information (BTF) and Linux "
                           "5.14; leave it out of --trace",
                           "cannot trace '%s'", features[i].name);
        }
    }
    *ret = f;
    return 0;
}

void features_close(struct features *f)
{
    if (!f)
        return;
    ring_buffer__free(f->events);
    for (int i = 0; i < NET_LINKS; i++)
        if (f->net_link[i] >= 0)
            close(f->net_link[i]);
    feature_syscalls_light__destroy(f->syscalls);
    feature_net_light__destroy(f->net);
    feature_sched_light__destroy(f->sched);
    feature_io_light__destroy(f->io);
    feature_io_issue_light__destroy(f->io_issue);
    feature_files_light__destroy(f->files);
    free(f);
}

int features_fd(const struct features *f)
{
    return f && f->events ? ring_buffer__epoll_fd(f->events) : -1;
}

void features_poll(struct features *f, const struct feature_callbacks *c)
{
    if (!f || !f->events)
        return;
    f->callbacks = c;
    ring_buffer__consume(f->events);
    f->callbacks = NULL;
}

static void read_calls(struct features *f, const struct feature_callbacks *c)
{
    int calls = f->syscalls->maps.calls.map_fd, errors = f->syscalls->maps.errors.map_fd;
    struct feature_call_error key, *previous = NULL, at;
    uint64_t count;

    for (uint32_t number = 0; number < FEATURE_CALLS; number++)
        if (bpf_map_lookup_elem(calls, &number, &count) == 0 && count)
            c->call(c->data, number, count);
    while (bpf_map_get_next_key(errors, previous, &key) == 0) {
        if (bpf_map_lookup_elem(errors, &key, &count) == 0)
            c->call_error(c->data, key.number, key.error, count);
        at = key;
        previous = &at;
    }
}

static void read_net(struct features *f, const struct feature_callbacks *c)
{
    int map = f->net->maps.traffic.map_fd;
    struct feature_peer key, *previous = NULL, at;
    struct feature_traffic traffic;

    while (bpf_map_get_next_key(map, previous, &key) == 0) {
        if (bpf_map_lookup_elem(map, &key, &traffic) == 0)
            c->peer(c->data, &key, &traffic);
        at = key;
        previous = &at;
    }
}

static void read_times(int map, enum feature which, const struct feature_callbacks *c)
{
    uint64_t count;

    for (uint32_t bucket = 0; bucket < FEATURE_BUCKETS; bucket++)
        if (bpf_map_lookup_elem(map, &bucket, &count) == 0 && count)
            c->time(c->data, which, bucket, count);
}

static void read_files(struct features *f, const struct feature_callbacks *c)
{
    uint32_t zero = 0;
    uint64_t lost;

    features_poll(f, c);
    if (bpf_map_lookup_elem(f->files->maps.lost.map_fd, &zero, &lost) == 0 && lost)
        c->files_lost(c->data, lost);
}

void features_read(struct features *f, const struct feature_callbacks *c)
{
    if (f->syscalls)
        read_calls(f, c);
    if (f->net)
        read_net(f, c);
    if (f->sched)
        read_times(f->sched->maps.times.map_fd, FEATURE_SCHED, c);
    if (f->io)
        read_times(f->io->maps.times.map_fd, FEATURE_IO, c);
    if (f->io_issue)
        read_times(f->io_issue->maps.times.map_fd, FEATURE_IO, c);
    if (f->files)
        read_files(f, c);
}
