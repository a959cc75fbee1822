/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/rollback.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_ROOM 110 /* of the 128 bytes that a name may have */

/* What a shell would act upon, outside of quotes. Where it stands; NULL: nothing. */
static const char *shell_syntax(const char *text)
{
    char quote = 0;

    for (const char *c = text; *c; c++) {
        if (*c == '\\' && quote != '\'' && c[1])
            c++;
        else if (quote ? *c == quote : *c == '\'' || *c == '"')
            quote = quote ? 0 : *c;
        else if ((!quote && strchr("|&;<>(){}*?[]#~", *c)) || (quote != '\'' && strchr("$`", *c)))
            return c;
    }
    return NULL;
}

int rollback_words(const char *text, struct strv *words, struct err *err)
{
    static const char form[] = "a command: words and quotes, or sh -c '...'";
    const char *at = text ? shell_syntax(text) : NULL;
    int r;

    if (at)
        return err_set(err, EINVAL, form, ERR_CORRECT_AND_RETRY,
                       "rollback '%.200s': '%c' means something only to a shell", text, *at);
    r = text ? strv_add_words(words, text) : 0;
    if (r == -ENOMEM)
        return err_oom(err);
    if (r < 0 || words->count == 0)
        return err_set(err, EINVAL, form, ERR_CORRECT_AND_RETRY, "rollback '%.200s'",
                       text ? text : "");
    return 0;
}

int rollback_arguments(const struct record *r, const char *db, struct strv *argv, struct err *err)
{
    _cleanup_strv_ struct strv words = {0};
    int code = rollback_words(r->rollback, &words, err);

    if (code < 0)
        return code;
    code |= strv_add(argv, "cgrun");
    code |= strv_addf(argv, "--name=rollback-%.*s", NAME_ROOM, r->name ? r->name : "");
    code |= strv_addf(argv, "--reason=rollback of job %" PRId64, r->id);
    code |= strv_addf(argv, "--tag=rollback_of=%" PRId64, r->id);
    if (r->owner)
        code |= strv_addf(argv, "--owner=%s", r->owner);
    if (db)
        code |= strv_addf(argv, "--db=%s", db);
    code |= strv_add(argv, "--summary=always");
    code |= strv_add(argv, "--");
    code |= strv_add_all(argv, words.item);
    return code < 0 ? err_oom(err) : 0;
}
