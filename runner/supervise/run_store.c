/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a run's record goes: the database, or the spool while that is not to be had. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "runner/base/clock.h"
#include "runner/supervise/prepare.h"
#include "runner/supervise/run_internal.h"

int run_store_open(struct run *run)
{
    struct err err;
    int r = store_open(&run->store, run->spec->db, STORE_LAUNCH, &err);

    if (r == 0 || !store_is_unavailable(r))
        return r < 0 ? run_report(run, &err) : 0;
    run->no_store = err;
    return 0;
}

static void drop_store(struct run *run, const struct err *why)
{
    run->no_store = *why;
    store_close(run->store);
    run->store = NULL;
}

/* In the spool, of which the caller is told once. */
static int keep(struct run *run, const char *retry)
{
    struct record *r = run->record;
    bool again = run->spool_key != 0;
    char path[700];
    struct err err, told;

    if (spool_write(prepare_run_dir(), run->spec->db, &run->spool_key, r, path, sizeof(path),
                    &err) < 0) {
        run_report(run, &run->no_store);
        if (err.code == EROFS)
            snprintf(err.retry, sizeof(err.retry), "%s",
                     "nothing can be recorded; in a job of another cgrun, set CGRUN_DB and "
                     "CGRUN_RUN_DIR to places that the job may write to");
        return run_report(run, &err);
    }
    err_set(&told, run->no_store.code, NULL, retry, "%.250s; the record is kept in %s",
            run->no_store.what, path);
    if (!again && run->hook && run->hook->warned)
        run->hook->warned(run->hook->data, &told);
    return 0;
}

#define TAKEN_IN "the next cgrun or cgjob that can write to the database takes it in"

int run_store_start(struct run *run)
{
    struct err err;
    int r = run->store ? store_insert(run->store, run->record, &err) : 0;

    if (r < 0 && !store_is_unavailable(r))
        return run_report(run, &err);
    if (run->store && r == 0) {
        store_patience(run->store, STORE_AS_LONG_AS_IT_TAKES);
        return 0;
    }
    if (run->store)
        drop_store(run, &err);
    record_add_event(run->record, realtime_ns(), "note",
                     "started without the database: %.200s; the record was kept in the run "
                     "directory meanwhile",
                     run->no_store.what);
    return keep(run, "the job runs; " TAKEN_IN);
}

/* A database that was made meanwhile in the place of the one that is gone takes the record too. */
static int store_anew(struct run *run, const struct err *why, struct err *err)
{
    struct record *r = run->record;
    int64_t old = r->id;
    int code;

    if (run->store)
        drop_store(run, why);
    code = store_open(&run->store, run->spec->db, STORE_LAUNCH, err);
    if (code < 0)
        return code;
    if (!r->provisional_id) {
        r->provisional_id = realtime_ns() / NS_PER_US;
        record_add_event(r, realtime_ns(), "note", "recorded anew: %.200s; its number was %" PRId64,
                         why->what, old);
    }
    return store_take_in(run->store, r, err);
}

/* The row that was inserted at the start is completed. */
static int complete(struct run *run, bool sync, struct err *err)
{
    struct err gone;
    int code;

    store_patience(run->store, STORE_FOR_AN_END);
    code = store_complete(run->store, run->record, sync, &gone);
    if (code == -ESTALE)
        return store_anew(run, &gone, err);
    if (code < 0)
        *err = gone;
    return code;
}

void run_store_end(struct run *run, bool sync)
{
    struct err err = run->no_store;
    int code = run->spool_key ? store_anew(run, &run->no_store, &err) : complete(run, sync, &err);

    if (code < 0) {
        run->no_store = err;
        keep(run, "the job has run; " TAKEN_IN);
    } else if (run->spool_key) {
        spool_remove(prepare_run_dir(), run->spool_key);
    }
}
