/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "bpf/load.h"

/* Generated code that is not held to this project's warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wwrite-strings"
#include "early_fentry.skel.h"
#include "early_switch.skel.h"
#include "fentry.skel.h"
#include "switch.skel.h"
#pragma GCC diagnostic pop

/* What failed is told by the caller's error; the library's own account goes nowhere. */
static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    (void)level;
    (void)fmt;
    (void)ap;
    return 0;
}

static void freep_object(struct bpf_object **object)
{
    bpf_object__close(*object);
}

/* Links are the library's; what the caller gets are descriptors of its own. */
static int attach(struct bpf_object *object, struct tracer_loaded *ret)
{
    for (int i = 0; i < TRACER_LINKS; i++) {
        struct bpf_program *p = bpf_object__find_program_by_name(object, tracer_link_name[i]);
        struct bpf_link *link = p ? bpf_program__attach(p) : NULL;

        if (p && !link)
            return -errno;
        ret->link[i] = link ? dup(bpf_link__fd(link)) : -1;
        bpf_link__destroy(link);
    }
    return 0;
}

static struct bpf_object *open_object(enum tracer_variant variant)
{
    static const void *(*const elf_bytes[TRACER_VARIANTS])(size_t *) = {
        [TRACER_FENTRY] = fentry_full__elf_bytes,
        [TRACER_SWITCH] = switch_full__elf_bytes,
        [TRACER_EARLY_FENTRY] = early_fentry_full__elf_bytes,
        [TRACER_EARLY_SWITCH] = early_switch_full__elf_bytes,
    };
    LIBBPF_OPTS(bpf_object_open_opts, options);
    const void *data;
    size_t size;

    data = elf_bytes[variant](&size);
    return bpf_object__open_mem(data, size, &options);
}

/* Constants that the compiler lays aside by itself are in sections of longer names. */
static bool is_rodata(const char *map)
{
    const char *section = strchr(map, '.');

    return section && strcmp(section, ".rodata") == 0;
}

static int configure(struct bpf_object *object, const struct job_constants *constants)
{
    struct bpf_map *m;
    int r = 0;

    bpf_object__for_each_map(m, object)
    {
        const char *name = bpf_map__name(m);

        if (is_rodata(name))
            r |= bpf_map__set_initial_value(m, constants, sizeof(*constants));
        else if (strcmp(name, "table") == 0)
            r |= bpf_map__set_max_entries(m, (unsigned)(constants->ring_bytes / JOB_TABLE_PART));
    }
    return r ? -EINVAL : 0;
}

int tracer_load_full(struct tracer_loaded *ret, enum tracer_variant variant,
                     const struct job_constants *constants, struct err *err)
{
    struct bpf_object *object __attribute__((cleanup(freep_object))) = NULL;
    int r;

    libbpf_set_print(silent);
    object = open_object(variant);
    r = object ? configure(object, constants) : -errno;
    if (r == 0)
        r = bpf_object__load(object);
    for (int i = 0; r == 0 && i < TRACER_MAPS; i++) {
        const struct bpf_map *m = bpf_object__find_map_by_name(object, tracer_map_name[i]);

        ret->map[i] = m ? dup(bpf_map__fd(m)) : -1;
    }
    if (r == 0)
        r = attach(object, ret);
    if (r < 0)
        return err_sys(err, -r,
                       r == -EPERM ? TRACER_GRANTS : "run `cgjob doctor` for what the kernel lacks",
                       "the tracing programs cannot be loaded");
    return 0;
}
