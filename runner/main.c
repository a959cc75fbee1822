/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgrun: runs a command as a job. Wiring only: parse, plan or run, present. */
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

static int run(const struct job_spec *spec, int64_t started_ns)
{
    static struct run_result result;
    int status;

    run_job(spec, started_ns, &result);
    strv_each (&result.notes, note)
        fprintf(stderr, "cgrun: %s\n", note);
    print_errors(&result.errors);
    if (result.recorded)
        summarize(spec, &result.record);
    status = result.status;
    run_result_free(&result);
    return status;
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
    return spec.dry_run == SPEC_DRY_RUN_NO ? run(&spec, started_ns) : rehearse(&spec);
}
