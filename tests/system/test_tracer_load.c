/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tracer's programs as other kernels than this one need them. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf/load.h"
#include "tests/system/tracer_case.h"

/* The kernel runs the light skeleton's loader. */
static bool kernel_loads_light(void)
{
    struct utsname name;
    int major = 0, minor = 0;

    assert_int_equal(uname(&name), 0);
    assert_int_equal(sscanf(name.release, "%d.%d", &major, &minor), 2);
    return major > 5 || (major == 5 && minor >= 14);
}

typedef int load_fn(struct tracer_loaded *, enum tracer_variant, const struct job_constants *,
                    struct err *);

static void expect_loaded(load_fn *load, enum tracer_variant variant)
{
    const struct job_constants constants = {
        .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
        .ring_bytes = UINT64_C(64) << 10,
        .cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
    };
    struct tracer_loaded loaded;
    char line[1024];
    struct err err;

    memset(&loaded, -1, sizeof(loaded));
    if (load(&loaded, variant, &constants, &err) < 0)
        fail_msg("variant %d: %s", variant, err_line(&err, line, sizeof(line)));
    assert_true(loaded.map[TRACER_JOBS] >= 0);
    assert_true(loaded.link[TRACER_ON_BIRTH] >= 0);
    assert_true(loaded.link[TRACER_ON_DEAD] >= 0);
    tracer_loaded_close(&loaded);
}

/* Of most variants no kernel that is tested has need: that they load is told by this alone. */
static void what_early_kernels_need_loads_here_too(void **state)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    struct tracer_status status;
    struct err err;

    (void)state;
    assert_int_equal(tracer_status(tracer_case_pins, &status, &err), 0);
    setrlimit(RLIMIT_MEMLOCK, &all); /* up to 5.10 maps count against it */
    for (int v = TRACER_EARLY_FENTRY; v <= TRACER_EARLY_SWITCH; v++) {
        if (v == TRACER_EARLY_FENTRY && !status.denied_calls)
            continue; /* this kernel takes no fentry programs */
        expect_loaded(tracer_load_full, (enum tracer_variant)v);
        if (kernel_loads_light())
            expect_loaded(tracer_load_light, (enum tracer_variant)v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_early_kernels_need_loads_here_too),
    };

    return TRACER_CASES("tracer_load", tests);
}
