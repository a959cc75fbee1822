/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that are given as one text: --prepare, --ab, --rollback and others. Blanks separate
 * words, quotes group them, and there is no shell. A text that only a shell would understand is
 * refused, so that nobody gets a file named "&&".
 */
#ifndef CGRUN_BASE_COMMAND_TEXT_H
#define CGRUN_BASE_COMMAND_TEXT_H

#include "runner/base/err.h"
#include "runner/base/strv.h"

/* What a shell would act upon outside of quotes: where it stands in the text; NULL: nothing. */
const char *command_text_shell_syntax(const char *text);

/* Adds the words. -EINVAL for shell syntax, open quotes or no word; `name` is the setting's. */
int command_text_words(const char *text, const char *name, struct strv *words, struct err *err);

/* The text that runs this one by /bin/sh -c, quoted; to be freed. NULL: no memory. */
char *command_text_for_shell(const char *text);

#endif
