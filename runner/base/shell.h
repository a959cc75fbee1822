/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for a shell, in commands that people are told to type. */
#ifndef CGRUN_BASE_SHELL_H
#define CGRUN_BASE_SHELL_H

#include "runner/base/buf.h"

/*
 * Adds the word so that a shell reads exactly its bytes: as it is, in single quotes, or with
 * control characters, which would act on a terminal, as $'...'.
 */
void shell_word(const char *word, struct buf *out);

#endif
