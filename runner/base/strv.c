/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/strv.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/base/buf.h"

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

static const char *scan_word(const char *at, struct buf *word)
{
    char quote = 0;

    buf_add(word, "");
    for (; *at && (quote || !isspace((unsigned char)*at)); at++) {
        if (quote ? *at == quote : *at == '\'' || *at == '"') {
            quote = quote ? 0 : *at;
            continue;
        }
        if (*at == '\\' && quote != '\'' && at[1])
            at++;
        buf_add_bytes(word, at, 1);
    }
    return quote ? NULL : at;
}

int strv_add_words(struct strv *v, const char *text)
{
    _cleanup_strv_ struct strv words = {0};
    const char *at = text;

    for (;;) {
        _cleanup_buf_ struct buf word = {0};

        while (isspace((unsigned char)*at))
            at++;
        if (!*at)
            break;
        at = scan_word(at, &word);
        if (!at)
            return -EINVAL;
        if (word.failed || strv_add(&words, buf_text(&word)) < 0)
            return -ENOMEM;
    }
    return words.count ? strv_add_all(v, words.item) : 0;
}
