/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything a user asked for, parsed and validated: the value that the command line, `-p
 * Key=Value` and job files fill, and that the plan is made from. Pure data; owns all it points to.
 */
#ifndef CGRUN_SPEC_JOB_SPEC_H
#define CGRUN_SPEC_JOB_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/base/err.h"
#include "runner/base/strv.h"
#include "runner/record/traces.h"

/* A numeric limit that was not asked for, and one asked to be without bound ("max", "infinity"). */
#define SPEC_UNSET    UINT64_MAX
#define SPEC_INFINITY (UINT64_MAX - 1)

/* Nice and OOMScoreAdjust are signed; this is their "not asked for". */
#define SPEC_INT_UNSET INT32_MIN

struct io_limit {
    char *path;     /* a block device node, or any path on the file system whose disk is meant */
    uint64_t value; /* bytes or operations per second, or SPEC_INFINITY */
};

struct io_limits {
    struct io_limit *item;
    size_t count;
};

#define SPEC_RLIMITS 16 /* RLIM_NLIMITS; index is RLIMIT_* */

struct rlimit_spec {
    bool given;
    uint64_t soft, hard; /* bytes, seconds or counts as setrlimit(2); SPEC_INFINITY */
};

/* A processor with few interrupts, which is chosen when the job is planned. */
#define SPEC_CPUS_ISOLATED "isolated"

#define SPEC_RUNS_MAX 200 /* with --until */

enum spec_devices { SPEC_DEVICES_AUTO, SPEC_DEVICES_CLOSED, SPEC_DEVICES_STRICT };
enum spec_wait { SPEC_WAIT_MAIN, SPEC_WAIT_ALL };
#define SPEC_LOG_MAX (UINT64_C(64) << 20)

/* Of a job whose cgrun was killed. */
enum spec_if_lost { SPEC_LOST_RECOVER, SPEC_LOST_END, SPEC_LOST_KEEP };
enum spec_signals { SPEC_SIGNALS_JOB, SPEC_SIGNALS_HOST };
enum spec_summary { SPEC_SUMMARY_AUTO, SPEC_SUMMARY_ALWAYS, SPEC_SUMMARY_NEVER };
enum spec_output { SPEC_OUTPUT_ALWAYS, SPEC_OUTPUT_ON_FAILURE };
enum spec_trace { SPEC_TRACE_AUTO, SPEC_TRACE_EXITS, SPEC_TRACE_NONE };
enum spec_ledger { SPEC_LEDGER_KEPT, SPEC_LEDGER_FULL };
enum spec_scope { SPEC_SCOPE_AUTO, SPEC_SCOPE_ALWAYS, SPEC_SCOPE_NEVER };
enum spec_dry_run { SPEC_DRY_RUN_NO, SPEC_DRY_RUN_TEXT, SPEC_DRY_RUN_JSON };

/* Where a standard stream goes. Keys follow systemd: inherit, null, file:, append:, truncate:. */
enum spec_stream_kind {
    SPEC_STREAM_INHERIT,
    SPEC_STREAM_NULL,
    SPEC_STREAM_FILE,     /* stdin: opened for reading; output: created, written from its start */
    SPEC_STREAM_APPEND,   /* output only */
    SPEC_STREAM_TRUNCATE, /* output only */
    SPEC_STREAM_STDOUT,   /* stderr only: where standard output goes */
};

struct spec_stream {
    enum spec_stream_kind kind;
    char *path;
};

/* Which of the caller's descriptors the job gets beside the three streams. */
enum spec_pass_fds {
    SPEC_FDS_AUTO, /* those that its command line and its environment name */
    SPEC_FDS_NONE,
    SPEC_FDS_LIST,
};
#define SPEC_FD_MAX  1048575 /* the highest number */
#define SPEC_FDS_MAX 256     /* so many at most */

struct spec_fds {
    int item[SPEC_FDS_MAX];
    size_t count;
};

/* What of them is passed, found when cgrun started: the answer, not a setting. */
struct spec_inherit {
    struct spec_descriptor {
        int number;
        const char *kind; /* "pipe", "socket" or "regular file" */
        char *named_by;   /* "argument 2", "MAKEFLAGS", "LISTEN_FDS", "pass-fds" */
    } * item;             /* in the order of their numbers */
    size_t count;
    bool listening;    /* all of LISTEN_FDS is passed: LISTEN_PID becomes the job's */
    struct strv notes; /* what was named and is not passed */
};

#define SPEC_SETTINGS_MAX 256

struct job_spec {
    uint64_t given[SPEC_SETTINGS_MAX / 64]; /* a bit per row of the settings table */

    /* identity */
    char *name; /* NULL: the basename of the command */
    char *owner, *reason, *rollback, *session, *label;
    struct strv expect;        /* each already checked by expect_parse() */
    struct strv tags;          /* "key=value", keys unique */
    struct strv tools;         /* programs whose versions are asked for */
    struct strv tool_versions; /* "make=GNU Make 4.3": the answers, not a setting */

    /* limits */
    uint64_t memory_max, memory_high, memory_swap_max; /* bytes */
    uint64_t tasks_max;
    uint64_t cpu_quota_usec; /* processor time per second of wall time: 150% is 1500000 */
    uint64_t cpu_weight;     /* 1 to 10000, 100 is the default of the kernel */
    char *allowed_cpus;      /* canonical list such as "0-3,5", or SPEC_CPUS_ISOLATED; NULL: any */
    uint64_t io_weight;      /* 1 to 10000 */
    struct io_limits io_read_bandwidth_max, io_write_bandwidth_max, io_read_iops_max,
        io_write_iops_max;
    uint64_t runtime_max_ns;  /* wall time */
    uint64_t cpu_time_max_ns; /* CPU time of the whole tree */
    struct rlimit_spec rlimit[SPEC_RLIMITS];
    int nice;             /* -20 to 19 */
    int oom_score_adjust; /* -1000 to 1000 */

