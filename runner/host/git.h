/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The git revision of a directory, read from the repository's files: nothing is run, and
 * no link in it is followed. Whether its files were changed costs a look at each, so that is asked
 * only where a measurement wants it, of a helper program with the rights of the repository's owner.
 */
#ifndef CGRUN_HOST_GIT_H
#define CGRUN_HOST_GIT_H

#include <stdbool.h>

#include "runner/host/command.h"
#include "runner/host/git_parse.h"

#define GIT_TEXT_SIZE  96
#define GIT_TIMEOUT_MS 1000 /* for a look at all files, which has gone on beside the job */

/*
 * The commit that is checked out in the directory or in the first one above it with a repository.
 * Returns true, or false with the reason in `why`. A repository that cannot be read is a reason,
 * and never the one around it.
 */
bool git_revision(const char *directory, char revision[GIT_REVISION_SIZE], char why[GIT_TEXT_SIZE]);

struct git_query {
    char revision[GIT_REVISION_SIZE]; /* "" if there is none */
    char dirty[GIT_TEXT_SIZE];        /* "yes", "no", "unknown: WHY"; "" if nobody asked */
    char why[GIT_TEXT_SIZE];          /* why there is no revision */
    bool asked;                       /* the helper is running */
    struct command command;
};

/*
 * Reads the revision of the directory (NULL: the current one), and with `changes` starts asking for
 * changed files. `dirty`, unless NULL, is
 * what a session has found already.
 */
void git_query_start(struct git_query *q, const char *directory, bool changes, const char *dirty);

/* Waits for the answer, for `timeout_ms` at most. */
void git_query_finish(struct git_query *q, int timeout_ms);

/* Ends a question whose answer nobody wants any more; of one that was never asked, nothing. */
void git_query_drop(struct git_query *q);

#endif
