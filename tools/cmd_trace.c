/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/tracer.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/units.h"
#include "runner/supervise/prepare.h"
#include "tools/cmd.h"

struct programs {
    struct tracer_program item[TRACER_PROGRAMS];
    unsigned count;
    bool timed; /* runs and ns are those of the time that was waited */
};

/* How often each runs, and how long it takes, by the kernel's clock; zero waits for nothing. */
static int read_programs(struct programs *p, const char *pins, uint64_t wait_ns, struct err *err)
{
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / NS_PER_S),
                            .tv_nsec = (long)(wait_ns % NS_PER_S)};
    struct tracer_program before[TRACER_PROGRAMS];
    _cleanup_close_ int timing = -1;
    unsigned known = 0;

    if (wait_ns) {
        timing = tracer_time_programs(err);
        if (timing < 0)
            return timing;
        known = tracer_programs(pins, before);
        nanosleep(&wait, NULL);
    }
    p->timed = wait_ns > 0;
    p->count = tracer_programs(pins, p->item);
    for (unsigned i = 0; i < p->count && i < known; i++)
        if (p->item[i].id == before[i].id) {
            p->item[i].runs -= before[i].runs;
            p->item[i].ns -= before[i].ns;
        }
    return 0;
}

static double ns_per_run(const struct tracer_program *p)
{
    return p->runs ? (double)p->ns / (double)p->runs : 0;
}

static struct json *programs_json(const struct programs *p)
{
    struct json *list = json_array_new();

    for (unsigned i = 0; i < p->count; i++) {
        const struct tracer_program *at = &p->item[i];
        struct json *o = json_object_new();

        json_set(o, "name", json_string(at->name));
        json_set(o, "id", json_int(at->id));
        json_set(o, "runs", p->timed ? json_int((int64_t)at->runs) : json_null_new());
        json_set(o, "ns_per_run", at->runs ? json_real(ns_per_run(at)) : json_null_new());
        json_set(o, "misses", json_int((int64_t)at->misses));
        json_append(list, o);
    }
    return list;
}

static int print_json(const struct tracer_status *s, const struct programs *p)
{
    _cleanup_json_ struct json *o = json_object_new();

    json_set(o, "attached", json_bool(s->attached));
    json_set(o, "layout", json_int(s->layout));
    json_set(o, "jobs", json_int(s->jobs));
    json_set(o, "rings", json_int(JOB_RINGS));
    json_set(o, "rings_held", json_int(s->rings_held));
    json_set(o, "ring_bytes", json_int((int64_t)s->ring_bytes));
    json_set(o, "memory_bytes", json_int((int64_t)s->memory));
    json_set(o, "memory_max_bytes", json_int((int64_t)s->memory_max));
    json_set(o, "refused_calls_seen", json_bool(s->denied_calls));
    json_set(o, "programs", programs_json(p));
    return cmd_print_json(o);
}

static int print_text(const struct tracer_status *s, const struct programs *p)
{
    char ring[32], memory[32], most[32];

    if (!s->attached) {
        puts("not attached: the next job attaches it");
        return CMD_OK;
    }
    units_size((double)s->ring_bytes, ring, sizeof(ring));
    units_size((double)s->memory, memory, sizeof(memory));
    units_size((double)s->memory_max, most, sizeof(most));
    printf("attached             yes, layout %u\n", s->layout);
    printf("jobs counted now     %u\n", s->jobs);
    printf("rings held           %u of %d, %s each\n", s->rings_held, JOB_RINGS, ring);
    printf(
        "kernel memory        %s, with all rings %s; CGRUN_TRACE_RING sets it at the next attach\n",
        memory, most);
    printf("refused calls seen   %s\n\n", s->denied_calls ? "yes" : "no");
    printf("%-12s %6s %8s %12s %8s\n", "PROGRAM", "ID", "MISSED", "RUNS", "NS EACH");
    for (unsigned i = 0; i < p->count; i++) {
        const struct tracer_program *at = &p->item[i];

        printf("%-12s %6u %8llu", at->name, at->id, (unsigned long long)at->misses);
        if (p->timed && at->runs)
            printf(" %12llu %8.0f\n", (unsigned long long)at->runs, ns_per_run(at));
        else
            printf(" %12s %8s\n", p->timed ? "0" : "-", "-");
    }
    printf("\nnext: cgjob trace status --measure 5s for runs and their cost; cgjob trace detach\n");
    return CMD_OK;
}

static int status_of(const char *pins, const char *measure, bool as_json)
{
    struct tracer_status status;
    struct programs programs = {0};
    uint64_t wait_ns = 0;
    struct err err;

    if (measure && units_parse_duration(measure, &wait_ns) < 0) {
        fprintf(stderr, "cgjob: --measure '%s': expected a time such as 5s\n", measure);
        return CMD_USAGE;
    }
    if (tracer_status(pins, &status, &err) < 0 ||
        (status.attached && read_programs(&programs, pins, wait_ns, &err) < 0))
        return cmd_fail(&err);
    return as_json ? print_json(&status, &programs) : print_text(&status, &programs);
}

/* What the first job would wait for otherwise: tens of milliseconds in the kernel's verifier. */
static int attach(const char *pins)
{
    _cleanup_tracer_ struct tracer *tracer = NULL;
    bool now = false;
    struct err err;

    if (tracer_open(&tracer, pins, &now, &err) < 0)
        return cmd_fail(&err);
    puts(now ? "attached" : "attached already");
    return CMD_OK;
}

int cmd_trace(struct cmd_context *ctx, int argc, char **argv)
{
    bool as_json = false, force = false;
    const char *measure = NULL;
    const struct cmd_option options[] = {{.name = "--json", .flag = &as_json},
                                         {.name = "--force", .flag = &force},
                                         {.name = "--measure", .value = &measure},
                                         {.name = "--db", .value = &ctx->db},
                                         {0}};
    char pins[512];
    struct err err;
    int words;

    words = cmd_options(argc, argv, options, 1);
    if (words < 0)
        return CMD_USAGE;
    snprintf(pins, sizeof(pins), "%s/bpf", prepare_run_dir());
    cmd_forget_gone(pins);
    if (words && strcmp(argv[0], "status") == 0)
        return status_of(pins, measure, as_json);
    if (words && strcmp(argv[0], "attach") == 0)
        return attach(pins);
    if (words && strcmp(argv[0], "detach") == 0)
        return tracer_detach(pins, force, &err) < 0 ? cmd_fail(&err) : CMD_OK;
    fprintf(stderr, "cgjob: trace '%s': expected status, attach or detach\n", words ? argv[0] : "");
    return CMD_USAGE;
}
