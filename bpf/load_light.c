/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/load.h"

/* Generated code that is not held to this project's warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "early.lskel.h"
#include "fentry.lskel.h"
#include "fentry_probe.lskel.h"
#include "switch.lskel.h"
#pragma GCC diagnostic pop

static int finish(int r, struct err *err)
{
    if (r < 0)
        return err_sys(err, -r, NULL, "the kernel's own loader refused the programs");
    return 0;
}

#define SIZE_RING(n) s->maps.ring_##n.max_entries = (unsigned)constants->ring_bytes

/* Three generated types with the same members: what is done with them is the same text. */
#define LOAD(skeleton)                                                                             \
    struct skeleton *s = skeleton##__open();                                                       \
    int r;                                                                                         \
                                                                                                   \
    if (!s)                                                                                        \
        return err_oom(err);                                                                       \
    s->rodata->constants = *constants;                                                             \
    s->maps.table.max_entries = constants->ring_bytes / JOB_TABLE_PART;                            \
    SIZE_RING(0);                                                                                  \
    SIZE_RING(1);                                                                                  \
    SIZE_RING(2);                                                                                  \
    SIZE_RING(3);                                                                                  \
    SIZE_RING(4);                                                                                  \
    SIZE_RING(5);                                                                                  \
    SIZE_RING(6);                                                                                  \
    SIZE_RING(7);                                                                                  \
    r = skeleton##__load(s);                                                                       \
    if (r == 0)                                                                                    \
        r = tracer_births_by_wakeup() ? skeleton##__on_new__attach(s)                              \
                                      : skeleton##__on_fork__attach(s);                            \
    r = r < 0 ? r : skeleton##__on_exec__attach(s);                                                \
    r = r < 0 ? r : skeleton##__on_exit__attach(s);                                                \
    r = r < 0 ? r : skeleton##__on_signal__attach(s);                                              \
    r = r < 0 ? r : skeleton##__on_victim__attach(s);                                              \
    r = r < 0 ? r : skeleton##__on_dead__attach(s);                                                \
    FENTRY_ATTACH(refusal);                                                                        \
    FENTRY_ATTACH(last);                                                                           \
    if (r >= 0) {                                                                                  \
        const int map[TRACER_MAPS] = {                                                             \
            s->maps.jobs.map_fd,   s->maps.job_ring.map_fd,    s->maps.table.map_fd,               \
            s->maps.denied.map_fd, s->maps.ring_claims.map_fd, s->maps.ring_0.map_fd,              \
            s->maps.ring_1.map_fd, s->maps.ring_2.map_fd,      s->maps.ring_3.map_fd,              \
            s->maps.ring_4.map_fd, s->maps.ring_5.map_fd,      s->maps.ring_6.map_fd,              \
            s->maps.ring_7.map_fd,                                                                 \
        };                                                                                         \
        const int link[] = {                                                                       \
            tracer_births_by_wakeup() ? s->links.on_new_fd : s->links.on_fork_fd,                  \
            s->links.on_exec_fd,                                                                   \
            s->links.on_exit_fd,                                                                   \
            s->links.on_signal_fd,                                                                 \
            s->links.on_victim_fd,                                                                 \
            s->links.on_dead_fd,                                                                   \
        };                                                                                         \
                                                                                                   \
        for (int i = 0; i < TRACER_MAPS; i++)                                                      \
            ret->map[i] = dup(map[i]);                                                             \
        for (int i = 0; i <= TRACER_ON_DEAD; i++)                                                  \
            ret->link[i] = dup(link[i]);                                                           \
        ret->link[TRACER_ON_REFUSAL] = FENTRY_LINK(on_refusal_fd);                                 \
        ret->link[TRACER_ON_LAST] = FENTRY_LINK(on_last_fd);                                       \
    }                                                                                              \
    skeleton##__destroy(s);                                                                        \
    return finish(r, err)

/* All of the maps would be made before the first program is refused. */
static int probe_fentry(struct err *err)
{
    struct fentry_probe_light *probe = fentry_probe_light__open_and_load();

    if (!probe)
        return err_set(err, ENOTSUP, NULL, NULL, "the kernel takes no fentry programs");
    fentry_probe_light__destroy(probe);
    return 0;
}

#define FENTRY_LINK(name)   dup(s->links.name)
#define FENTRY_ATTACH(what) r = r < 0 ? r : fentry_light__on_##what##__attach(s)
static int load_fentry(struct tracer_loaded *ret, const struct job_constants *constants,
                       struct err *err)
{
    LOAD(fentry_light);
}
#undef FENTRY_LINK
#undef FENTRY_ATTACH

#define FENTRY_LINK(name) -1
#define FENTRY_ATTACH(what)
static int load_switch(struct tracer_loaded *ret, const struct job_constants *constants,
                       struct err *err)
{
    LOAD(switch_light);
}

static int load_early(struct tracer_loaded *ret, const struct job_constants *constants,
                      struct err *err)
{
    LOAD(early_light);
}

int tracer_load_light(struct tracer_loaded *ret, enum tracer_variant variant,
                      const struct job_constants *constants, struct err *err)
{
    int r;

    if (variant == TRACER_BY_SWITCH)
        return load_switch(ret, constants, err);
    if (variant == TRACER_EARLY)
        return load_early(ret, constants, err);
    r = probe_fentry(err);
    return r < 0 ? r : load_fentry(ret, constants, err);
}
