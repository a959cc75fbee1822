/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The living descendants of a process, read from /proc. */
#ifndef CGRUN_HOST_PROCESS_TREE_H
#define CGRUN_HOST_PROCESS_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tree_process {
    pid_t pid, parent;
    uint64_t start;        /* field 22 of /proc/PID/stat, clock ticks after boot */
    char state;            /* 'R', 'S', 'T', ... */
    uint64_t ticks;        /* of processor time, its own and that of the children it waited for */
    uint64_t waited_ticks; /* the latter alone */
};

struct process_tree {
    struct tree_process *item;
    size_t count;
    uint64_t ticks; /* of all of them, and of the children that the root waited for */
};

/*
 * Reads the descendants of `root`, zombies left out, without the `excluded` children and what
 * descends from them. One that forks while /proc is read may be missed. Returns 0 or a negative
 * errno; then the tree is empty.
 */
int process_tree_read(struct process_tree *tree, pid_t root, const struct process_tree *excluded);

/* The process is the one that was read, and no other with its number. */
const struct tree_process *process_tree_find(const struct process_tree *tree, pid_t pid,
                                             uint64_t start);

void process_tree_free(struct process_tree *tree);
#define _cleanup_process_tree_ __attribute__((cleanup(process_tree_free)))

#endif
