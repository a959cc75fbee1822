/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/rollback.h"

#include <inttypes.h>

#include "runner/base/command_text.h"

#define NAME_ROOM 110 /* of the 128 bytes that a name may have */

int rollback_words(const char *text, struct strv *words, struct err *err)
{
    return command_text_words(text ? text : "", "rollback", words, err);
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
