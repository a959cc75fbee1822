/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/sides.h"

#include <math.h>

#include "tests/unit/unit.h"

static struct stats_random noise_source = {4711};
static int64_t next_id = 1;

void sides_begin(void)
{
    next_id = 1;
}

static double uniform(void)
{
    return ((double)stats_random_below(&noise_source, UINT64_C(1) << 53) + 0.5) / 0x1p53;
}

/* Times of real programs lean to the right, and one in twenty is held up. */
static double noise(double spread)
{
    double z = sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
    double held_up = uniform() < 0.05 ? 1 + uniform() * 0.2 : 1;

    return exp(spread * z) * held_up;
}

void side_add_figures(struct side *s, double wall, double cpu, double memory)
{
    _cleanup_record_ struct record r;

    record_init(&r);
    r.id = next_id++;
    r.started_ns = r.id * INT64_C(1000000000);
    r.state = RECORD_ENDED;
    r.verdict.kind = VERDICT_EXITED;
    metric_set(&r, METRIC_WALL_SECONDS, wall, "clock");
    metric_set(&r, METRIC_CPU_SECONDS, cpu, "cgroup");
    metric_set(&r, METRIC_MEMORY_PEAK_BYTES, memory, "cgroup");
    metric_set(&r, METRIC_OOM_KILLS, 0, "cgroup");
    pairs_set(&r.environment, "cpus", "2");
    assert_int_equal(side_add(s, &r), 0);
}

void compared(struct comparison *c, const struct side *a, const struct side *b)
{
    struct compare_request q;

    compare_request_init(&q);
    assert_int_equal(compare(c, a, b, &q), 0);
}

void record_of_run(struct record *r, double wall)
{
    record_init(r);
    r->id = next_id++;
    r->started_ns = r->id * INT64_C(1000000000);
    r->state = RECORD_ENDED;
    r->verdict.kind = VERDICT_EXITED;
    metric_set(r, METRIC_WALL_SECONDS, wall, "clock");
    metric_set(r, METRIC_CPU_SECONDS, 10, "cgroup");
    pairs_set(&r->environment, "cpus", "2");
}

void side_simulate(struct side *s, const char *name, size_t n, double factor, double spread)
{
    side_init(s, name);
    for (size_t i = 0; i < n; i++)
        side_add_figures(s, 10 * factor * noise(spread), 19 * factor * noise(spread),
                         4e8 * factor * noise(spread));
    side_finish(s);
}
