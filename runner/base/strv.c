/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/strv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes ownership of `s`, which may be NULL after a failed allocation. */
static int take(struct strv *v, char *s)
{
    char **grown = s ? realloc(v->item, (v->count + 2) * sizeof(*grown)) : NULL;

    if (!grown) {
        free(s);
        return -ENOMEM;
    }
    v->item = grown;
    v->item[v->count++] = s;
    v->item[v->count] = NULL;
    return 0;
}

int strv_add(struct strv *v, const char *s)
{
    return take(v, strdup(s));
}

int strv_add_all(struct strv *v, char *const *items)
{
    for (; *items; items++)
        if (strv_add(v, *items) < 0)
            return -ENOMEM;
    return 0;
}

int strv_addf(struct strv *v, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        s = NULL;
    va_end(ap);
    return take(v, s);
}

void strv_free(struct strv *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->item[i]);
    free(v->item);
    *v = (struct strv){0};
}
