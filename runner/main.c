/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgrun: runs a command as a job. Wiring only: parse, plan or run, present. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/version.h"
#include "runner/present/present.h"
#include "runner/record/verdict.h"
#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"
#include "runner/supervise/detach.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/run.h"
#include "runner/supervise/watch.h"

static void print_errors(const struct err_list *errors)
{
    char line[1024];

    for (size_t i = 0; i < errors->count; i++)
        fprintf(stderr, "cgrun: %s\n", err_line(&errors->item[i], line, sizeof(line)));
}

static int print(const struct buf *text)
{
    if (text->failed || fputs(buf_text(text), stdout) == EOF || fflush(stdout) == EOF)
        return CGRUN_STATUS_FAILED;
    return 0;
}

static int help(void)
{
    struct buf text __attribute__((cleanup(buf_free))) = {0};

    settings_help(&text);
    return print(&text);
}

/* The rehearsal: the complete plan, and nothing else happens. */
static int rehearse(const struct job_spec *spec)
{
    static struct host_facts facts;
    struct plan plan __attribute__((cleanup(plan_free))) = {0};
    struct err_list errors __attribute__((cleanup(err_list_free))) = {0};
    struct buf text __attribute__((cleanup(buf_free))) = {0};

    if (prepare_plan(&plan, &facts, spec, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (spec->dry_run == SPEC_DRY_RUN_JSON) {
        struct json *doc __attribute__((cleanup(json_freep))) = plan_json(&plan);
        _cleanup_free_ char *dump = json_dump(doc, 2);

        if (!dump)
            return CGRUN_STATUS_FAILED;
        buf_addf(&text, "%s\n", dump);
    } else {
        plan_text(&plan, &text);
    }
    return print(&text);
}

/* Quiet when all is well in a script; complete on a terminal. */
static bool wants_summary(const struct job_spec *spec, const struct record *r)
{
    if (spec->summary != SPEC_SUMMARY_AUTO)
        return spec->summary == SPEC_SUMMARY_ALWAYS;
    return isatty(STDERR_FILENO) ||
           (r->verdict.kind != VERDICT_EXITED && r->verdict.kind != VERDICT_START_FAILED) ||
           r->verdict.status == CGRUN_STATUS_EXPECT;
}

static void summarize(const struct job_spec *spec, const struct record *r)
{
    struct present_style style = {.color = false};
    struct buf text __attribute__((cleanup(buf_free))) = {0};

    if (!wants_summary(spec, r))
        return;
    present_summary(r, &style, &text);
    fputs(buf_text(&text), stderr);
}

static void tell_detached(void *data, int64_t id)
{
    detach_report(data, id);
}

static int run(const struct job_spec *spec, int64_t started_ns, struct detach *detach)
{
    static struct run_result result;
    const struct run_hook hook = {tell_detached, detach};
    int status;

    run_job(spec, started_ns, detach ? &hook : NULL, &result);
    strv_each (&result.notes, note)
        fprintf(stderr, "cgrun: %s\n", note);
    print_errors(&result.errors);
    if (result.recorded)
        summarize(spec, &result.record);
    status = result.status;
    run_result_free(&result);
    return status;
}

/* The number on standard output is for scripts; what to type next is for people. */
static int run_in_background(const struct job_spec *spec, int64_t started_ns)
{
    struct detach detach;
    struct err err;
    char line[1024];
    int64_t id;
    int status;

    if (detach_fork(&detach, &err) < 0) {
        fprintf(stderr, "cgrun: %s\n", err_line(&err, line, sizeof(line)));
        return CGRUN_STATUS_FAILED;
    }
    if (detach.pid == 0)
        return run(spec, started_ns, &detach);
    if (!detach_await(&detach, &id, &status))
        return status;
    printf("%" PRId64 "\n", id);
    if (isatty(STDERR_FILENO))
        fprintf(stderr,
                "cgrun: job %" PRId64 " runs in the background; next: cgjob logs -f %" PRId64
                " · cgjob stop %" PRId64 " · cgjob wait %" PRId64 "\n",
                id, id, id, id);
    return fflush(stdout) == EOF ? CGRUN_STATUS_FAILED : 0;
}

int main(int argc, char **argv)
{
    int64_t started_ns = monotonic_ns();
    struct job_spec spec __attribute__((cleanup(job_spec_free)));
    struct err_list errors __attribute__((cleanup(err_list_free))) = {0};
    enum cmdline_action action = CMDLINE_RUN;

    job_spec_init(&spec);
    if (cmdline_parse(&spec, argc, argv, &action, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (action == CMDLINE_HELP)
        return help();
    if (action == CMDLINE_VERSION)
        return printf("cgrun %s\n", CGRUN_VERSION) < 0 ? CGRUN_STATUS_FAILED : 0;
    if (spec.dry_run != SPEC_DRY_RUN_NO)
        return rehearse(&spec);
    return spec.detach ? run_in_background(&spec, started_ns) : run(&spec, started_ns, NULL);
}
