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
#include "early_fentry.lskel.h"
#include "early_switch.lskel.h"
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

/* Four generated types with the same members: what is done with them is the same text. */
#define LOAD(skeleton)                                                                             \
    struct skeleton *s = skeleton##__open();                                                       \
    int r;                                                                                         \
                                                                                                   \
    if (!s)                                                                                        \
        return err_oom(err);                                                                       \
    s->rodata->constants = *constants;                                                             \
    s->maps.table.max_entries = constants->ring_bytes / JOB_TABLE_PART;                            \
    r = skeleton##__load(s);                                                                       \
    r = r < 0 ? r : skeleton##__on_birth__attach(s);                                               \
    r = r < 0 ? r : skeleton##__on_exec__attach(s);                                                \
    r = r < 0 ? r : skeleton##__on_exit__attach(s);                                                \
    r = r < 0 ? r : skeleton##__on_signal__attach(s);                                              \
    r = r < 0 ? r : skeleton##__on_victim__attach(s);                                              \
    r = r < 0 ? r : skeleton##__on_dead__attach(s);                                                \
    FENTRY_ATTACH(skeleton, refusal);                                                              \
    FENTRY_ATTACH(skeleton, last);                                                                 \
    if (r >= 0) {                                                                                  \
        const int map[TRACER_MAPS] = {                                                             \
            s->maps.jobs.map_fd,  s->maps.rings.map_fd,  s->maps.ring_jobs.map_fd,                 \
            s->maps.table.map_fd, s->maps.denied.map_fd, s->maps.ring_claims.map_fd,               \
        };                                                                                         \
        const int link[] = {                                                                       \
            s->links.on_birth_fd,  s->links.on_exec_fd,   s->links.on_exit_fd,                     \
            s->links.on_signal_fd, s->links.on_victim_fd, s->links.on_dead_fd,                     \
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

#define FENTRY_LINK(name)             dup(s->links.name)
#define FENTRY_ATTACH(skeleton, what) r = r < 0 ? r : skeleton##__on_##what##__attach(s)
static int load_fentry(struct tracer_loaded *ret, const struct job_constants *constants,
                       struct err *err)
{
    LOAD(fentry_light);
}

static int load_early_fentry(struct tracer_loaded *ret, const struct job_constants *constants,
                             struct err *err)
{
    LOAD(early_fentry_light);
}
#undef FENTRY_LINK
#undef FENTRY_ATTACH

#define FENTRY_LINK(name) -1
#define FENTRY_ATTACH(skeleton, what)
static int load_switch(struct tracer_loaded *ret, const struct job_constants *constants,
                       struct err *err)
{
    LOAD(switch_light);
}

static int load_early_switch(struct tracer_loaded *ret, const struct job_constants *constants,
                             struct err *err)
{
    LOAD(early_switch_light);
}

int tracer_load_light(struct tracer_loaded *ret, enum tracer_variant variant,
                      const struct job_constants *constants, struct err *err)
{
    static int (*const loaders[TRACER_VARIANTS])(struct tracer_loaded *,
                                                 const struct job_constants *, struct err *) = {
        [TRACER_FENTRY] = load_fentry,
        [TRACER_SWITCH] = load_switch,
        [TRACER_EARLY_FENTRY] = load_early_fentry,
        [TRACER_EARLY_SWITCH] = load_early_switch,
    };
    bool fentry = variant == TRACER_FENTRY || variant == TRACER_EARLY_FENTRY;
    int r = fentry ? probe_fentry(err) : 0;

    return r < 0 ? r : loaders[variant](ret, constants, err);
}
