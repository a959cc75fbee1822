/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/prefault.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* As much as a launch of /bin/true uses; `perf trace -F all` shows what it faults beyond that. */
#define HEAP_BYTES  ((size_t)128 * 1024)
#define STACK_BYTES ((size_t)40 * 1024)

void prefault(void *start, size_t bytes)
{
    uintptr_t offset = (uintptr_t)start % (uintptr_t)sysconf(_SC_PAGESIZE);

    madvise((char *)start - offset, offset + bytes, MADV_POPULATE_WRITE);
}

void prefault_heap_and_stack(void)
{
    char here;
    void *first;

    /* In one step, and never given back in between. */
    mallopt(M_TOP_PAD, (int)(2 * HEAP_BYTES));
    mallopt(M_TRIM_THRESHOLD, (int)(64 * HEAP_BYTES));
    first = malloc(1);
    if (first)
        prefault(first, HEAP_BYTES);
    free(first);
    prefault((char *)((uintptr_t)&here - STACK_BYTES), STACK_BYTES);
}
