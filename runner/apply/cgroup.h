/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Creates, watches and ends the job's cgroups, in v1, hybrid and v2 layouts as the plan says. A
 * cgroup is a directory: this module makes it, writes and reads its files, and removes it.
 */
#ifndef CGRUN_APPLY_CGROUP_H
#define CGRUN_APPLY_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/apply/cgroup_handles.h"
#include "runner/apply/descendants.h"
#include "runner/base/err.h"
#include "runner/plan/plan.h"

#define CGROUP_GROUPS 16

/*
 * The job's groups once they exist, in the order of plan->group. Of a job without a cgroup there
 * are none, and what is said of its processes below is said of its descendants.
 */
struct job_cgroups {
    const struct plan *plan;
    int dir[CGROUP_GROUPS];          /* open directories, close-on-exec; -1 past `made` */
    int parent[CGROUP_GROUPS];       /* the directories they were made in, likewise */
    const char *name[CGROUP_GROUPS]; /* their names there; borrowed from the plan */
    int birth_fd; /* the cgroup2 directory the command is born in: dir[0], or a leaf of it */
    size_t made;
    uint64_t id;                    /* of the cgroup2 group: what BPF and file handles call it */
    bool removed;                   /* nothing is left of them */
    struct cgroup_handles handles;  /* to end it, open from the start */
    struct descendants descendants; /* of a job without a cgroup */
};

/* Creates all groups with their settings. On failure nothing is left and `err` names the file. */
int cgroup_create(struct job_cgroups *job, const struct plan *plan, struct err *err);

/* The ids of the cgroups that the job's lies in, nearest first, without the root. How many. */
size_t cgroup_ancestors(const struct job_cgroups *job, uint64_t *ids, size_t size);

/* Reads a file of the group that holds `controller`; NULL: of the cgroup2 one. As file_read_at. */
int cgroup_read(const struct job_cgroups *job, const char *controller, const char *file, char *buf,
                size_t size);

/* Whether any process is left. -1: it cannot be told. */
int cgroup_populated(const struct job_cgroups *job);

/*
 * Ends every process of the job and waits until none is left, at most `timeout_ms`. -ETIMEDOUT when
 * some process could not be ended in time (uninterruptible sleep).
 */
int cgroup_kill(const struct job_cgroups *job, unsigned timeout_ms, struct err *err);

/* For leftovers of others, by a directory of the cgroup2 hierarchy. */
/* 1: some process is in it or beneath; 0: none; -1: unknown. */
int cgroup_populated_dir(int dirfd);
/* Ends every process in it, as above. */
int cgroup_kill_dir(int dirfd, unsigned timeout_ms, struct err *err);

/* Sends a signal to every process of the job, nested groups included, and wakes the stopped. */
void cgroup_signal(const struct job_cgroups *job, int signal);

/* Freezes or thaws the job, where cgroup.freeze exists. Without a cgroup: nothing. */
int cgroup_freeze(const struct job_cgroups *job, bool freeze, struct err *err);

/* Removes the groups, nested ones first. */
int cgroup_remove(struct job_cgroups *job, struct err *err);

/* Removes one directory tree of a hierarchy, for the leftovers of a lost supervisor. */
int cgroup_remove_path(const char *path, struct err *err);

/* Closes the directories. */
void cgroup_close(struct job_cgroups *job);

#endif
