/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undoing a job: its rollback text as a command, and the cgrun that runs it. Pure. */
#ifndef CGRUN_RECORD_ROLLBACK_H
#define CGRUN_RECORD_ROLLBACK_H

#include "runner/base/err.h"
#include "runner/record/record.h"

/*
 * The words of a rollback text. -EINVAL for one that only a shell would understand (a pipe, a
 * redirection, a variable, an open quote): no shell is used unless the text names one.
 */
int rollback_words(const char *text, struct strv *words, struct err *err);

/*
 * The arguments of the cgrun that runs the rollback of `r` as a job of its own, which is linked to
 * it by the tag rollback_of=ID. `db`: NULL for the usual one.
 */
int rollback_arguments(const struct record *r, const char *db, struct strv *argv, struct err *err);

#endif
