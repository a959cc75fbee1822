/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/record/traces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/array.h"

static const char *const names[] = {
    [TRACE_SYSCALLS] = "syscalls", [TRACE_NET] = "net", [TRACE_SCHED] = "sched", [TRACE_IO] = "io",
    [TRACE_FILES] = "files",
};
ASSERT_ENTRIES(names, TRACE_FEATURES);

int trace_feature_by_name(const char *word)
{
    for (int i = 0; i < TRACE_FEATURES; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}

const char *trace_feature_name(enum trace_feature feature)
{
    return names[feature];
}

/* One more element at the end of a list that grows by doubling. */
static void *grow(void *list, size_t count, size_t element)
{
    if (count & (count - 1))
        return list;
    return realloc(list, (count ? count * 2 : 1) * element);
}

int traces_add_call(struct traces *t, int number, const char *name, uint64_t calls)
{
    struct traced_call *grown = grow(t->calls, t->calls_count, sizeof(*grown)), *c;

    if (!grown)
        return -ENOMEM;
    t->calls = grown;
    c = &grown[t->calls_count++];
    *c = (struct traced_call){.number = number, .calls = calls};
    if (name)
        snprintf(c->name, sizeof(c->name), "%s", name);
    else
        snprintf(c->name, sizeof(c->name), "call %d", number);
    return 0;
}

int traces_add_error(struct traces *t, int number, int error, uint64_t count)
{
    for (size_t i = 0; i < t->calls_count; i++) {
        struct traced_call *c = &t->calls[i];
        struct traced_error *grown;

        if (c->number != number)
            continue;
        for (size_t e = 0; e < c->errors_count; e++)
            if (c->errors[e].error == error) {
                c->errors[e].count += count;
                return 0;
            }
        grown = grow(c->errors, c->errors_count, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        c->errors = grown;
        c->errors[c->errors_count++] = (struct traced_error){error, count};
        return 0;
    }
    return -ENOENT;
}

int traces_add_peer(struct traces *t, const struct traced_peer *peer)
{
    struct traced_peer *grown = grow(t->peers, t->peers_count, sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    t->peers = grown;
    grown[t->peers_count++] = *peer;
    return 0;
}

static struct traced_file *file_of(struct traces *t, const char *path, size_t *place)
{
    size_t low = 0, high = t->files_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->files[middle].path, path);

        if (order == 0)
            return &t->files[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return NULL;
}

/* In the order of their paths, so that one is found again among many. */
static struct traced_file *new_file(struct traces *t, const char *path, size_t place)
{
    if (t->files_count == t->files_size) {
        size_t size = t->files_size ? t->files_size * 2 : 64;
        struct traced_file *grown = realloc(t->files, size * sizeof(*grown));

        if (!grown)
            return NULL;
        t->files = grown;
        t->files_size = size;
    }
    memmove(&t->files[place + 1], &t->files[place], (t->files_count - place) * sizeof(*t->files));
    t->files[place] = (struct traced_file){.path = strdup(path)};
    t->files_count++;
    return &t->files[place];
}

int traces_add_file(struct traces *t, const char *path, uint64_t written, uint64_t renamed,
                    uint64_t removed)
{
    size_t place = 0;
    struct traced_file *f = file_of(t, path, &place);

    if (!f && t->files_count >= TRACE_FILES_MAX) {
        t->files_uncounted++;
        return 0;
    }
    if (!f)
        f = new_file(t, path, place);
    if (!f || !f->path)
        return -ENOMEM;
    f->written += written;
    f->renamed += renamed;
    f->removed += removed;
    return 0;
}

uint64_t *traces_times(struct traces *t, enum trace_feature which)
{
    return t->times[which == TRACE_IO];
}

static int by_calls(const void *a, const void *b)
{
    const struct traced_call *x = a, *y = b;

    if (x->calls != y->calls)
        return x->calls > y->calls ? -1 : 1;
    return x->number - y->number;
}

static int by_bytes(const void *a, const void *b)
{
    const struct traced_peer *x = a, *y = b;
    uint64_t left = x->bytes_sent + x->bytes_received, right = y->bytes_sent + y->bytes_received;
    int order = strcmp(x->address, y->address);

    if (left != right)
        return left > right ? -1 : 1;
    return order ? order : (int)x->port - (int)y->port;
}

void traces_sort(struct traces *t)
{
    if (t->calls_count)
        qsort(t->calls, t->calls_count, sizeof(*t->calls), by_calls);
    if (t->peers_count)
        qsort(t->peers, t->peers_count, sizeof(*t->peers), by_bytes);
}

void traces_free(struct traces *t)
{
    for (size_t i = 0; i < t->calls_count; i++)
        free(t->calls[i].errors);
    for (size_t i = 0; i < t->files_count; i++)
        free(t->files[i].path);
    free(t->calls);
    free(t->peers);
    free(t->files);
    *t = (struct traces){0};
}
