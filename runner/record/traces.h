/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job was traced for on request (--trace): calls, peers, latencies, files. */
#ifndef CGRUN_RECORD_TRACES_H
#define CGRUN_RECORD_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/buf.h"
#include "runner/base/json.h"

enum trace_feature {
    TRACE_SYSCALLS,
    TRACE_NET,
    TRACE_SCHED,
    TRACE_IO,
    TRACE_FILES,
    TRACE_FEATURES,
};

#define TRACE_BUCKETS                                                                              \
    32 /* bucket n holds times from 2^(n-1) up to 2^n microseconds; 0: below one */

struct traced_call {
    int number;
    char name[32]; /* "call 449" where the library knows none */
    uint64_t calls;
    struct traced_error {
        int error;
        uint64_t count;
    } * errors;
    size_t errors_count;
};

struct traced_peer {
    char address[48]; /* as text */
    unsigned port;    /* 0: a protocol without */
    char protocol[12];
    uint64_t bytes_sent, bytes_received, packets_sent, packets_received, connections;
};

struct traced_file {
    char *path;                         /* bytes */
    uint64_t written, renamed, removed; /* how often it was opened for writing, ... */
};

struct traces {
    bool has[TRACE_FEATURES];
    struct traced_call *calls;
    size_t calls_count;
    struct traced_peer *peers;
    size_t peers_count;
    uint64_t times[2][TRACE_BUCKETS]; /* TRACE_SCHED, TRACE_IO */
    struct traced_file *files;
    size_t files_count, files_size;
    uint64_t files_lost, files_uncounted; /* events without room; further paths past the bound */
};

#define TRACE_FILES_MAX 10000 /* paths of a job that are kept */

/* "syscalls"; -1 for a word that is none. */
int trace_feature_by_name(const char *word);
const char *trace_feature_name(enum trace_feature feature);

/* Each returns 0 or -ENOMEM. */
int traces_add_call(struct traces *t, int number, const char *name, uint64_t calls);
/* -ENOENT: the call was not added. */
int traces_add_error(struct traces *t, int number, int error, uint64_t count);
int traces_add_peer(struct traces *t, const struct traced_peer *peer);
int traces_add_file(struct traces *t, const char *path, uint64_t written, uint64_t renamed,
                    uint64_t removed);
uint64_t *traces_times(struct traces *t, enum trace_feature which);
/* Calls and peers by how much, files by path. */
void traces_sort(struct traces *t);
void traces_free(struct traces *t);

/* Only features that were traced have a member. */
void traces_json(const struct traces *t, const char *key, struct buf *b);
int traces_from_json(const struct json *doc, struct traces *t);

#endif
