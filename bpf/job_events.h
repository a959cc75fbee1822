/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side and the user side share. Fixed-width members only, no padding that is not
 * named, so that both compilers lay them out alike. A change of any of these is a new
 * JOB_EVENTS_LAYOUT: the version is part of the pin directory's name, and a binary never opens pins
 * of another layout.
 */
#ifndef CGRUN_BPF_JOB_EVENTS_H
#define CGRUN_BPF_JOB_EVENTS_H

#ifndef __bpf__
#include <stdint.h>
typedef uint64_t __job_u64;
typedef uint32_t __job_u32;
typedef int32_t __job_s32;
#else
typedef unsigned long long __job_u64;
typedef unsigned int __job_u32;
typedef int __job_s32;
#endif

#define JOB_EVENTS_LAYOUT 6

#define JOB_COMM_SIZE 16
#define JOB_EXE_SIZE  112

/* A ring for each of the first jobs that live long enough to need one. */
#define JOB_RINGS 8
/* Records of jobs without a ring wait in one shared table: an entry for so many bytes of a ring. */
#define JOB_TABLE_PART  128
#define JOB_DENIED_SIZE 4096

/* What the programs are told as they are loaded; constants to the kernel's verifier. */
struct job_constants {
    __job_u64 page_bytes;
    __job_u64 ring_bytes; /* of each ring: a power of two, and pages */
    __job_u32 cpus;
    __job_u32 unused;
};

#define JOB_CPUS 256 /* whose parts of a counter are added up */

#define JOB_MAX       2048  /* jobs at once; their hash table fits 32 KiB, see maps.bpf.h */
#define JOB_PROCESSES 32768 /* processes at once, of all jobs */

/*
 * What threads have used; times in nanoseconds. What is 0 for most who live but a moment comes
 * last.
 */
struct job_usage {
    __job_u64 cpu_ns; /* precise run time */
    __job_u64 runqueue_wait_ns;
    __job_u64 switches_voluntary;
    __job_u64 faults_minor;
    __job_u64 user_ns, system_ns;
    __job_u64 switches_involuntary;
    __job_u64 blkio_wait_ns;
    __job_u64 faults_major;
    __job_u64 read_bytes, write_bytes; /* ioac: block layer bytes, O_DIRECT included */
    __job_u64
        cancelled_bytes; /* of anybody's writes, truncated or unlinked before a disk had them */
};

/*
 * One per job, in the map `jobs`, keyed by the job's cgroup2 id. Written by the kernel side with
 * atomic adds when a process ends, so a lost record never loses a total.
 */
struct job_totals {
    __job_u64 cgroup_id;         /* its key */
    __job_u64 outer;             /* the job that this one runs in, 0: none */
    __job_u64 processes_started; /* thread groups, each once, however often it execs */
    __job_u64 processes_ended;
    __job_u64 threads_live;     /* started and not yet off the processor for good */
    __job_u64 peak_rss_bytes;   /* the largest single process */
    struct job_usage used;      /* by ended threads */
    __job_u64 processes_failed; /* non-zero exit code or a signal */
    __job_u64 signals;          /* delivered to it, SIGCHLD apart */
    __job_u64 oom_kills;
    __job_u64 denied;  /* calls refused by the seccomp policy with an errno or a kill */
    __job_u64 records; /* process records made: the next one's sequence number in the table */
    __job_u64 dropped; /* records that found no room */
    __job_u64 supervisor_start; /* field 22 of /proc/PID/stat of the cgrun that watches it */
    __job_u64 supervisor_pid;
};

#define JOB_RECORD_OOM        1u  /* the kernel's OOM killer chose it */
#define JOB_RECORD_NO_START   2u  /* it was already there when tracing saw it first */
#define JOB_RECORD_PEAK_BOUND 4u  /* peak_rss_bytes is an upper bound, see job_events.bpf.c */
#define JOB_RECORD_EXECED     8u  /* it called exec at least once; exe is set */
#define JOB_RECORD_ARGS       16u /* denied_args are known */

/* What is kept of each process. */
struct job_record {
    __job_u64 cgroup_id;            /* the job's */
    __job_u64 started_ns, ended_ns; /* CLOCK_BOOTTIME */
    struct job_usage used;
    __job_u64 peak_rss_bytes;
    __job_u32 pid, ppid; /* in the initial pid namespace */
    __job_s32 status;    /* as wait(2) reports it */
    __job_u32 flags;     /* JOB_RECORD_* */
    __job_u32 threads;   /* it ever had */
    __job_u32 uid;
    char comm[JOB_COMM_SIZE];
};

/* What there is of some processes only. */
struct job_extra {
    __job_u64 sender_cgroup;  /* id of the cgroup that the sender of the signal below was in */
    __job_u64 denied_args[6]; /* of denied_syscall, where the kernel can tell (5.15) */
    /* The last signal sent to it that is not ignored by default; sender 0 is the kernel. */
    __job_s32 signal;
    __job_u32 sender_pid, sender_uid;
    __job_s32 denied_syscall; /* for SIGSYS: the number, else -1 */
    char sender_comm[JOB_COMM_SIZE];
    char exe[JOB_EXE_SIZE]; /* as given to exec; cut at the end when longer */
};

/*
 * One per process, when its last thread is off the processor for good. Through a ring it comes
 * without the extra part if there is none.
 */
struct job_report {
    struct job_record record;
    struct job_extra extra;
};

/* Who holds a ring: a process that is no longer alive, by number and start, holds it no more. */
struct job_ring_claim {
    __job_u64 start; /* field 22 of /proc/PID/stat */
    __job_u32 pid;
    __job_u32 unused;
};

/*
 * Records of a job are numbered. Where the kernel had no memory for a moment a number is passed
 * over, so the last may lie beyond the count: at most this much.
 */
#define JOB_TABLE_TRIES 8

/* Key of the shared table: a job and the number of its record. */
struct job_table_key {
    __job_u64 cgroup_id, sequence;
};

/* Calls refused by policy, counted per process and syscall. */
struct job_denied_key {
    __job_u64 cgroup_id;
    __job_u32 pid;
    __job_s32 syscall;
};

struct job_denied {
    __job_u64 count;
    __job_u64 first_ns; /* CLOCK_BOOTTIME */
    char comm[JOB_COMM_SIZE];
};

#endif
