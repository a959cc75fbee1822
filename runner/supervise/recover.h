/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs whose supervisor was killed: their cgroups and totals are still in the kernel, their row is
 * in the database. What is left is ended, measured, recorded as lost, and removed.
 */
#ifndef CGRUN_SUPERVISE_RECOVER_H
#define CGRUN_SUPERVISE_RECOVER_H

#include <stdbool.h>

#include "runner/base/err.h"
#include "runner/record/record.h"
#include "runner/store/store.h"

/* Whether a running record's supervisor still lives. */
bool recover_is_alive(const struct record *r);

/*
 * The directory of the job's cgroup2 group. -1: it is gone, or is a later one of the same name, and
 * then nothing there is the job's.
 */
int recover_open_group(const struct record *r);

/* What became of one: recover_job()'s answer, with `err` filled if that is negative. */
typedef void (*recover_told_fn)(void *data, const struct record *r, int answer,
                                const struct err *err);

struct recover_request {
    const char *run_dir;
    unsigned limit;       /* lost jobs, the oldest; 0: all */
    unsigned patience_ms; /* how long killed processes may take to go */
    bool end_kept;        /* also those that were to be let finish */
    bool if_free; /* not at all if another recovery is under way, instead of waiting for it */
    bool sweep; /* also groups that a cgrun had made when it was killed, before its job had a row */
    recover_told_fn told; /* may be NULL */
    void *data;
};

/*
 * Ends and completes one lost job: kills what runs in its cgroup, takes its totals from the tracer,
 * removes the cgroups, stores the record with verdict `lost`. 1: it was asked to be let finish, and
 * goes on.
 */
int recover_job(struct store *s, struct record *r, const struct recover_request *request,
                struct err *err);

/* Removes a job's groups in all hierarchies. 0 or a negative errno. */
int recover_remove_groups(const struct record *r, struct err *err);

/*
 * Ends what runs in the group `dir` at `path`, made at `made_ms`, if it belongs to a job of the
 * database whose record has ended, and says so there. 1: it does, and was told of; 0: it does not.
 */
int recover_ended(struct store *s, const char *path, int dir, int64_t made_ms,
                  const struct recover_request *request);

/*
 * All lost jobs of a database, one recovery at a time. How many were lost, or a negative errno;
 * -EBADMSG: all but those whose records cannot be read.
 */
int recover_all(struct store *s, const struct recover_request *request, struct err *err);

#endif
