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

static bool read_program(struct tracer_program *p, const char *pins, int link)
{
    _cleanup_close_ int link_fd = -1, fd = -1;
    struct bpf_link_info info = {0};
    struct bpf_prog_info prog = {0};
    uint32_t size = sizeof(info);
    char path[600];

    snprintf(path, sizeof(path), "%s/%s", pins, tracer_link_name[link]);
    link_fd = bpf_obj_get(path);
    if (link_fd < 0 || bpf_obj_get_info_by_fd(link_fd, &info, &size) < 0)
        return false;
    fd = bpf_prog_get_fd_by_id(info.prog_id);
    size = sizeof(prog);
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

uint64_t tracer_memory(struct tracer *t)
{
    uint64_t sum = 0, part;
    char path[64], text[1024];

    for (int i = 0; i < TRACER_MAPS; i++) {
        int fd = tracer_map_fd(t, i);

        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        if (fd < 0 || file_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
            continue;
        if (text_value(text, "memlock", &part) == 0)
            sum += part;
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
