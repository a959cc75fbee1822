/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: exactly what will be done for one job, as plain data, made from the spec and the host's
 * facts without touching anything. `--dry-run` prints it; runner/apply carries it out. Owns all it
 * points to.
 */
#ifndef CGRUN_PLAN_PLAN_H
#define CGRUN_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/floor.h"
#include "policy/policy.h"
#include "runner/base/buf.h"
#include "runner/base/err.h"
#include "runner/base/json.h"
#include "runner/host/facts.h"
#include "runner/host/users.h"
#include "runner/spec/job_spec.h"

/* One write to a cgroup file. */
struct plan_setting {
    char *key;   /* the settings key it comes from: "MemoryMax" */
    char *asked; /* its value in the setting's own unit */
    char *file;  /* "memory.limit_in_bytes" */
    char *value; /* what is written */
};

/* The job's cgroup in one hierarchy. */
struct plan_group {
    bool v2;
    char *controllers; /* space-separated: what is wanted of this hierarchy; v2 may have none */
    char *mount;       /* "/sys/fs/cgroup/memory" */
    char *name;        /* from the mount on, without a leading slash: "a/b/cgrun.job-..." */
    size_t own_length; /* how much of `name` is the caller's own group; 0 where that is the root */
    char *path;        /* the two together */
    struct plan_setting *setting;
    size_t settings;
};

/* A limit that is not, or not wholly, in force. Only with --allow-degraded. */
struct plan_degraded {
    char *key, *asked, *why;
};

/*
 * How the job's cgroup2 group comes to have controllers. In order: a scope is asked of systemd,
 * which moves cgrun there; cgrun moves itself, and no other, into a leaf; controllers are enabled.
 */
struct plan_place {
    char *scope;       /* unit name; NULL: none is asked for */
    char *scope_path;  /* where it will be in the hierarchy: "/cgrun.slice/X.scope" */
    char *description; /* of the unit */
    char *part_of;     /* the service whose stop shall stop it, or NULL */
    bool user_manager; /* asked of the caller's own systemd, not of PID 1 */
    char *base;        /* the directory the job's group is made in */
    char *leaf;        /* the directory cgrun moves itself into; NULL: it stays */
    char *enable;      /* controllers to be enabled in base: "+memory +pids"; NULL: none */
    bool job_leaf;     /* the command is born in a leaf of the job's group: it may make groups */
};

enum plan_mount_kind {
    PLAN_MOUNT_READONLY,      /* this mount */
    PLAN_MOUNT_READONLY_TREE, /* this mount and those beneath it */
    PLAN_MOUNT_OWN_CLOSED,    /* of cgrun itself: the job finds an empty directory there */
    PLAN_MOUNT_OWN_READONLY,
    PLAN_MOUNT_DEVICE_CLOSED, /* a device node that cannot be opened */
    PLAN_MOUNT_PATH_READONLY, /* as asked for, with all beneath it */
    PLAN_MOUNT_PATH_WRITABLE,
    PLAN_MOUNT_PATH_HIDDEN,
    PLAN_MOUNT_PROC,        /* of the job's own PID namespace */
    PLAN_MOUNT_PRIVATE_TMP, /* an empty file system in memory */
};

struct plan_mount {
    enum plan_mount_kind kind;
    char *path;
    uint64_t flags; /* as the mount has them now */
    bool optional;  /* it may be missing */
};

/*
 * What there is on this host that a root job must not have under a shielding policy: what is
 * cgrun's own, absolute and without links as far as it is there already, and devices.
 */
struct plan_own {
    struct strv closed;   /* directories with locks, which who may read them can take */
    struct strv readonly; /* files and directories that the job may look at */
    struct strv devices;  /* nodes of those that do what such policies refuse */
};

struct plan_rlimit {
    int resource;
    uint64_t soft, hard; /* RLIM_INFINITY for none */
};

/* What keeps the job's signals within the job. */
enum plan_signals {
    PLAN_SIGNALS_OPEN,      /* nothing: its policy shields nothing */
    PLAN_SIGNALS_HOST,      /* as asked for; cgrun, its caller and PID 1 are out of reach */
    PLAN_SIGNALS_FILTER,    /* seccomp: the same, and no call whose target a filter cannot see */
    PLAN_SIGNALS_LANDLOCK,  /* a Landlock domain: none leaves the job */
    PLAN_SIGNALS_NAMESPACE, /* a PID namespace: no other process can be named */
};

