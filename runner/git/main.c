/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgrun-git DIRECTORY: whether tracked files of the directory's repository differ from its last
 * commit: "yes" or "no" on standard output, or "error WHY" and status 1.
 *
 * A repository can name programs (filters, hooks, a file system monitor), and git(1) runs some of
 * them. libgit2 runs none. What it parses is still its owner's: root becomes that user first.
 */
#include <git2.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what)
{
    const git_error *e = git_error_last();

    printf("error %s%s%s\n", what, e ? ": " : "", e ? e->message : "");
    return EXIT_FAILURE;
}

/* For good: all three ids, and no way back through a program with privileges. */
static int become_owner(const char *path)
{
    struct stat st;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || stat(path, &st) < 0)
        return -1;
    if (geteuid() != 0 || st.st_uid == 0)
        return 0;
    return setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
                   setresuid(st.st_uid, st.st_uid, st.st_uid) < 0
               ? -1
               : 0;
}

static int tell_status(git_repository *repository)
{
    git_status_list *list = NULL;
    git_status_options options;

    if (git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION) < 0)
        return fail("its status");
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    if (git_status_list_new(&list, repository, &options) < 0)
        return fail("its status");
    printf("%s\n", git_status_list_entrycount(list) ? "yes" : "no");
    git_status_list_free(list);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    git_buf path = {0};
    git_repository *repository = NULL;
    int status;

    git_libgit2_init();
    if (git_repository_discover(&path, argc > 1 ? argv[1] : ".", 0, NULL) < 0)
        return fail("no repository");
    if (become_owner(path.ptr) < 0)
        return fail("cannot become the repository's owner");
    status = git_repository_open(&repository, path.ptr) < 0 ? fail("the repository")
                                                            : tell_status(repository);
    git_repository_free(repository);
    git_buf_dispose(&path);
    git_libgit2_shutdown();
    return status;
}
