/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: one row per process, folded per command as rows arrive, with a bounded number of rows
 * kept (failures and the largest first). Memory is bounded whatever a job does.
 */
#ifndef CGRUN_RECORD_LEDGER_H
#define CGRUN_RECORD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows kept and commands told apart; past the second, further commands fold into "(other)". */
#define LEDGER_ROWS_KEPT 200
#define LEDGER_COMMANDS  256

struct ledger_row {
    uint32_t pid, ppid, uid;
    char comm[16];                /* bytes, NUL-terminated */
    char exe[112];                /* bytes; empty: it never called exec */
    int64_t started_ns, ended_ns; /* CLOCK_REALTIME */
    int exit_code;                /* -1 when a signal ended it */
    int signal;                   /* 0 when it exited */
    double cpu_seconds, cpu_user_seconds, cpu_system_seconds;
    double runqueue_wait_seconds, blkio_wait_seconds;
    uint64_t peak_rss_bytes;
    bool peak_is_bound; /* the peak is an upper bound */
    uint64_t page_faults_minor, page_faults_major;
    uint64_t io_read_bytes, io_write_bytes;
    uint64_t context_switches_voluntary, context_switches_involuntary;
    uint32_t threads;
    bool running;                    /* as seen while it runs: no end yet */
    bool oom;                        /* chosen by the kernel's OOM killer */
    uint32_t sender_pid, sender_uid; /* of the signal that ended it; pid 0: the kernel */
    char sender_comm[16];
    uint64_t sender_cgroup; /* its id, 0: unknown */
    int denied_syscall;     /* for SIGSYS, else -1 */
    bool denied_args_known; /* of that call */
    uint64_t denied_args[6];
};

struct ledger_command {
    char comm[16];
    uint64_t processes, failed;
    double cpu_seconds, runqueue_wait_seconds;
    uint64_t peak_rss_bytes; /* of the largest */
    uint64_t io_read_bytes, io_write_bytes;
};

struct ledger {
    bool available;
    char why[120]; /* why there is none */
    uint64_t processes_total, events_dropped;
    double cpu_seconds; /* sum over all rows seen */
    struct ledger_row *rows;
    size_t rows_kept, rows_size;
    bool full;     /* keep every row, however many */
    bool all_kept; /* every row is in a file beside the database */
    struct ledger_command *commands;
    size_t commands_count, commands_size;
};

/* Folds one process in. Returns 0 or -ENOMEM, when the row is counted but not kept. */
int ledger_add(struct ledger *ledger, const struct ledger_row *row);
/* Keeps a row without folding it in again. Returns 0 or -ENOMEM. */
int ledger_keep(struct ledger *ledger, const struct ledger_row *row);
/* Rows in order of start, commands by CPU time: what presenters and the store expect. */
void ledger_sort(struct ledger *ledger);

/* By "cpu", "memory", "io", "wait", "time" (largest first), "start" or "pid". -EINVAL for others.
 */
int ledger_sort_by(struct ledger *ledger, const char *key);
void ledger_free(struct ledger *ledger);

#endif
