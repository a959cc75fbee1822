/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that have no effect without others, or not beside them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runner/base/command_text.h"
#include "runner/spec/front_ends.h"

static void refuse(struct err_list *errors, const char *expected, const char *what)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%s", what);
    err_list_add(errors, &err);
}

static void check_command(const char *text, const char *name, struct err_list *errors)
{
    _cleanup_strv_ struct strv words = {0};
    struct err err;

    if (command_text_words(text, name, &words, &err) < 0)
        err_list_add(errors, &err);
}

static void check_commands(const struct job_spec *spec, struct err_list *errors)
{
    if (spec->rollback_on_failure && !spec->rollback)
        refuse(errors, "--rollback, the command to run", "rollback-on-failure without it");
    else if (spec->rollback_on_failure)
        check_command(spec->rollback, "rollback", errors);
    if (spec->prepare)
        check_command(spec->prepare, "prepare", errors);
}

/* Each word is a command of its own. */
static void check_interleaved(const struct job_spec *spec, struct err_list *errors)
{
    if (spec->argv.count != 2)
        refuse(errors, "two commands, each quoted as one word: --ab 'make -j1' 'make -j2'",
               "ab without two commands");
    else
        strv_each (&spec->argv, text)
            check_command(text, "ab", errors);
    if (spec->label)
        refuse(errors, "no label: the sides are A and B", "label with --ab");
}

static void check_session(const struct job_spec *spec, struct err_list *errors)
{
    if (spec->interleave)
        check_interleaved(spec, errors);
    if (!job_spec_is_session(spec)) {
        if (spec->warmup || spec->runs_max || spec->session_max_ns || spec->cooldown_ns ||
            spec->prepare || spec->drop_caches || spec->resume || spec->ignore_failure)
            refuse(errors, "--runs, --until or --ab, which make a session",
                   "an option of sessions without one");
        return;
    }
    if (spec->runs_max && spec->until <= 0)
        refuse(errors, "--until, which it bounds", "max-runs without it");
    if (spec->resume && !spec->session)
        refuse(errors, "the --session that was interrupted", "resume without session");
    if (spec->detach)
        refuse(errors, "one or the other", "detach of a session");
    if (spec->json_path)
        refuse(errors, "no file, as there are many records: `cgjob export` has them",
               "json of a session");
}

static void check_output(const struct job_spec *spec, struct err_list *errors)
{
    if (spec->when_shown != SPEC_OUTPUT_ON_FAILURE)
        return;
    if (spec->detach)
        refuse(errors, "one or the other: `cgjob logs` shows a background job's output",
               "output on-failure with --detach");
    if (spec->journal)
        refuse(errors, "one or the other", "output on-failure with --journal");
    if (spec->output.kind != SPEC_STREAM_INHERIT && spec->error.kind != SPEC_STREAM_INHERIT)
        refuse(errors, "a stream that goes to the caller",
               "output on-failure with --stdout and --stderr");
}

int job_spec_check_company(const struct job_spec *spec, struct err_list *errors)
{
    size_t before = errors->count;

    if (!spec->lock && spec->lock_wait_ns)
        refuse(errors, "a lock to wait for", "lock-wait without --lock");
    if (spec->quiet && spec->summary == SPEC_SUMMARY_ALWAYS)
        refuse(errors, "one or the other", "quiet with --summary always");
    check_output(spec, errors);
    if (spec->log_max != SPEC_LOG_MAX && spec->when_shown != SPEC_OUTPUT_ON_FAILURE &&
        (!spec->detach || spec->journal))
        refuse(errors, "a log, which a job in the background has, or --output on-failure",
               spec->journal ? "log-max with --journal" : "log-max without --detach");
    check_commands(spec, errors);
    if (!spec->run.number) /* what runs of a session are made of was looked at as a whole */
        check_session(spec, errors);
    return errors->count > before ? -EINVAL : 0;
}
