/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/git_parse.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_LENGTH 1000

bool git_is_ref_name(const char *name)
{
    if (strncmp(name, "refs/", 5) != 0 || strlen(name) > NAME_MAX_LENGTH || strstr(name, ".."))
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("~^:?*[\\", *c) ||
            (*c == '/' && (c[1] == '.' || c[1] == '/' || !c[1])))
            return false;
    return true;
}

static bool is_revision(const char *text, size_t length)
{
    return (length == 40 || length == 64) && strspn(text, "0123456789abcdef") >= length;
}

static void cut_end(char *text, const char *blanks)
{
    size_t n = strlen(text);

    while (n > 0 && strchr(blanks, text[n - 1]))
        text[--n] = '\0';
}

enum git_reference git_parse_reference(char *text, const char **ret)
{
    *ret = NULL;
    cut_end(text, " \t\r\n");
    if (is_revision(text, strlen(text))) {
        *ret = text;
        return GIT_REFERENCE_REVISION;
    }
    if (strncmp(text, "ref:", 4) != 0)
        return GIT_REFERENCE_UNKNOWN;
    text += 4 + strspn(text + 4, " \t");
    if (!git_is_ref_name(text))
        return GIT_REFERENCE_UNKNOWN;
    *ret = text;
    return GIT_REFERENCE_NAME;
}

const char *git_parse_gitfile(char *text)
{
    cut_end(text, "\r\n");
    return strncmp(text, "gitdir: ", 8) == 0 && text[8] ? text + 8 : NULL;
}

/* A line for each reference: "REVISION NAME". Others begin with '#' or, for what a tag names, '^'.
 */
bool git_find_packed(const char *text, const char *name, char revision[GIT_REVISION_SIZE])
{
    size_t length = strlen(name);

    revision[0] = '\0';
    while (*text) {
        size_t line = strcspn(text, "\n"), digits = strcspn(text, " \n");
        const char *found = text + digits + 1;

        if (digits < line && line - digits - 1 == length && memcmp(found, name, length) == 0) {
            if (!is_revision(text, digits))
                return false;
            snprintf(revision, GIT_REVISION_SIZE, "%.*s", (int)digits, text);
            return true;
        }
        text += line + (text[line] != '\0');
    }
    return false;
}
