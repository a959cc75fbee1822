/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What being watched costs while it goes on: some loads, each bare and under every watcher in turn,
 * as ratios of medians to the bare load. The peers watch the same: every exit (acct, perf,
 * bpftrace) or every call (strace). A slow watcher gets fewer rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define ROUNDS     11  /* or $BENCH_ROUNDS */
#define SLOW_RATIO 3.0 /* a watcher slower than this is measured once */

struct load {
    const char *name, *script;
    const char *brief; /* a twentieth, for who stops at each call; NULL: the whole */
};

/* $0 is the directory of the test jobs. */
static const struct load loads[] = {
    {"2,000 /bin/true from a shell", "i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i+1)); done",
     NULL},
    {"20,000 forks from C", "exec \"$0\"/spawn fork 20000 0", NULL},
    {"2 million reads of a byte", "exec dd if=/dev/zero of=/dev/null bs=1 count=2000000",
     "exec dd if=/dev/zero of=/dev/null bs=1 count=100000"},
    {"make -j2 of 40 files", "rm -f *.o; exec make -s -j2 objects", NULL},
    {"a CPU loop", "exec \"$0\"/burn 1", NULL},
};

#define LOADS (sizeof(loads) / sizeof(loads[0]))

enum { SCRIPT_AT = 30 }; /* no watcher has more words before the load */

struct watcher {
    const char *name;
    const char *argv[SCRIPT_AT]; /* before "sh -c LOAD JOBS"; NULL first: cgrun */
};

static const struct watcher watchers[] = {
    {"bare", {"env"}},
    {"cgrun, uncounted", {NULL, "--trace=none", "--policy=none", "--summary=never", "--"}},
    {"cgrun, ledger", {NULL, "--trace=exits", "--policy=none", "--summary=never", "--"}},
    {"cgrun, ledger and policy batch", {NULL, "--trace=exits", "--summary=never", "--"}},
    {"cgrun, and syscalls",
     {NULL, "--trace=exits,syscalls", "--policy=none", "--summary=never", "--"}},
    {"cgrun, and net", {NULL, "--trace=exits,net", "--policy=none", "--summary=never", "--"}},
    {"cgrun, and sched", {NULL, "--trace=exits,sched", "--policy=none", "--summary=never", "--"}},
    {"cgrun, and io", {NULL, "--trace=exits,io", "--policy=none", "--summary=never", "--"}},
    {"cgrun, and files", {NULL, "--trace=exits,files", "--policy=none", "--summary=never", "--"}},
    {"accton",
     {"sh", "-c",
      "touch pacct; /usr/sbin/accton ./pacct >/dev/null || exit 1; \"$@\"; s=$?; "
      "/usr/sbin/accton off >/dev/null; exit $s",
      "accton"}},
    {"perf record of the exit event",
     {"perf", "record", "-q", "-o", "perf.data", "-a", "-e", "sched:sched_process_exit", "--"}},
    {"bpftrace's printf at exits",
     {"sh", "-c",
      "bpftrace -o trace.out -e 'tracepoint:sched:sched_process_exit { printf(\"%d %s\\n\", "
      "pid, comm); }' & p=$!; sleep 2; kill -0 $p || exit 1; \"$@\"; s=$?; kill $p; "
      "wait $p; exit $s",
      "bpftrace"}},
    {"strace -c", {"strace", "-f", "-c", "-o", "strace.out", "--"}},
};

#define WATCHERS (sizeof(watchers) / sizeof(watchers[0]))

static size_t rounds(void)
{
    const char *given = getenv("BENCH_ROUNDS");
    long number = given ? strtol(given, NULL, 10) : 0;

    return number > 0 && number < BENCH_ROUNDS ? (size_t)number : ROUNDS;
}

static const char *jobs_dir(void)
{
    const char *dir = getenv("CGRUN_JOBS");

    if (!dir) {
        fprintf(stderr, "bench_overhead: CGRUN_JOBS names no directory of jobs\n");
        exit(1);
    }
    return dir;
}

static void write_sources(void)
{
    FILE *f = fopen("Makefile", "we");

    fprintf(f, "objects: $(patsubst %%.c,%%.o,$(wildcard *.c))\n");
    fclose(f);
    for (int i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof(name), "part%d.c", i);
        f = fopen(name, "we");
        fprintf(f, "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n");
        for (int k = 0; k < 30; k++)
            fprintf(f,
                    "int part%d_%d(const char *s) { return printf(\"%%zu\", strlen(s)) + %d; }\n",
                    i, k, k);
        fclose(f);
    }
}

