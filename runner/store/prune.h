/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing old records, with the logs and ledgers that belong to them. What has not ended stays,
 * and so does the newest record of all: its number is what keeps numbers from coming again.
 */
#ifndef CGRUN_STORE_PRUNE_H
#define CGRUN_STORE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/store/store.h"

/* A record goes when all that is asked for holds. */
struct prune {
    const char *name;  /* only of this name; NULL: of any */
    int64_t before_ns; /* only what ended before; 0: whenever */
    uint64_t keep;     /* not the newest of its name, so many */
    bool rehearse;     /* only count them */
};

struct pruned {
    uint64_t records;
    uint64_t files; /* logs and full ledgers */
    uint64_t bytes; /* of both; the database's file stays as large, and is filled anew */
};

/*
 * A few at a time, so that no job's start has to wait for all of them. An error leaves what is not
 * removed yet, whole or without its files; the same call goes on from there.
 */
int store_prune(struct store *s, const struct prune *what, struct pruned *ret, struct err *err);

#endif
