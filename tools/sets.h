/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of runs by name. In this order a word is:
 *   FROM..TO        ids
 *   SESSION:LABEL
 *   ID, NAME~N      one job
 *   LABEL           the runs of the latest session that has it; or all that have it and no session
 *   SESSION
 *   NAME            the latest session of that job, or its latest run
 */
#ifndef CGRUN_TOOLS_SETS_H
#define CGRUN_TOOLS_SETS_H

#include "runner/compare/side.h"
#include "runner/store/store.h"

/* Every run of the set, the oldest first. -ENOENT if there is none. */
int set_each(struct store *s, const char *word, store_record_fn fn, void *data, struct err *err);

/* The same as a side, finished. */
int set_side(struct store *s, const char *word, struct side *side, struct err *err);

/* All runs of a name, label or session before and from a point of its history on. */
struct split {
    int64_t at_ns;        /* 0: by revision */
    const char *revision; /* what a git revision starts with; from the first such run on */
};
int set_split(struct store *s, const char *word, const struct split *at, struct side *before,
              struct side *after, struct err *err);

#endif
