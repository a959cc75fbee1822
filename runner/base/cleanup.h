/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope-bound release of resources. A type's own cleanup stands beside the type; the ones here are
 * for what the C library owns: heap blocks, descriptors, streams, directories.
 */
#ifndef CGRUN_BASE_CLEANUP_H
#define CGRUN_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

static inline void freep(void *p)
{
    free(*(void **)p);
}

static inline void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void fclosep(FILE **f)
{
    if (*f)
        fclose(*f);
}

static inline void closedirp(DIR **d)
{
    if (*d)
        closedir(*d);
}

#define _cleanup_free_     _cleanup_(freep)
#define _cleanup_close_    _cleanup_(closep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Hands a pointer on and forgets it here: `return steal(&p);` keeps the cleanup from freeing it. */
#define steal(pp)                                                                                  \
    ({                                                                                             \
        __typeof__(*(pp)) _stolen = *(pp);                                                         \
        *(pp) = NULL;                                                                              \
        _stolen;                                                                                   \
    })

static inline int steal_fd(int *fd)
{
    int kept = *fd;

    *fd = -1;
    return kept;
}

#endif
