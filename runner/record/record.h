/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: everything that is kept of one job. A value: filled by the supervisor, folded by
 * runner/record, stored by runner/store, shown by runner/present. Owns all it points to. Strings
 * that come from the job (arguments, command names, paths) are bytes and need not be UTF-8.
 */
#ifndef CGRUN_RECORD_RECORD_H
#define CGRUN_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/buf.h"
#include "runner/base/err.h"
#include "runner/base/json.h"
#include "runner/base/strv.h"
#include "runner/record/ledger.h"
#include "runner/record/metrics.h"
#include "runner/record/traces.h"

/* 2: evidence and limits have numbers and truth values, where 1 had text. Both are read. */
#define RECORD_SCHEMA 2

enum record_state { RECORD_PLANNED, RECORD_RUNNING, RECORD_ENDED };

enum verdict_kind {
    VERDICT_NONE, /* not ended yet */
    VERDICT_EXITED,
    VERDICT_SIGNALED,
    VERDICT_TIMEOUT,
    VERDICT_CPU_TIMEOUT,
    VERDICT_OOM,
    VERDICT_SECCOMP,
    VERDICT_STOPPED,
    VERDICT_START_FAILED,
    VERDICT_LOST,
    VERDICT_COUNT,
};

/* The names that records, tables and filters use: "exited", "signaled", ... */
const char *verdict_name(enum verdict_kind kind);
int verdict_by_name(const char *name); /* -1: none */

/* An ordered list of key and text: evidence, environment, cgroup paths. */
struct pairs {
    struct pair {
        char *key, *value;
    } * item;
    size_t count;
};

/* Replaces an earlier value of the same key. Return 0 or -ENOMEM. */
int pairs_set(struct pairs *p, const char *key, const char *value);
int pairs_setf(struct pairs *p, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *pairs_get(const struct pairs *p, const char *key); /* NULL: absent */
void pairs_free(struct pairs *p);

struct verdict {
    enum verdict_kind kind;
    int exit_code;         /* of the command, or -1 */
    int signal;            /* that ended the command, or 0 */
    int status;            /* what cgrun itself exits with */
    struct pairs evidence; /* per kind, documented in docs/RECORD.md: "sender_pid", "syscall"... */
};

/* One asked-for limit. */
struct record_limit {
    char *key;       /* settings key: "MemoryMax" */
    char *asked;     /* as the plan understood it: "536870912" */
    char *effective; /* as read back after it was set; NULL: not applied */
    char *file;      /* the cgroup file or system call it became: "memory.limit_in_bytes" */
    char *note;      /* degraded and why; NULL: fully in force */
};

struct record_event {
    int64_t time_ns; /* CLOCK_REALTIME */
    char *kind;      /* "start", "signal", "oom", "denied", "timeout", "kill", "degraded", ... */
    char *detail;
};

struct expect_result {
    char *text;
    bool held;
    char *actual; /* the value that was compared, or why there was none */
};

struct record {
    int64_t id;             /* 0: not stored yet */
    int64_t provisional_id; /* that it had while it could not be stored; 0: none */
    char *name;
    struct strv argv;
    enum record_state state;
    int64_t started_ns, ended_ns;                      /* CLOCK_REALTIME; 0: not yet */
    char *owner, *reason, *rollback, *session, *label; /* NULL: not given */
    struct {
        struct expect_result *item;
        size_t count;
    } expect;
    struct {
        unsigned number, of; /* within its session, from 1; `of` 0: as many as it takes */
        unsigned pair; /* interleaved with the run of the same number on the other side; 0: not */
        bool warmup;   /* not to be compared */
    } run;             /* number 0: a job of its own */
    struct strv tags;
    struct verdict verdict;
    struct metric_value metric[METRIC_COUNT];
    struct {
        struct record_limit *item;
        size_t count;
    } limits;
    char *log;         /* where its output went: "file", "journal"; NULL: to the caller */
    bool keep_if_lost; /* should cgrun be killed, what is left of the job may finish */
    char *policy_name, *policy_hash;
    struct pairs cgroup; /* hierarchy ("v2", "memory", ...) to path; the id as "id" */
    uint64_t cgroup_id;
    struct pairs environment;
    struct {
        struct record_event *item;
        size_t count;
    } events;
    uint64_t events_uncounted; /* events past RECORD_EVENTS_MAX, counted only */
    struct ledger ledger;
    struct traces traces;      /* what was asked for with --trace */
    int supervisor_pid;        /* with its start time: who completes this record */
    uint64_t supervisor_start; /* field 22 of /proc/PID/stat, clock ticks after boot */
};

#define RECORD_EVENTS_MAX 200

/* The number that is in the names of its files: logs, ledgers. */
static inline int64_t record_file_id(const struct record *r)
{
    return r->provisional_id ? r->provisional_id : r->id;
}

void record_init(struct record *r);
void record_free(struct record *r);
#define _cleanup_record_ __attribute__((cleanup(record_free)))

int record_add_limit(struct record *r, const char *key, const char *asked, const char *effective,
                     const char *file, const char *note);
int record_add_expect(struct record *r, const char *text, bool held, const char *actual);
int record_add_event(struct record *r, int64_t time_ns, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void metric_set(struct record *r, enum metric_id id, double value, const char *source);
void metric_unavailable(struct record *r, enum metric_id id, const char *why);

const char *record_state_name(enum record_state state);

/*
 * The JSON form, as docs/RECORD.md fixes it, added to a buffer as one line of text, or as a value
 * (NULL without memory); and back. record_from_json() reads older schemas too, and refuses newer
 * ones.
 */
void record_json(const struct record *r, struct buf *b);
void ledger_row_json(const struct ledger_row *row, struct buf *b);
struct json *record_to_json(const struct record *r);
void ledger_row_from_json(const struct json *o, struct ledger_row *row);
int record_from_json(const struct json *doc, struct record *r, struct err *err);

#endif
