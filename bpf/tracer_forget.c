/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that the tracer goes on counting although their cgroup is gone. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/cleanup.h"
#include "runner/host/cgroup_path.h"

#define AT_ONCE 64

/* A cgroup is opened by its id, without its path being known; ESTALE: there is none any more. */
static bool is_gone(int cgroup2, uint64_t id)
{
    int fd = cgroup_open_id(cgroup2, id);

    if (fd >= 0)
        close(fd);
    return fd == -ESTALE;
}

/* Some of those that are gone; the map is not changed while it is walked. */
static unsigned find_gone(int jobs, int cgroup2, uint64_t *gone)
{
    uint64_t id, at;
    unsigned count = 0;
    bool first = true;

    while (count < AT_ONCE && bpf_map_get_next_key(jobs, first ? NULL : &at, &id) == 0) {
        if (is_gone(cgroup2, id))
            gone[count++] = id;
        at = id;
        first = false;
    }
    return count;
}

int tracer_forget_gone(const char *pin_dir, const char *cgroup2, struct err *err)
{
    _cleanup_close_ int mount = open(cgroup2, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_tracer_ struct tracer *t = NULL;
    uint64_t gone[AT_ONCE];
    char pins[512];
    int total = 0, jobs;
    unsigned found;

    if (mount < 0)
        return err_sys(err, errno, NULL, "cannot open %s", cgroup2);
    tracer_pins_path(pins, sizeof(pins), pin_dir);
    t = tracer_new(pins);
    if (!t)
        return err_oom(err);
    jobs = tracer_map_fd(t, TRACER_JOBS);
    if (jobs < 0)
        return 0;
    do {
        found = find_gone(jobs, mount, gone);
        for (unsigned i = 0; i < found; i++) {
            struct tracer_job job = {.cgroup_id = gone[i], .ring_fd = -1};

            tracer_job_remove(t, &job);
        }
        total += (int)found;
    } while (found == AT_ONCE);
    tracer_remove_idle(pin_dir);
    return total;
}
