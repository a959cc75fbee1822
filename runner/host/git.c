/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/git.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/host/helper.h"

#define LEVELS_MAX      64 /* directories upwards */
#define REFERENCES_MAX  5  /* symbolic references to one another */
#define SMALL_FILE      4096
#define PACKED_REFS_MAX (16 << 20)

/* Beneath the directory, through no link: what a path within a repository may lead to. */
static int open_within(int dir, const char *path)
{
    const struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

    return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* A whole regular file of at most so many bytes, NUL-terminated, to be freed; NULL: it is none. */
static char *read_within(int dir, const char *path, size_t most)
{
    _cleanup_close_ int fd = open_within(dir, path);
    _cleanup_free_ char *text = NULL;
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > most)
        return NULL;
    text = malloc((size_t)st.st_size + 1);
    n = text ? read(fd, text, (size_t)st.st_size) : -1;
    if (n < 0)
        return NULL;
    text[n] = '\0';
    return steal(&text);
}

/* Without what ends the line. */
static char *read_line(int dir, const char *path)
{
    char *text = read_within(dir, path, SMALL_FILE);

    if (text)
        text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static int open_directory(int dir, const char *path)
{
    return openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ".git" is a directory, or a file that names one: worktrees and submodules have such. */
static int open_git_directory(int dir)
{
    _cleanup_close_ int git = openat(dir, ".git", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    _cleanup_free_ char *text = NULL;

    if (git >= 0)
        return steal_fd(&git);
    text = read_line(dir, ".git");
    return text && strncmp(text, "gitdir: ", 8) == 0 ? open_directory(dir, text + 8) : -1;
}

static bool same_directory(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Of the working directory or the first one above it. */
static int find_git_directory(void)
{
    _cleanup_close_ int dir = open_directory(AT_FDCWD, ".");

    for (int level = 0; dir >= 0 && level < LEVELS_MAX; level++) {
        int git = open_git_directory(dir), above;

        if (git >= 0)
            return git;
        above = open_directory(dir, "..");
        if (above < 0 || same_directory(dir, above)) {
            if (above >= 0)
                close(above);
            return -1;
        }
        close(dir);
        dir = above;
    }
    return -1;
}

/* A worktree has its own HEAD, and most references in the directory that all worktrees share. */
static int open_common(int git)
{
    _cleanup_free_ char *text = read_line(git, "commondir");

    return text ? open_directory(git, text) : open_directory(git, ".");
}

bool git_is_ref_name(const char *name)
{
    if (strncmp(name, "refs/", 5) != 0 || strlen(name) > 1000 || strstr(name, ".."))
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("~^:?*[\\", *c) ||
            (*c == '/' && (c[1] == '.' || c[1] == '/' || !c[1])))
            return false;
    return true;
}

static bool is_revision(const char *text)
{
    size_t n = strspn(text, "0123456789abcdef");

    return (n == 40 || n == 64) && !text[n];
}

/* "REVISION refs/heads/main", a line each. */
static bool find_packed(int common, const char *name, char revision[GIT_REVISION_SIZE])
{
    _cleanup_free_ char *text = read_within(common, "packed-refs", PACKED_REFS_MAX);
    char *save = NULL;

    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        char *blank = strchr(line, ' ');

        if (!blank || strcmp(blank + 1, name) != 0)
            continue;
        *blank = '\0';
        if (!is_revision(line))
            return false;
        snprintf(revision, GIT_REVISION_SIZE, "%s", line);
        return true;
    }
    return false;
}

static bool follow(int git, int common, char revision[GIT_REVISION_SIZE], char why[GIT_TEXT_SIZE])
{
    _cleanup_free_ char *text = read_line(git, "HEAD");

    for (int i = 0; text && i < REFERENCES_MAX; i++) {
        char *found;

        if (is_revision(text)) {
            snprintf(revision, GIT_REVISION_SIZE, "%s", text);
            return true;
        }
        if (strncmp(text, "ref: ", 5) != 0 || !git_is_ref_name(text + 5))
            break;
        found = read_line(git, text + 5);
        if (!found)
            found = read_line(common, text + 5);
        if (!found && find_packed(common, text + 5, revision))
            return true;
        if (!found) {
            snprintf(why, GIT_TEXT_SIZE, "its branch has no commit yet");
            return false;
        }
        free(text);
        text = found;
    }
    snprintf(why, GIT_TEXT_SIZE, "its HEAD is in no form that is known here");
    return false;
}

bool git_revision(char revision[GIT_REVISION_SIZE], char why[GIT_TEXT_SIZE])
{
    _cleanup_close_ int git = find_git_directory(), common = -1;

    revision[0] = why[0] = '\0';
    if (git < 0) {
        snprintf(why, GIT_TEXT_SIZE, "the working directory is in no git repository");
        return false;
    }
    common = open_common(git);
    return follow(git, common, revision, why);
}

static void unknown(struct git_query *q, const char *why)
{
    snprintf(q->dirty, sizeof(q->dirty), "unknown: %.80s", why);
}

void git_query_start(struct git_query *q, bool changes, const char *dirty)
{
    char path[512];
    const char *const argv[] = {path, NULL};
    int r;

    *q = (struct git_query){0};
    if (!git_revision(q->revision, q->why))
        return;
    if (dirty)
        snprintf(q->dirty, sizeof(q->dirty), "%s", dirty);
    if (dirty || !changes)
        return;
    r = helper_path("cgrun-git", path, sizeof(path));
    if (r == 0)
        r = command_start(&q->command, argv);
    q->asked = r == 0;
    if (r < 0)
        unknown(q, "cgrun-git is not installed");
}

void git_query_finish(struct git_query *q, int timeout_ms)
{
    char text[512] = "";
    int r;

    if (!q->asked)
        return;
    q->asked = false;
    r = command_finish(&q->command, text, sizeof(text), timeout_ms);
    text[strcspn(text, "\n")] = '\0';
    if (r == 0 && (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0))
        snprintf(q->dirty, sizeof(q->dirty), "%s", *text == 'y' ? "yes" : "no");
    else if (r == -ETIMEDOUT)
        unknown(q, "looking at all files takes too long");
    else
        unknown(q, strncmp(text, "error ", 6) == 0 ? text + 6 : "cgrun-git failed");
}

void git_query_drop(struct git_query *q)
{
    git_query_finish(q, 0);
}
