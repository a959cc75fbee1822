/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child's seccomp listener comes to its parent. The child makes it with the last filter, after
 * which it may be allowed no call that could send it, and its parent waits for exec: so a thread of
 * the parent fetches it, while the child looks at a word of the memory that they share.
 */
#ifndef CGRUN_APPLY_HANDOVER_H
#define CGRUN_APPLY_HANDOVER_H

#include <pthread.h>
#include <sys/types.h>

struct handover {
    pthread_t thread;
    pid_t giver; /* the child, known before `given` */
    int given;   /* its descriptor; -1: not yet */
    int state;   /* enum handover_state; given and state are atomic */
    int fd;      /* the parent's, or a negative errno */
};

/* 0, or an errno: this kernel, or an outer policy, lets nobody fetch a descriptor. */
int handover_possible(void);

/* Parent: begins to wait for a descriptor. 0 or an errno. */
int handover_begin(struct handover *h);
/* Parent, when the child has executed something or ended: the descriptor, or a negative errno. */
int handover_end(struct handover *h);

/* Child: returns when the parent has it; an errno if it could not get it. Makes no system call. */
int handover_give(struct handover *h, pid_t giver, int fd);

#endif