static void set_up(struct bench_runner *r, const struct watcher *w, const char *script)
{
    size_t n = 0;

    *r = (struct bench_runner){.name = w->name};
    for (; n < SCRIPT_AT && (n == 0 || w->argv[n]); n++)
        r->argv[n] = w->argv[n] ? w->argv[n] : bench_cgrun();
    r->argv[n++] = "sh";
    r->argv[n++] = "-c";
    r->argv[n++] = script;
    r->argv[n++] = jobs_dir();
}

/* Whether each can be had is tried on nothing; a load takes some of them minutes. */
static void try_all(struct bench_runner *runners, const struct load *l)
{
    for (size_t i = 0; i < WATCHERS; i++) {
        char why_not[sizeof(runners[i].why_not)];

        set_up(&runners[i], &watchers[i], ":");
        bench_try(&runners[i]);
        memcpy(why_not, runners[i].why_not, sizeof(why_not));
        set_up(&runners[i], &watchers[i], l->script);
        memcpy(runners[i].why_not, why_not, sizeof(why_not));
    }
}

/* As a multiple of the bare brief load, both run once. */
static double briefly(const struct watcher *w, const struct load *l)
{
    const struct watcher *const pair[] = {&watchers[0], w};
    double seconds[2];
    int status;

    for (int i = 0; i < 2; i++) {
        struct bench_runner *r = calloc(1, sizeof(*r));

        if (!r)
            exit(1);
        set_up(r, pair[i], l->brief);
        seconds[i] = bench_spawn(r->argv, -1, &status);
        free(r);
    }
    return seconds[1] / seconds[0];
}

/* strace stops the load at each call: minutes, where the others take seconds. */
static bool is_brief(size_t watcher, const struct load *l)
{
    const char *program = watchers[watcher].argv[0];

    return l->brief && program && strcmp(program, "strace") == 0;
}

static void measure(struct bench_runner *runners, const struct load *l)
{
    double first[WATCHERS] = {0};
    int status = 0;

    for (size_t i = 0; i < WATCHERS; i++) {
        if (is_brief(i, l))
            continue;
        first[i] = runners[i].why_not[0] ? 0 : bench_spawn(runners[i].argv, -1, &status);
        if (first[i] > first[0] * SLOW_RATIO && status == 0)
            runners[i].sample[runners[i].samples++] = first[i];
    }
    for (size_t k = 0; k < rounds() * WATCHERS; k++) {
        size_t nth = (k + k / WATCHERS) % WATCHERS;
        struct bench_runner *r = &runners[nth];

        if (r->why_not[0] || is_brief(nth, l) || (first[nth] > first[0] * SLOW_RATIO && r->samples))
            continue;
        r->sample[r->samples] = bench_spawn(r->argv, -1, &status);
        r->samples += status == 0;
    }
}

/* bpftrace is given two seconds to attach, which are not the load's. */
static double own_seconds(const struct bench_runner *r, double seconds)
{
    return strstr(r->name, "bpftrace") ? seconds - 2 : seconds;
}

static void print(struct bench_runner *runners, const struct load *l)
{
    double bare = bench_median(runners[0].sample, runners[0].samples);

    printf("%s: %.2f s bare\n", l->name, bare);
    for (size_t i = 1; i < WATCHERS; i++) {
        struct bench_runner *r = &runners[i];

        if (r->why_not[0])
            printf("  %-32s not run: %s\n", r->name, r->why_not);
        else if (is_brief(i, l))
            printf("  %-32s %.1f   (a twentieth of the load)\n", r->name, briefly(&watchers[i], l));
        else
            printf("  %-32s %.3f\n", r->name,
                   own_seconds(r, bench_median(r->sample, r->samples)) / bare);
    }
    fflush(stdout);
}

int main(void)
{
    static struct bench_runner runners[WATCHERS];
    const char *only = getenv("BENCH_LOAD"); /* part of a name; unset: all */

    bench_begin();
    write_sources();
    printf("medians of %d interleaved rounds, as multiples of the bare load\n", (int)rounds());
    for (size_t l = 0; l < LOADS; l++) {
        if (only && !strstr(loads[l].name, only))
            continue;
        try_all(runners, &loads[l]);
        measure(runners, &loads[l]);
        print(runners, &loads[l]);
    }
    bench_end();
    return 0;
}
