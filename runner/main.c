/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgrun: runs a command as a job. Wiring only: parse, plan or run, present. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/base/buf.h"
#include "runner/base/cleanup.h"
#include "runner/base/clock.h"
#include "runner/base/escape.h"
#include "runner/base/prefault.h"
#include "runner/base/version.h"
#include "runner/present/present.h"
#include "runner/record/rollback.h"
#include "runner/record/verdict.h"
#include "runner/session/session.h"
#include "runner/session/step.h"
#include "runner/session/tell.h"
#include "runner/spec/front_ends.h"
#include "runner/spec/settings.h"
#include "runner/supervise/detach.h"
#include "runner/supervise/inherit.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/run.h"

static void print_errors(const struct err_list *errors)
{
    char line[ERR_LINE_MAX];

    for (size_t i = 0; i < errors->count; i++)
        fprintf(stderr, "cgrun: %s\n", err_line(&errors->item[i], line, sizeof(line)));
}

static void tell_line(const char *words)
{
    _cleanup_buf_ struct buf safe = {0};

    fprintf(stderr, "cgrun: %s\n", escape_text(words, &safe));
}

static int print(const struct buf *text)
{
    if (text->failed || fputs(buf_text(text), stdout) == EOF || fflush(stdout) == EOF)
        return CGRUN_STATUS_FAILED;
    return 0;
}

static int help(bool whole)
{
    _cleanup_buf_ struct buf text = {0};

    (whole ? settings_help : settings_help_short)(&text);
    return print(&text);
}

