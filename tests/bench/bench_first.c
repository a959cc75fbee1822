/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first run of a boot costs more than the next: after what the boot unit does ahead, and
 * where nothing did. A boot is a run directory that does not exist yet; files are in the page
 * cache.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

#define BOOTS 15
#define NEXT  7

static void do_quietly(const char *const *argv)
{
    int status;

    bench_spawn(argv, -1, &status);
}

static double run(void)
{
    const char *const argv[] = {bench_cgrun(),     "--memory-max=512M",
                                "--tasks-max=64",  "--cpu-quota=200%",
                                "--summary=never", "--",
                                "/bin/true",       NULL};
    int status;
    double seconds = bench_spawn(argv, -1, &status);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        printf("  wait status %d, expected exit 0\n", status);
    return seconds;
}

static double first_and_next(bool prepared, double *later)
{
    const char *const recover[] = {bench_cgjob(), "recover", NULL};
    const char *const attach[] = {bench_cgjob(), "trace", "attach", NULL};
    const char *const detach[] = {bench_cgjob(), "trace", "detach", "--force", NULL};
    const char *const remove[] = {"/bin/rm", "-rf", getenv("CGRUN_RUN_DIR"), NULL};
    double first, next[NEXT];

    do_quietly(detach);
    do_quietly(remove);
    if (prepared) {
        do_quietly(recover);
        do_quietly(attach);
    }
    first = run();
    for (int i = 0; i < NEXT; i++)
        next[i] = run();
    *later = bench_median(next, NEXT);
    return first - *later;
}

int main(void)
{
    static const char *const how[] = {"nothing attached ahead", "the boot unit's two commands"};
    double more[2][BOOTS], later[2][BOOTS];

    bench_begin();
    for (int i = 0; i < BOOTS; i++)
        for (int prepared = 0; prepared < 2; prepared++)
            more[prepared][i] = first_and_next(prepared, &later[prepared][i]);
    for (int i = 0; i < 2; i++)
        printf("first run of a boot, %-28s %6.2f ms more than the next ones' %.2f ms (medians of "
               "%d)\n",
               how[i], bench_median(more[i], BOOTS) * 1e3, bench_median(later[i], BOOTS) * 1e3,
               BOOTS);
    bench_end();
    return 0;
}
