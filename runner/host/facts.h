/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host offers, as the plan needs to know it: which cgroup hierarchies there are, which
 * controller is on which, where the caller stands in each, and the kernel's features. Reading is
 * apart from parsing, so that layouts of other hosts can be tested from text.
 */
#ifndef CGRUN_HOST_FACTS_H
#define CGRUN_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/base/err.h"

enum host_layout {
    HOST_V2,     /* cgroup2 alone */
    HOST_HYBRID, /* v1 controllers, and cgroup2 beside them */
    HOST_LEGACY, /* v1 controllers, cgroup2 not mounted */
    HOST_NONE,   /* no cgroup hierarchy at all */
};

#define HOST_HIERARCHIES 24

/* One mounted cgroup hierarchy. */
struct hierarchy {
    bool v2;
    bool read_only; /* as mounted here, which is how containers show it: no groups can be made */
    bool denied;    /* the caller's cgroup in it is another user's: the caller can make no groups */
    char mount[256];       /* where it is mounted */
    char root[256];        /* what part of it is mounted there: "/" outside containers */
    char controllers[128]; /* space-separated; v2: those usable in the caller's cgroup */
    char own[512];         /* the caller's cgroup in it, from the mount's root on: "/a/b" */
};

/*
 * Where the caller stands in the cgroup2 hierarchy, as far as it decides where a job can be put. A
 * group with controllers for its children must have no processes of its own, the root excepted.
 */
struct host_place {
    bool root;         /* of the whole hierarchy, not of a namespace's part */
    bool crowded;      /* holds processes that are not the caller */
    bool delegated;    /* systemd has marked it, or one it lies in, as delegated */
    char enabled[128]; /* controllers that its children have now */
    char all[128];     /* controllers at the top of the mount */
    char users[128];   /* those that the caller's own systemd has been given */
};

/* The name of a group that only holds processes, so that its parent can have controllers. */
#define HOST_LEAF "cgrun.leaf"

/* A mount that a job could reach the kernel's interfaces through. */
struct host_mount {
    char *path; /* malloc'd */
    char type[16];
    uint64_t flags; /* as statvfs's: ST_NOSUID, ... ; kept when remounting read-only */
};

/* Zero-initialised, to be read as often as needed, freed once. */
struct host_facts {
    enum host_layout layout;
    struct host_place place;
    bool cgroup2_planned; /* the cgroup2 hierarchy above is still to be mounted */

    unsigned kernel_major, kernel_minor;
    char kernel_release[65], hostname[65], machine[65];
    unsigned cpus;
    bool root;          /* effective uid 0 */
    bool namespaced;    /* ... of a user namespace, to which the rest of the host is not root */
    uint64_t caps;      /* effective capabilities */
    bool cgroup_kill;   /* cgroup.kill: 5.14 */
    bool mount_setattr; /* 5.12 */
    int landlock;       /* ABI version; 0: not there */
    bool terminal;      /* the caller has a controlling terminal */
    bool pressure;      /* PSI is on */
    bool systemd;       /* systemd is PID 1 */
    uint32_t uid;       /* effective */
    bool user_manager;  /* an ordinary user's own systemd can be asked for a scope */
    uint32_t gid;
    char user[64]; /* the caller's name, read for ordinary users only; "": it has none */
    bool sudo;     /* is installed; read for ordinary users only */

    size_t interfaces;
    struct host_mount *interface; /* cgroup, proc, sysfs and their like: all there are */

    /* Last, and not cleared beyond their count: 27 KiB, of which most hosts need a fifth. */
    size_t hierarchies;
    struct hierarchy hierarchy[HOST_HIERARCHIES];
};

void facts_free(struct host_facts *facts);
#define _cleanup_facts_ __attribute__((cleanup(facts_free)))

/* What a path leads to, where mountinfo has the mount of that number. */
enum host_there { HOST_THERE_NOTHING, HOST_THERE_ANOTHER, HOST_THERE_IT };
typedef enum host_there facts_there(const char *mount, uint64_t id);

/*
 * Parses /proc/self/mountinfo and /proc/self/cgroup into hierarchies, interfaces and layout. What
 * is no such text adds nothing, nor does a mount that cannot be reached (NULL: all can); where
 * another is mounted, it may be a newer one of the kind, and is no hierarchy, but an interface.
 * They are all noted or it is an error, -ENOMEM: one that is missed would stay writable to the job.
 * So it is with a path of the caller's that there is no room for, -ENAMETOOLONG: a job beneath a
 * part of it would escape the caller's limits.
 */
int facts_parse_mounts(struct host_facts *facts, const char *mountinfo, facts_there *there);
int facts_parse_own(struct host_facts *facts, const char *proc_self_cgroup);
void facts_parse_release(struct host_facts *facts, const char *release);

/*
 * On a host with v1 hierarchies alone: adds a cgroup2 hierarchy that is to be mounted at `mount`.
 * It has no controllers, but gives jobs an identity. facts_parse_own() then finds the caller in it.
 * Returns 0 or -ENOMEM.
 */
int facts_plan_cgroup2(struct host_facts *facts, const char *mount);

/*
 * If the caller is in a leaf that cgrun made, jobs go beside it, beneath the group that the leaf
 * belongs to: the limits are that one's.
 */
void facts_leave_leaf(struct host_facts *facts);

/* The facts as they will be once systemd has moved the caller, alone, into a scope at `path`. */
void facts_enter_scope(struct host_facts *facts, const char *path);

/* Reads which hierarchies are denied to the caller. */
void facts_read_denied(struct host_facts *facts);

/* Reads which controllers a scope of the caller's own systemd can have. */
void facts_read_users_systemd(struct host_facts *facts);

/* Reads facts->place; the hierarchy's `own` and `mount` are known by then. */
void facts_read_place(struct host_facts *facts);

/* Reads all of it from the running kernel; `cgroup2` is for facts_plan_cgroup2(), NULL: never. */
int facts_read(struct host_facts *facts, const char *cgroup2, struct err *err);

/*
 * The hierarchy that holds a controller ("memory") and that the caller can make groups in, or NULL;
 * the cgroup2 hierarchy, be it read-only or denied, or NULL.
 */
const struct hierarchy *facts_controller(const struct host_facts *facts, const char *controller);
const struct hierarchy *facts_v2(const struct host_facts *facts);
/* It is there, but in a hierarchy that is denied to the caller. */
bool facts_denied_controller(const struct host_facts *facts, const char *controller);
/* It is there, but as a container shows the hierarchies that it is to keep away from. */
bool facts_read_only_controller(const struct host_facts *facts, const char *controller);

/* Whether `word` is one of the space-separated words of `list`. */
bool facts_word_in(const char *list, const char *word);

bool facts_kernel_at_least(const struct host_facts *facts, unsigned major, unsigned minor);

const char *facts_layout_name(enum host_layout layout);

#endif