struct plan {
    const struct job_spec *spec; /* borrowed: outlives the plan */
    char *name;                  /* of the job */
    char *group_name;            /* of its cgroups: "cgrun.job-<ms since the epoch>-<pid>" */
    struct plan_place place;
    bool mount_cgroup2; /* the first group's hierarchy is mounted before, and stays */
    char *no_cgroup;    /* why the job has no cgroup, for people; NULL: it has */
    char *elsewhere; /* "run `sudo cgrun ...`": the call that may more; NULL: the caller is root */
    struct plan_group *group; /* the cgroup2 one first; without a cgroup there is none */
    size_t groups;
    struct plan_degraded *degraded;
    size_t degraded_count;
    struct plan_mount *mount; /* in a mount namespace of the job's own, if there are any */
    size_t mounts;
    struct plan_own own;
    struct plan_rlimit *rlimit;
    size_t rlimits;
    struct job_user user;
    uint64_t drop_caps;      /* capabilities taken from the bounding set */
    bool landlock;           /* put the job in a Landlock domain, which shields other processes */
    bool landlock_read_only; /* ... in which no file system but /dev can be written to */
    bool landlock_paths;     /* ... and that is what makes the spec's paths so, not mounts */
    int landlock_abi;        /* what the kernel's knows */
    enum plan_signals signals;
    bool landlock_signals; /* the domain keeps them in, a shared process group's too */
    bool keeper;    /* a process beside cgrun that ends the job at its limit when cgrun cannot */
    bool own_group; /* a process group of its own: no terminal's job control needs the caller's */
    bool joins_itself; /* the command moves into its cgroup, because it must not be born there */
    struct policy_program policy;
    struct policy_floor floor;   /* what holds beside it for every job here */
    struct policy_program trial; /* what the policy on trial would be; empty if it is not told */
    /* In place of policy.logged, so that refusals are told as they happen; owned, may be empty. */
    struct sock_fprog listening;
    /* In place of policy.quiet and .logged where nobody counts what is logged; as above. */
    struct sock_fprog joined;
};

/*
 * Resolved before planning, because they ask the host: the user and group, the disks of the
 * I/O limits, whether weights are honoured. `disk` runs parallel to the four lists of the spec,
 * read bandwidth first: "254:0".
 */
struct plan_inputs {
    struct job_user user;         /* taken over */
    struct strv disk[4];          /* taken over */
    struct policy_program policy; /* taken over */
    struct policy_program trial;  /* taken over */
    struct policy_floor floor;    /* taken over */
    char memory_nodes[64];        /* of the caller's cpuset, for a v1 cpuset; may be empty */
    char processor[16];           /* the one that 'isolated' stands for */
    char processors[256];         /* that the job's cgroup can have; empty: unknown */
    struct plan_place place;      /* by plan_scope(); taken over */
    struct plan_own own;          /* taken over */
    bool io_weight_honoured;      /* a disk's scheduler takes weights */
    int64_t now_ms;               /* names the cgroup */
    int pid;
};

/*
 * Whether the job shall have a scope of systemd's: not where the caller is delegated a cgroup it
 * has for itself. If so plan->place says which, and `facts` become those of a caller in it. To be
 * called before plan_make(). 0, or -EINVAL with `errors` filled.
 */
int plan_scope(struct plan_place *place, const struct job_spec *spec, struct host_facts *facts,
               const struct plan_inputs *inputs, struct err_list *errors);

/*
 * Makes the plan. Every limit that cannot be enforced here is an error, all are reported; with
 * allow_degraded they become plan->degraded instead. Returns 0 or -EINVAL with `errors` filled.
 */
int plan_make(struct plan *plan, const struct job_spec *spec, const struct host_facts *facts,
              struct plan_inputs *inputs, struct err_list *errors);
void plan_free(struct plan *plan);
void plan_inputs_free(struct plan_inputs *inputs);
#define _cleanup_plan_inputs_ __attribute__((cleanup(plan_inputs_free)))
#define _cleanup_plan_        __attribute__((cleanup(plan_free)))

/* The group that holds a controller, or NULL; the cgroup2 group, NULL without a cgroup. */
const struct plan_group *plan_group_of(const struct plan *plan, const char *controller);
static inline const struct plan_group *plan_v2(const struct plan *plan)
{
    return plan->groups ? &plan->group[0] : NULL;
}

/* Steps of plan_make, apart for their tests. */
int plan_add_group(struct plan *plan, const struct hierarchy *h, const char *controller);
int plan_cgroups(struct plan *plan, const struct host_facts *facts, struct plan_inputs *inputs,
                 struct err_list *errors);
int plan_leaves(struct plan *plan, const struct host_facts *facts, struct err_list *errors);
void plan_place_free(struct plan_place *place);
int plan_mounts(struct plan *plan, const struct host_facts *facts, struct err_list *errors);
void plan_mounts_free(struct plan *plan);
void plan_own_free(struct plan_own *own);

/*
 * Plans the mounts anew from facts that were read again: others may have mounted or unmounted
 * something since. Returns 0 or a negative errno; then it has none or not all.
 */
int plan_mounts_again(struct plan *plan, const struct host_facts *facts);

/* The whole plan, for --dry-run. */
void plan_text(const struct plan *plan, struct buf *out);
struct json *plan_json(const struct plan *plan);

/* What keeps its signals in, in words. Static. */
const char *plan_signals_words(const struct plan *plan);

/* The program whose refusals a listener is to tell. */
const struct sock_fprog *plan_refusing(const struct plan *plan);

#endif
