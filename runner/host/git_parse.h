/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of a git repository's files that lead to a revision. Pure; any bytes may come. */
#ifndef CGRUN_HOST_GIT_PARSE_H
#define CGRUN_HOST_GIT_PARSE_H

#include <stdbool.h>

#define GIT_REVISION_SIZE 65 /* 40 or 64 hexadecimal digits and a NUL */

/* Whether a reference's name can be looked up as a path: "refs/...", without tricks. */
bool git_is_ref_name(const char *name);

enum git_reference {
    GIT_REFERENCE_REVISION, /* a commit */
    GIT_REFERENCE_NAME,     /* another reference */
    GIT_REFERENCE_UNKNOWN,
};

/*
 * What HEAD or a reference's file says. Blanks at the end of `text` are cut off. `*ret` points to
 * the revision or the checked name in it; NULL for GIT_REFERENCE_UNKNOWN.
 */
enum git_reference git_parse_reference(char *text, const char **ret);

/* The path in a ".git" file, "gitdir: PATH". Ends of lines are cut off. NULL: it is none. */
const char *git_parse_gitfile(char *text);

/* The reference's revision in a packed-refs file. False, and `revision` empty: it is not there. */
bool git_find_packed(const char *text, const char *name, char revision[GIT_REVISION_SIZE]);

#endif
