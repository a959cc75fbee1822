/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment of a run, as far as it can explain a difference between two runs: machine,
 * kernel, load, the revision of the working directory, who started it. Keys are documented in
 * docs/RECORD.md.
 */
#ifndef CGRUN_HOST_ENVIRONMENT_H
#define CGRUN_HOST_ENVIRONMENT_H

#include "runner/base/strv.h"
#include "runner/host/command.h"
#include "runner/host/facts.h"

/*
 * Asking git takes milliseconds, so it goes on beside the rest: started when it is known that there
 * will be a job, before which the answer is wanted anyway, and read when the job has ended.
 */
struct git_query {
    bool asked;
    struct command command;
    char why[96]; /* why it was not asked */
};

/* Looks for a repository from the working directory upwards and, if there is one, asks git. */
void git_query_start(struct git_query *q);

/*
 * "revision" and "dirty" ("yes", "no") of tracked files, or in *why the reason that there is
 * neither. Each buffer holds at least 96 bytes and is empty when it does not apply.
 */
void git_query_finish(struct git_query *q, char *revision, char *dirty, char *why);

/* Ends a question whose answer nobody wants any more; of one that was never asked, nothing. */
void git_query_drop(struct git_query *q);

/* "key=value" strings of everything but git. Returns 0 or -ENOMEM. */
int environment_read(struct strv *ret, const struct host_facts *facts);

#endif
