/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/compare/disturbed.h"

#include <stdlib.h>

static double value(const struct record *r, enum metric_id id)
{
    return r->metric[id].available ? r->metric[id].value : 0;
}

static bool reason(struct buf *why, bool holds, const char *what, double share, const char *of)
{
    if (holds && why)
        buf_addf(why, "%s%s %.0f %%%s", why->len ? ", " : "", what, share * 100, of);
    return holds;
}

static double processors(const struct record *r)
{
    const char *text = pairs_get(&r->environment, "cpus");
    double cpus = text ? strtod(text, NULL) : 1;

    return cpus >= 1 ? cpus : 1;
}

/* By what stalled on the host beyond what stalled in the job. */
static bool others_stalled(const struct record *r, double wall, struct buf *why)
{
    static const struct {
        enum metric_id host, own;
        const char *what;
    } rows[] = {
        {METRIC_HOST_PRESSURE_CPU_SECONDS, METRIC_PRESSURE_CPU_SECONDS,
         "others stalled for processors"},
        {METRIC_HOST_PRESSURE_MEMORY_SECONDS, METRIC_PRESSURE_MEMORY_SECONDS,
         "others stalled for memory"},
        {METRIC_HOST_PRESSURE_IO_SECONDS, METRIC_PRESSURE_IO_SECONDS, "others stalled for disks"},
    };
    bool found = false;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double share = (value(r, rows[i].host) - value(r, rows[i].own)) / wall;
        bool known = r->metric[rows[i].host].available && r->metric[rows[i].own].available;

        found |=
            reason(why, known && share >= DISTURBED_STALLED, rows[i].what, share, " of the time");
    }
    return found;
}

bool disturbed(const struct record *r, struct buf *why)
{
    double wall = value(r, METRIC_WALL_SECONDS), wanted, others, wait;
    bool found = false;

    if (wall <= 0)
        return false;
    wanted = value(r, METRIC_CPU_SECONDS) + value(r, METRIC_RUNQUEUE_WAIT_SECONDS);
    others = value(r, METRIC_OTHERS_CPU_SECONDS) / (wall * processors(r));
    wait = wanted > 0 ? value(r, METRIC_RUNQUEUE_WAIT_SECONDS) / wanted : 0;
    found |= reason(why, others >= DISTURBED_OTHERS, "others used", others, " of the processors");
    found |= reason(why, wait >= DISTURBED_WAIT && others >= DISTURBED_WAIT_FROM, "run-queue wait",
                    wait, "");
    wait = value(r, METRIC_STEAL_SECONDS) / (wall * processors(r));
    found |= reason(why, wait >= DISTURBED_STEAL, "the hypervisor took", wait, "");
    wait = value(r, METRIC_CPU_THROTTLED_SECONDS) / wall;
    found |= reason(why, wait >= DISTURBED_THROTTLED, "throttled", wait, " of the time");
    found |= others_stalled(r, wall, why);
    return found;
}
