/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a repository's files: what is found is a revision or a name that stays within. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/host/git_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);

    if (!text)
        abort();
    return text;
}

static void check_revision(const char *revision)
{
    size_t n = strspn(revision, "0123456789abcdef");

    if ((n != 40 && n != 64) || revision[n])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *reference = text_of(data, size), *gitfile = text_of(data, size),
         *packed = text_of(data, size), revision[GIT_REVISION_SIZE];
    const char *value, *path;

    switch (git_parse_reference(reference, &value)) {
    case GIT_REFERENCE_REVISION:
        check_revision(value);
        break;
    case GIT_REFERENCE_NAME:
        if (*value == '/' || strstr(value, ".."))
            abort();
        break;
    case GIT_REFERENCE_UNKNOWN:
        if (value)
            abort();
    }
    path = git_parse_gitfile(gitfile);
    if (path && (path <= gitfile || !*path))
        abort();
    if (git_find_packed(packed, "refs/heads/main", revision))
        check_revision(revision);
    free(reference);
    free(gitfile);
    free(packed);
    return 0;
}
