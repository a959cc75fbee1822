/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that have no effect without others, or not beside them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runner/record/rollback.h"
#include "runner/spec/front_ends.h"

static void refuse(struct err_list *errors, const char *expected, const char *what)
{
    struct err err;

    err_set(&err, EINVAL, expected, ERR_CORRECT_AND_RETRY, "%s", what);
    err_list_add(errors, &err);
}

/* Interleaved, each word is a command of its own. */
static bool are_two_commands(const struct strv *argv)
{
    if (argv->count != 2)
        return false;
    strv_each (argv, text) {
        _cleanup_strv_ struct strv words = {0};

        if (strv_add_words(&words, text) < 0 || words.count == 0)
            return false;
    }
    return true;
}

static void check_rollback(const struct job_spec *spec, struct err_list *errors)
{
    _cleanup_strv_ struct strv words = {0};
    struct err err;

    if (!spec->rollback_on_failure)
        return;
    if (!spec->rollback)
        refuse(errors, "--rollback, the command to run", "rollback-on-failure without it");
    else if (rollback_words(spec->rollback, &words, &err) < 0)
        err_list_add(errors, &err);
}

static void check_session(const struct job_spec *spec, struct err_list *errors)
{
    if (spec->interleave && !are_two_commands(&spec->argv))
        refuse(errors, "two commands, each quoted as one word: --ab 'make -j1' 'make -j2'",
               "ab without two commands");
    if (spec->interleave && spec->label)
        refuse(errors, "no label: the sides are A and B", "label with --ab");
    if (!job_spec_is_session(spec)) {
        if (spec->warmup || spec->runs_max || spec->session_max_ns || spec->cooldown_ns ||
            spec->prepare.count || spec->drop_caches || spec->resume || spec->ignore_failure)
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

int job_spec_check_company(const struct job_spec *spec, struct err_list *errors)
{
    size_t before = errors->count;

    if (!spec->lock && spec->lock_wait_ns)
        refuse(errors, "a lock to wait for", "lock-wait without --lock");
    if (spec->log_max != SPEC_LOG_MAX && (!spec->detach || spec->journal))
        refuse(errors, "a log, which a job in the background has",
               spec->journal ? "log-max with --journal" : "log-max without --detach");
    check_rollback(spec, errors);
    if (!spec->run.number) /* what runs of a session are made of was looked at as a whole */
        check_session(spec, errors);
    return errors->count > before ? -EINVAL : 0;
}
