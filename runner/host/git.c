/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/git.h"

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

/*
 * A whole regular file beneath the directory, reached through no link, of at most so many bytes;
 * NUL-terminated, to be freed. Returns 0, -ENOENT if nothing is there, or why it cannot be read.
 */
static int read_within(int dir, const char *path, size_t most, char **ret)
{
    const struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
    _cleanup_free_ char *text = NULL;
    struct stat st;
    ssize_t n;

    *ret = NULL;
    if (fd < 0)
        return errno == ENOTDIR ? -ENOENT : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode)) /* git leaves such behind when a reference is packed */
        return -ENOENT;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if ((size_t)st.st_size > most)
        return -EFBIG;
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return -ENOMEM;
    n = read(fd, text, (size_t)st.st_size);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    *ret = steal(&text);
    return 0;
}

/* "its NAME WHY"; always false, for a revision that is not had. */
static bool refuse(char why[GIT_TEXT_SIZE], const char *name, int error)
{
    const char *text = error == -ELOOP    ? "is a link, which is not followed"
                       : error == -EFBIG  ? "is too large"
                       : error == -EINVAL ? "is no regular file"
                       : error == -ENOENT ? "is missing"
                                          : "cannot be read";

    snprintf(why, GIT_TEXT_SIZE, "its %.50s %s", name, text);
    return false;
}

static int open_directory(int dir, const char *path)
{
    int fd = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static bool has(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_git_directory(int dir)
{
    return has(dir, "HEAD") && (has(dir, "objects") || has(dir, "commondir"));
}

/*
 * The repository of this directory alone: ".git" is a directory, or a file that names one, as
 * worktrees and submodules have. -ENOENT: there is none, as with a directory that only has the
 * name. Any other error ends the search, since what lies above is another repository.
 */
static int open_repository_of(int dir, char why[GIT_TEXT_SIZE])
{
    _cleanup_close_ int git = openat(dir, ".git", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int named = -1;
    const char *path;
    struct stat st;
    int r;

    if (git < 0 || fstat(git, &st) < 0) {
        r = errno == ENOTDIR ? -ENOENT : -errno;
        if (r != -ENOENT)
            refuse(why, ".git", r);
        return r;
    }
    if (S_ISDIR(st.st_mode))
        return is_git_directory(git) ? steal_fd(&git) : -ENOENT;
    r = read_within(dir, ".git", SMALL_FILE, &text);
    if (r < 0) {
        refuse(why, ".git", r);
        return r == -ENOENT ? -ESTALE : r;
    }
    path = git_parse_gitfile(text);
    named = path ? open_directory(dir, path) : -1;
    if (named >= 0 && is_git_directory(named))
        return steal_fd(&named);
    snprintf(why, GIT_TEXT_SIZE, "its .git file names no repository");
    return -EINVAL;
}

static bool same_directory(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Of the directory or the first one above it that has one. Negative with the reason in `why`. */
static int find_repository(const char *directory, char why[GIT_TEXT_SIZE])
{
    _cleanup_close_ int dir = open_directory(AT_FDCWD, directory);

    for (int level = 0; dir >= 0 && level < LEVELS_MAX; level++) {
        int git = open_repository_of(dir, why);
        _cleanup_close_ int above = -1;

        if (git != -ENOENT)
            return git;
        above = open_directory(dir, "..");
        if (above >= 0 && same_directory(dir, above)) {
            snprintf(why, GIT_TEXT_SIZE, "the working directory is in no git repository");
            return -ENOENT;
        }
        close(dir);
        dir = steal_fd(&above);
    }
    snprintf(why, GIT_TEXT_SIZE,
             "the working directory is too deep, or one above cannot be entered");
    return -ENOENT;
}

/* A worktree has its own HEAD, and most references in the directory that all worktrees share. */
static int open_common(int git)
{
    _cleanup_free_ char *text = NULL;
    int r = read_within(git, "commondir", SMALL_FILE, &text);

    if (r == -ENOENT)
        return open_directory(git, ".");
    if (!text)
        return r;
    text[strcspn(text, "\r\n")] = '\0';
    return open_directory(git, text);
}

/* A reference that is not packed: the worktree's own, or else the one of all worktrees. */
static int read_loose(int git, int common, const char *name, char **ret)
{
    int r = read_within(git, name, SMALL_FILE, ret);

    return r == -ENOENT ? read_within(common, name, SMALL_FILE, ret) : r;
}

static bool find_packed(int common, const char *name, char revision[GIT_REVISION_SIZE],
                        char why[GIT_TEXT_SIZE])
{
    _cleanup_free_ char *text = NULL;
    int r = read_within(common, "packed-refs", PACKED_REFS_MAX, &text);

    if (r < 0 && r != -ENOENT)
        return refuse(why, "packed-refs", r);
    if (r == 0 && git_find_packed(text, name, revision))
        return true;
    snprintf(why, GIT_TEXT_SIZE, "its branch has no commit yet");
    return false;
}

static bool follow(int git, int common, char revision[GIT_REVISION_SIZE], char why[GIT_TEXT_SIZE])
{
    _cleanup_free_ char *text = NULL;
    int r = read_within(git, "HEAD", SMALL_FILE, &text);

    if (r < 0)
        return refuse(why, "HEAD", r);
    for (int i = 0; i < REFERENCES_MAX; i++) {
        enum git_reference kind;
        const char *value;
        char *next;

        kind = git_parse_reference(text, &value);
        if (kind == GIT_REFERENCE_UNKNOWN)
            break;
        if (kind == GIT_REFERENCE_REVISION) {
            snprintf(revision, GIT_REVISION_SIZE, "%s", value);
            return true;
        }
        r = read_loose(git, common, value, &next);
        if (r == -ENOENT)
            return find_packed(common, value, revision, why);
        if (r < 0)
            return refuse(why, value, r);
        free(text);
        text = next;
    }
    snprintf(why, GIT_TEXT_SIZE, "%s",
             has(common, "reftable") ? "its references are in reftable files, which are not read"
                                     : "its HEAD is in no form that is known here");
    return false;
}

bool git_revision(const char *directory, char revision[GIT_REVISION_SIZE], char why[GIT_TEXT_SIZE])
{
    _cleanup_close_ int git = find_repository(directory, why), common = -1;

    revision[0] = '\0';
    if (git < 0)
        return false;
    why[0] = '\0';
    common = open_common(git);
    if (common < 0) {
        snprintf(why, GIT_TEXT_SIZE, "its commondir names no directory");
        return false;
    }
    return follow(git, common, revision, why);
}

static void unknown(struct git_query *q, const char *why)
{
    snprintf(q->dirty, sizeof(q->dirty), "unknown: %.80s", why);
}

void git_query_start(struct git_query *q, const char *directory, bool changes, const char *dirty)
{
    char path[512];
    const char *const argv[] = {path, directory ? directory : ".", NULL};
    int r;

    *q = (struct git_query){0};
    if (!git_revision(argv[1], q->revision, q->why))
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
