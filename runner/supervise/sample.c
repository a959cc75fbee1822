/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/supervise/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/files.h"
#include "runner/host/facts.h"
#include "runner/host/process_tree.h"
#include "runner/supervise/live.h"
#include "runner/supervise/recover.h"

/* v1 says "no limit" with the largest multiple of a page. */
#define V1_NO_LIMIT (UINT64_C(1) << 62)

struct source {
    const struct record *r;
    int v2; /* the job's cgroup2 directory */
};

/* A controller's file, in its v1 hierarchy if the job has a group there, else in cgroup2. */
static bool read_text(const struct source *s, const char *v1_controller, const char *v1_file,
                      const char *v2_file, char *buf, size_t size)
{
    char path[1200];

    for (size_t i = 0; i < s->r->cgroup.count; i++) {
        const struct pair *p = &s->r->cgroup.item[i];

        if (!facts_word_in(p->key, v1_controller))
            continue;
        snprintf(path, sizeof(path), "%s/%s", p->value, v1_file);
        return file_read_at(AT_FDCWD, path, buf, size) > 0;
    }
    return file_read_at(s->v2, v2_file, buf, size) > 0;
}

static bool read_number(const struct source *s, const char *v1_controller, const char *v1_file,
                        const char *v2_file, uint64_t *ret)
{
    char text[64];

    *ret = SAMPLE_NO_LIMIT;
    if (!read_text(s, v1_controller, v1_file, v2_file, text, sizeof(text)))
        return false;
    if (strncmp(text, "max", 3) != 0)
        *ret = strtoull(text, NULL, 10);
    return true;
}

static void read_memory(const struct source *s, struct sample *ret)
{
    ret->has_memory =
        read_number(s, "memory", "memory.usage_in_bytes", "memory.current", &ret->memory);
    read_number(s, "memory", "memory.limit_in_bytes", "memory.max", &ret->memory_limit);
    if (ret->memory_limit >= V1_NO_LIMIT)
        ret->memory_limit = SAMPLE_NO_LIMIT;
}

static void add_io(void *data, pid_t pid)
{
    struct sample *sample = data;
    uint64_t value;
    char path[32], text[512];

    snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
    if (file_read_at(AT_FDCWD, path, text, sizeof(text)) <= 0)
        return;
    if (text_value(text, "read_bytes", &value) == 0)
        sample->io_bytes += value;
    if (text_value(text, "write_bytes", &value) == 0)
        sample->io_bytes += value;
    sample->has_io = true;
}

/* "254:0 rbytes=1 wbytes=2 ..." a line per disk on v2; "Total N" at the end on v1. */
static void read_io(const struct source *s, struct sample *ret)
{
    char text[8192], *save = NULL;
    uint64_t value;

    ret->has_io = read_text(s, "blkio", "blkio.throttle.io_service_bytes_recursive", "io.stat",
                            text, sizeof(text));
    if (!ret->has_io) {
        /* No controller watches it. What ended is in the figures of who waited for it. */
        live_processes(s->v2, add_io, ret);
        return;
    }
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (text_value(line, "rbytes", &value) == 0)
            ret->io_bytes += value;
        if (text_value(line, "wbytes", &value) == 0)
            ret->io_bytes += value;
        if (strncmp(line, "Total ", 6) == 0)
            ret->io_bytes = strtoull(line + 6, NULL, 10);
    }
}

static double read_pressure(int v2, const char *file)
{
    char text[512];
    const char *at;

    if (file_read_at(v2, file, text, sizeof(text)) <= 0 || !(at = strstr(text, "avg10=")))
        return -1;
    return strtod(at + 6, NULL);
}

/* Without a cgroup: what /proc says of the processes that live. */
static int read_descendants(const struct record *r, struct sample *ret)
{
    _cleanup_process_tree_ struct process_tree tree = {0};

    if (!pairs_get(&r->cgroup, "none") || process_tree_read(&tree, r->supervisor_pid, NULL) < 0)
        return -ENOENT;
    ret->cpu_usec = tree.ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
    ret->has_tasks = true;
    ret->tasks = tree.count;
    ret->tasks_limit = SAMPLE_NO_LIMIT;
    for (int i = 0; i < SAMPLE_PRESSURES; i++)
        ret->pressure[i] = -1;
    return 0;
}

int sample_read(const struct record *r, struct sample *ret)
{
    static const char *const files[] = {"cpu.pressure", "memory.pressure", "io.pressure"};
    _cleanup_close_ int v2 = recover_open_group(r);
    const struct source s = {r, v2};
    char text[2048];
    uint64_t frozen = 0;

    *ret = (struct sample){.time_ns = monotonic_ns()};
    if (v2 < 0)
        return read_descendants(r, ret);
    if (file_read_at(v2, "cpu.stat", text, sizeof(text)) > 0)
        text_value(text, "usage_usec", &ret->cpu_usec);
    if (file_read_at(v2, "cgroup.events", text, sizeof(text)) > 0)
        text_value(text, "frozen", &frozen);
    ret->frozen = frozen;
    read_memory(&s, ret);
    ret->has_tasks = read_number(&s, "pids", "pids.current", "pids.current", &ret->tasks);
    read_number(&s, "pids", "pids.max", "pids.max", &ret->tasks_limit);
    read_io(&s, ret);
    for (int i = 0; i < SAMPLE_PRESSURES; i++)
        ret->pressure[i] = read_pressure(v2, files[i]);
    return 0;
}
