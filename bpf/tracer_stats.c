/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel itself says of the attached programs and maps. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"

#define MAPS_MAX 32 /* that all programs use */

/* The program behind a pinned link, -1: there is none. */
static int open_program(const char *pins, int link)
{
    _cleanup_close_ int link_fd = -1;
    struct bpf_link_info info = {0};
    uint32_t size = sizeof(info);
    char path[600];

    snprintf(path, sizeof(path), "%s/%s", pins, tracer_link_name[link]);
    link_fd = bpf_obj_get(path);
    if (link_fd < 0 || bpf_obj_get_info_by_fd(link_fd, &info, &size) < 0)
        return -1;
    return bpf_prog_get_fd_by_id(info.prog_id);
}

static bool read_program(struct tracer_program *p, const char *pins, int link)
{
    _cleanup_close_ int fd = open_program(pins, link);
    struct bpf_prog_info prog = {0};
    uint32_t size = sizeof(prog);

    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &prog, &size) < 0)
        return false;
    *p = (struct tracer_program){.id = prog.id,
                                 .runs = prog.run_cnt,
                                 .ns = prog.run_time_ns,
                                 .misses = prog.recursion_misses};
    snprintf(p->name, sizeof(p->name), "%s", prog.name);
    return true;
}

unsigned tracer_programs(const char *pin_dir, struct tracer_program *list)
{
    char pins[512];
    unsigned count = 0;

    tracer_pins_path(pins, sizeof(pins), pin_dir);
    for (int i = 0; i < TRACER_LINKS; i++)
        count += read_program(&list[count], pins, i);
    return count;
}

static uint64_t map_memory(int fd)
{
    char path[64], text[1024];
    uint64_t bytes;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    if (fd < 0 || file_read_at(AT_FDCWD, path, text, sizeof(text)) < 0 ||
        text_value(text, "memlock", &bytes) < 0)
        return 0;
    return bytes;
}

struct map_ids {
    uint32_t id[MAPS_MAX];
    size_t count;
};

static void add_once(struct map_ids *ids, uint32_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->id[i] == id)
            return;
    if (ids->count < MAPS_MAX)
        ids->id[ids->count++] = id;
}

/* The maps of a program: some are not pinned. */
static void add_maps(struct map_ids *ids, const char *pins, int link)
{
    _cleanup_close_ int fd = open_program(pins, link);
    uint32_t used[MAPS_MAX], size;
    struct bpf_prog_info prog = {.map_ids = (uintptr_t)used, .nr_map_ids = MAPS_MAX};

    size = sizeof(prog);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &prog, &size) < 0)
        return;
    for (uint32_t i = 0; i < prog.nr_map_ids && i < MAPS_MAX; i++)
        add_once(ids, used[i]);
}

uint64_t tracer_memory(struct tracer *t, unsigned *rings)
{
    struct map_ids ids = {0};
    uint64_t sum = 0, bytes = tracer_ring_bytes(t), known;

    *rings = 0;
    for (int i = 0; i < TRACER_LINKS; i++)
        add_maps(&ids, t->path, i);
    for (size_t i = 0; i < ids.count; i++) {
        _cleanup_close_ int fd = bpf_map_get_fd_by_id(ids.id[i]);

        sum += map_memory(fd);
    }
    for (uint32_t i = 0; i < JOB_RINGS; i++) {
        _cleanup_close_ int fd = tracer_ring_open(t, i, false);

        if (fd < 0)
            continue;
        /* Up to 6.3 the kernel does not say what a ring takes. */
        known = map_memory(fd);
        sum += known > bytes ? known : bytes;
        *rings += 1;
    }
    return sum;
}

int tracer_time_programs(struct err *err)
{
    int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

    if (fd < 0)
        return err_sys(err, errno, "run as root", "cannot have the kernel time its BPF programs");
    return fd;
}
