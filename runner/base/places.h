/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the things of an ordinary user go: the XDG base directories, and where there are none a
 * directory of the user's own below /tmp, which a reboot empties. Only chosen here; whoever opens a
 * place checks that nobody else can change it.
 */
#ifndef CGRUN_BASE_PLACES_H
#define CGRUN_BASE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

enum place_kind {
    PLACE_STATE, /* $XDG_STATE_HOME/cgrun, ~/.local/state/cgrun */
    PLACE_CACHE, /* $XDG_CACHE_HOME/cgrun, ~/.cache/cgrun */
    PLACE_RUN,   /* $XDG_RUNTIME_DIR/cgrun, /run/user/UID/cgrun, PLACE_STATE/run */
};

/* No longer than this, so that there is room for what lies in it. */
#define PLACE_MAX 200

/*
 * Whether the caller can write to what is at the path, or make it with the directories above it
 * that are missing: 0 or an errno. Nothing is changed; what is done later may still fail.
 */
int place_writable(const char *path);

/*
 * Writes the directory's path. A variable that is relative, too long, or names a directory
 * of another user or one that cannot be written to, is passed over. Returns false if it is below
 * /tmp; `why` then says so in words.
 */
bool place_own(enum place_kind kind, char *buf, size_t size, char *why, size_t why_size);

#endif