    /* sandbox */
    char *policy;                     /* shipped name, a path, or "none"; NULL: "batch" */
    bool tell_refused;                /* refused calls are told as they happen */
    bool audit;                       /* the policy logs instead of refusing */
    struct strv syscall_filter;       /* systemd's syntax: "@system-service", "~@mount ptrace" */
    bool no_new_privileges;           /* true unless switched off */
    bool capability_set_given;        /* CapabilityBoundingSet was asked for */
    uint64_t capability_bounding_set; /* bit N: capability N may stay */
    char *user, *group;               /* a name or a number; NULL: unchanged */
    struct strv supplementary_groups; /* likewise, beside the user's own */
    uint64_t ambient_capabilities;    /* bit N: it has capability N although it is no root */
    bool harden;                      /* job_spec_check() sets what it stands for */
    bool private_pids;                /* a PID namespace and a /proc of its own */
    enum spec_signals signal_scope;   /* whom it may signal */
    bool private_network;             /* a network of its own, with nothing but a loopback */
    bool private_tmp;                 /* an empty /tmp and /var/tmp of its own */
    bool protect_control_groups;      /* true unless switched off */
    bool restrict_namespaces;
    struct strv readonly_paths, writable_paths,
        inaccessible_paths;        /* absolute; '-': if it is there */
    struct strv ip_allow, ip_deny; /* ranges of addresses; the first wins */
    enum spec_devices device_policy;
    struct strv device_allow;     /* "PATH [rwm]" */
    int umask;                    /* SPEC_INT_UNSET: the caller's */
    bool clean_environment;       /* nothing of the caller's environment but what is kept */
    struct strv keep_environment; /* names */
    struct strv environment;      /* NAME=VALUE, names unique */

    /* run control */
    enum spec_dry_run dry_run;
    int stop_signal;        /* SIGTERM unless asked otherwise */
    uint64_t kill_after_ns; /* grace between the stop signal and the kill */
    enum spec_wait wait;
    enum spec_if_lost if_lost;
    bool detach;      /* in the background: cgrun returns once the command runs */
    uint64_t log_max; /* bytes of output kept of a job in the background; SPEC_LOG_MAX: usual */
    bool journal;     /* output goes to the systemd journal */
    char *lock;       /* at most one job with this lock at a time; NULL: none */
    uint64_t lock_wait_ns; /* how long to wait for it; 0: not at all */
    enum spec_scope scope; /* a systemd scope of its own */
    char *parent;          /* the cgroup to nest the job beneath; NULL: chosen from the host */
    char *json_path;       /* where the record is written as JSON; "-" is standard output */
    enum spec_summary summary;
    enum spec_output when_shown;             /* the job's output */
    bool quiet;                              /* nothing is said on stderr but errors */
    char *chdir;                             /* the job's working directory; NULL: the caller's */
    struct spec_stream input, output, error; /* stdin, stdout, stderr */
    enum spec_pass_fds pass_fds;
    struct spec_fds fds; /* of SPEC_FDS_LIST */
    struct spec_inherit inherit;
    enum spec_trace trace;
    unsigned trace_features; /* a bit per enum trace_feature */
    enum spec_ledger ledger;
    bool allow_degraded; /* a limit that cannot be enforced becomes a line of the record */
    bool delegate;       /* the job may write its own cgroup */
    char *db;            /* NULL: $CGRUN_DB, else the default */
    bool rollback_on_failure;
    bool address_randomization; /* true unless switched off */

    /* sessions: a command run again and again */
    unsigned runs; /* 0: it is run once, and not as a session */
    unsigned warmup;
    unsigned runs_max;       /* with `until`; 0: SPEC_RUNS_MAX */
    bool interleave;         /* argv is two commands, each in one word */
    double until;            /* relative half width of the median's interval; 0: not asked for */
    uint64_t session_max_ns; /* 0: unbounded */
    uint64_t cooldown_ns;
    char *prepare; /* a command as one text; NULL: none */
    bool drop_caches, resume, ignore_failure;

    /* Which run of a session this is, not of the user's but of the session's making. */
    struct {
        unsigned number, of, pair; /* as struct record has them */
        bool warmup;
        const char *git_dirty; /* as the session found it before its first run; NULL: it is no
                                  session. Borrowed */
    } run;

    bool shell;         /* all commands are texts for /bin/sh -c; done by job_spec_check() */
    char *command_text; /* of a job file's Command=, which argv has the words of; or NULL */
    struct strv argv;   /* the command; at least one item in a valid spec */
    char *const *call;  /* the whole call as it was made, borrowed from main(); NULL: not by one */
};

/* Every limit unset, every default in place. */
void job_spec_init(struct job_spec *spec);
void job_spec_free(struct job_spec *spec);

/* It is to be run as a session. */
static inline bool job_spec_is_session(const struct job_spec *spec)
{
    return spec->runs || spec->until > 0 || spec->interleave;
}

#define _cleanup_job_spec_ __attribute__((cleanup(job_spec_free)))

#endif
