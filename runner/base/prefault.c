/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/prefault.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* As much as a launch of /bin/true uses; `perf trace -F all` shows what it faults beyond that. */
#define HEAP_BYTES  ((size_t)240 * 1024)
#define STACK_BYTES ((size_t)56 * 1024)

static void populate(uintptr_t from, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = from & -page;

    madvise((void *)start, from + bytes - start, MADV_POPULATE_WRITE);
}

void prefault_memory(void)
{
    char here;
    void *first;

    /* In one step, and never given back in between. */
    mallopt(M_TOP_PAD, (int)(2 * HEAP_BYTES));
    mallopt(M_TRIM_THRESHOLD, (int)(64 * HEAP_BYTES));
    first = malloc(1);
    if (first)
        populate((uintptr_t)first, HEAP_BYTES);
    free(first);
    populate((uintptr_t)&here - STACK_BYTES, STACK_BYTES);
}
