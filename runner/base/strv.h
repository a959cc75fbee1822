/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growable, NULL-terminated vector of owned strings. Zero-initialised is empty. */
#ifndef CGRUN_BASE_STRV_H
#define CGRUN_BASE_STRV_H

#include <stddef.h>

struct strv {
    char **item; /* NULL while empty, else NULL-terminated */
    size_t count;
};

/* Both copy their argument. Return 0 or -ENOMEM; on failure the vector is unchanged. */
int strv_add(struct strv *v, const char *s);
int strv_add_all(struct strv *v, char *const *items);
int strv_addf(struct strv *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Adds the words of a text as systemd's ExecStart has them: blanks separate, quotes group, a
 * backslash takes the next character as it is, nothing is expanded. -EINVAL: a quote is not closed.
 */
int strv_add_words(struct strv *v, const char *text);
void strv_free(struct strv *v);

#define strv_each(v, s) for (char **_s = (v)->item, *s; _s && (s = *_s) != NULL; _s++)

#define _cleanup_strv_ __attribute__((cleanup(strv_free)))

#endif
