/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the known name that a mistyped word is nearest to. */
#ifndef CGRUN_BASE_SUGGEST_H
#define CGRUN_BASE_SUGGEST_H

struct suggestion {
    const char *word;  /* what was typed; borrowed */
    const char *name;  /* the nearest so far; NULL: none is near. Borrowed */
    unsigned distance; /* its distance: letters inserted, left out, replaced or swapped */
    unsigned beyond;   /* at this distance a name is no longer near */
};

/* Begins: names at `beyond` or more, or as far as the word is long, are not near. */
struct suggestion suggest_begin(const char *word, unsigned beyond);

/*
 * Considers a name. A word that begins it, or whose letters all occur in it in that order from the
 * first one on ("memmax" of "memory-max"), is nearer than any with another letter in it.
 */
void suggest_consider(struct suggestion *s, const char *name);

#endif
