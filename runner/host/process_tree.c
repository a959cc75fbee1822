/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/process_tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/cleanup.h"
#include "runner/base/files.h"

/* "PID (comm) S ppid ...": a comm may hold anything, so what follows its last bracket is parsed. */
static bool read_process(int proc, const char *name, struct tree_process *p)
{
    char path[300], text[1024], *end;
    uint64_t own[2], waited[2];

    snprintf(path, sizeof(path), "%s/stat", name);
    if (file_read_at(proc, path, text, sizeof(text)) <= 0 || !(end = strrchr(text, ')')))
        return false;
    p->pid = (pid_t)strtol(name, NULL, 10);
    if (sscanf(end + 1,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %*d %*d %*d %*d %" SCNu64,
               &p->state, &p->parent, &own[0], &own[1], &waited[0], &waited[1], &p->start) != 7)
        return false;
    p->waited_ticks = waited[0] + waited[1];
    p->ticks = own[0] + own[1] + p->waited_ticks;
    return true;
}

static int add(struct process_tree *tree, size_t *room, const struct tree_process *p)
{
    if (tree->count == *room) {
        size_t wanted = *room ? *room * 2 : 256;
        struct tree_process *grown = realloc(tree->item, wanted * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        tree->item = grown;
        *room = wanted;
    }
    tree->item[tree->count++] = *p;
    return 0;
}

static int read_all(struct process_tree *all)
{
    _cleanup_closedir_ DIR *dir = opendir("/proc");
    const struct dirent *e;
    size_t room = 0;

    if (!dir)
        return -errno;
    while ((e = readdir(dir)) != NULL) {
        struct tree_process p;

        if (isdigit((unsigned char)e->d_name[0]) && read_process(dirfd(dir), e->d_name, &p) &&
            add(all, &room, &p) < 0)
            return -ENOMEM;
    }
    return 0;
}

const struct tree_process *process_tree_find(const struct process_tree *tree, pid_t pid,
                                             uint64_t start)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->item[i].pid == pid && tree->item[i].start == start)
            return &tree->item[i];
    return NULL;
}

static int by_parent(const void *a, const void *b)
{
    const struct tree_process *p = a, *q = b;

    return (p->parent > q->parent) - (p->parent < q->parent);
}

static const struct tree_process *first_child(const struct process_tree *sorted, pid_t parent)
{
    size_t low = 0, high = sorted->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted->item[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return sorted->item + low;
}

static int add_children(struct process_tree *tree, size_t *room, const struct process_tree *sorted,
                        pid_t parent, const struct process_tree *excluded)
{
    const struct tree_process *end = sorted->item + sorted->count;

    for (const struct tree_process *p = first_child(sorted, parent); p < end && p->parent == parent;
         p++)
        if (!(excluded && process_tree_find(excluded, p->pid, p->start)) && add(tree, room, p) < 0)
            return -ENOMEM;
    return 0;
}

static void add_up(struct process_tree *tree, const struct process_tree *all, pid_t root)
{
    tree->ticks = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->item[i].pid == root)
            tree->ticks += all->item[i].waited_ticks;
    for (size_t i = 0; i < tree->count; i++)
        tree->ticks += tree->item[i].ticks;
}

/* A zombie has no children: they went to the next reaper. */
static void drop_zombies(struct process_tree *tree)
{
    size_t kept = 0;

    for (size_t i = 0; i < tree->count; i++)
        if (tree->item[i].state != 'Z' && tree->item[i].state != 'X')
            tree->item[kept++] = tree->item[i];
    tree->count = kept;
}

int process_tree_read(struct process_tree *tree, pid_t root, const struct process_tree *excluded)
{
    _cleanup_process_tree_ struct process_tree all = {0};
    size_t room = 0;
    int r = read_all(&all);

    *tree = (struct process_tree){0};
    if (r == 0 && all.count)
        qsort(all.item, all.count, sizeof(*all.item), by_parent);
    if (r == 0)
        r = add_children(tree, &room, &all, root, excluded);
    /* Numbers are used again while /proc is read; a cycle would need more processes than there are.
     */
    for (size_t i = 0; r == 0 && i < tree->count && tree->count <= all.count; i++)
        r = add_children(tree, &room, &all, tree->item[i].pid, NULL);
    if (r < 0) {
        process_tree_free(tree);
        return r;
    }
    add_up(tree, &all, root);
    drop_zombies(tree);
    return r;
}

void process_tree_free(struct process_tree *tree)
{
    free(tree->item);
    *tree = (struct process_tree){0};
}
