/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/base/suggest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NAME_MAX_LENGTH 63
#define ABBREVIATED_MIN 4 /* letters of a word that is taken for an abbreviation */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau and Levenshtein's, of neighbouring letters swapped at most once. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned before[NAME_MAX_LENGTH + 1], last[NAME_MAX_LENGTH + 1], now[NAME_MAX_LENGTH + 1];
    size_t n = strlen(b);

    if (n > NAME_MAX_LENGTH)
        return ~0u;
    for (size_t k = 0; k <= n; k++)
        last[k] = (unsigned)k;
    for (size_t i = 0; a[i]; i++) {
        now[0] = (unsigned)i + 1;
        for (size_t k = 1; k <= n; k++) {
            now[k] = least(last[k - 1] + (a[i] != b[k - 1]), least(last[k], now[k - 1]) + 1);
            if (i && k > 1 && a[i] == b[k - 2] && a[i - 1] == b[k - 1])
                now[k] = least(now[k], before[k - 2] + 1);
        }
        memcpy(before, last, sizeof(before));
        memcpy(last, now, sizeof(last));
    }
    return last[n];
}

static bool abbreviates(const char *word, const char *name)
{
    if (strlen(word) < ABBREVIATED_MIN || *word != *name)
        return false;
    for (; *word && *name; name++)
        word += *word == *name;
    return !*word;
}

struct suggestion suggest_begin(const char *word, unsigned beyond)
{
    size_t n = strlen(word);

    return (struct suggestion){.word = word, .beyond = n < beyond ? (unsigned)n : beyond};
}

void suggest_consider(struct suggestion *s, const char *name)
{
    unsigned distance = edit_distance(s->word, name);

    if (abbreviates(s->word, name) && distance > 1)
        distance = strncmp(s->word, name, strlen(s->word)) == 0 ? 1 : 2;
    if (distance < s->beyond && (!s->name || distance < s->distance)) {
        s->name = name;
        s->distance = distance;
    }
}