/* The rehearsal: the complete plan, and nothing else happens. */
static int rehearse(const struct job_spec *spec)
{
    _cleanup_facts_ struct host_facts facts = {0};
    _cleanup_plan_ struct plan plan = {0};
    _cleanup_err_list_ struct err_list errors = {0};
    _cleanup_buf_ struct buf text = {0};

    if (prepare_plan(&plan, &facts, spec, &errors) < 0 || prepare_rehearse(&plan, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (spec->dry_run == SPEC_DRY_RUN_JSON) {
        _cleanup_json_ struct json *doc = plan_json(&plan);
        _cleanup_free_ char *dump = json_dump(doc, 2);

        if (!dump)
            return CGRUN_STATUS_FAILED;
        buf_addf(&text, "%s\n", dump);
    } else {
        plan_text(&plan, &text);
    }
    return print(&text);
}

/* `yes | head`: the reader has what it wanted. */
static bool reader_has_gone(const struct record *r)
{
    struct stat st;

    return r->verdict.kind == VERDICT_SIGNALED && r->verdict.signal == SIGPIPE &&
           fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Quiet when all is well in a script; complete on a terminal, and wherever something failed. */
static bool wants_summary(const struct job_spec *spec, const struct record *r)
{
    if (spec->quiet || spec->summary != SPEC_SUMMARY_AUTO)
        return !spec->quiet && spec->summary == SPEC_SUMMARY_ALWAYS;
    if (spec->run.number && r->verdict.status == 0)
        return false; /* the session tells */
    if (reader_has_gone(r))
        return false;
    if (isatty(STDERR_FILENO))
        return true;
    /* What could not be started has been told as an error. */
    return r->verdict.kind != VERDICT_START_FAILED &&
           (r->verdict.kind != VERDICT_EXITED || r->verdict.status != 0);
}

static void summarize(const struct job_spec *spec, const struct record *r)
{
    _cleanup_buf_ struct buf text = {0};

    if (!wants_summary(spec, r))
        return;
    present_summary(r, &text);
    fputs(buf_text(&text), stderr);
}

static void tell_detached(void *data, int64_t id)
{
    detach_report(data, id);
}

/* The job has failed, and its owner said what is then to be done. Its own status stays. */
static void roll_back(const struct job_spec *spec, const struct record *r)
{
    _cleanup_strv_ struct strv args = {0};
    char line[ERR_LINE_MAX];
    struct err err;
    pid_t pid;

    if (!spec->rollback_on_failure || r->verdict.status == 0 ||
        r->verdict.kind == VERDICT_START_FAILED)
        return;
    if (rollback_arguments(r, spec->db, &args, &err) < 0) {
        fprintf(stderr, "cgrun: %s\n", err_line(&err, line, sizeof(line)));
        return;
    }
    if (!spec->quiet)
        fprintf(stderr, "cgrun: job %" PRId64 " failed: rolling back\n", r->id);
    pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", args.item);
        _exit(CGRUN_STATUS_FAILED);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Runs one job and says what there is to say of it. */
static int run_and_tell(const struct job_spec *spec, int64_t started_ns,
                        const struct run_hook *hook)
{
    static struct run_result result;
    int status;

    run_job(spec, started_ns, hook, &result);
    if (spec->run.number <= 1 && !spec->quiet) /* each run of a session has the same to say */
        strv_each (&result.notes, note)
            tell_line(note);
    print_errors(&result.errors);
    if (result.recorded) {
        step_tell(&result.record);
        summarize(spec, &result.record);
        roll_back(spec, &result.record);
    }
    status = result.status;
    run_result_free(&result);
    return status;
}

static void tell_warning(void *data, const struct err *warning)
{
    char line[1024];

    (void)data;
    fprintf(stderr, "cgrun: %s\n", err_line(warning, line, sizeof(line)));
}

static void tell_refused(void *data, const char *words)
{
    (void)data;
    tell_line(words);
}

static int run(const struct job_spec *spec, int64_t started_ns, struct detach *detach)
{
    const struct run_hook hook = {.started = detach ? tell_detached : NULL,
                                  .refused = detach ? NULL : tell_refused,
                                  .warned = tell_warning,
                                  .data = detach};

    return run_and_tell(spec, started_ns, &hook);
}

/* The number on standard output is for scripts; what to type next is for people. */
static int run_in_background(const struct job_spec *spec, int64_t started_ns)
{
    struct detach detach;
    struct err err;
    char line[ERR_LINE_MAX];
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
    if (isatty(STDERR_FILENO) && !spec->quiet)
        fprintf(stderr,
                "cgrun: job %" PRId64 " runs in the background; next: cgjob logs -f %" PRId64
                " · cgjob stop %" PRId64 " · cgjob wait %" PRId64 "\n",
                id, id, id, id);
    return fflush(stdout) == EOF ? CGRUN_STATUS_FAILED : 0;
}

/* One of a session's, in its process. */
static int run_of_session(void *data, const struct job_spec *spec)
{
    static const struct run_hook hook = {.refused = tell_refused, .warned = tell_warning};

    (void)data;
    return run_and_tell(spec, monotonic_ns(), &hook);
}

static bool wants_progress(const struct job_spec *spec)
{
    return !spec->quiet && spec->summary != SPEC_SUMMARY_NEVER;
}

/* On a terminal one line that is written over; elsewhere only what is out of the ordinary. */
static void show_progress(void *data, const struct session_progress *p)
{
    const struct job_spec *spec = data;
    _cleanup_buf_ struct buf text = {0};
    bool terminal = isatty(STDERR_FILENO) && wants_progress(spec);

    if (!terminal && spec->summary != SPEC_SUMMARY_ALWAYS)
        return;
    session_tell_progress(p, &text);
    fprintf(stderr, terminal ? "\r\033[K%s%s" : "%s%s\n", buf_text(&text),
            terminal && (p->disturbed || p->status) ? "\n" : "");
}

static int run_session(struct job_spec *spec)
{
    const struct session_hooks hooks = {run_of_session, show_progress, spec};
    static struct session_result result;
    _cleanup_buf_ struct buf text = {0};
    _cleanup_err_list_ struct err_list errors = {0};
    char line[ERR_LINE_MAX];

    if (job_spec_check_company(spec, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    session_run(spec, &hooks, &result);
    if (isatty(STDERR_FILENO) && wants_progress(spec))
        fputs("\r\033[K", stderr);
    if (result.error.code)
        fprintf(stderr, "cgrun: %s\n", err_line(&result.error, line, sizeof(line)));
    if (result.last.session && wants_progress(spec)) {
        session_tell_end(&result, spec, &text);
        fputs(buf_text(&text), stderr);
    }
    return result.status;
}

int main(int argc, char **argv)
{
    int64_t started_ns = monotonic_ns();
    _cleanup_job_spec_ struct job_spec spec;
    _cleanup_err_list_ struct err_list errors = {0};
    enum cmdline_action action = CMDLINE_RUN;
    struct err err;

    prefault_heap_and_stack();
    /* Of a caller that ignores it the kernel would reap the job, and nobody would know its end. */
    signal(SIGCHLD, SIG_DFL);
    job_spec_init(&spec);
    if (cmdline_parse(&spec, argc, argv, &action, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (action == CMDLINE_HELP || action == CMDLINE_HELP_SHORT)
        return help(action == CMDLINE_HELP);
    if (action == CMDLINE_VERSION)
        return printf("cgrun %s\n", CGRUN_VERSION) < 0 ? CGRUN_STATUS_FAILED : 0;
    if (inherit_find(&spec, &errors) < 0) {
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (prepare_check_places(&err) < 0) {
        err_list_add(&errors, &err);
        print_errors(&errors);
        return CGRUN_STATUS_FAILED;
    }
    if (spec.dry_run != SPEC_DRY_RUN_NO)
        return rehearse(&spec);
    if (prepare_tools(&spec) < 0)
        return CGRUN_STATUS_FAILED;
    started_ns = spec.tools.count ? monotonic_ns() : started_ns;
    if (job_spec_is_session(&spec))
        return run_session(&spec);
    return spec.detach ? run_in_background(&spec, started_ns) : run(&spec, started_ns, NULL);
}
