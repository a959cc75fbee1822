/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The revision of the working directory, by git(1) itself. git refuses repositories of other
 * owners, and is told not to run what a repository could configure (a file system monitor, hooks).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/host/environment.h"

#define GIT_TIMEOUT_MS 100
#define FIELD          96

static bool has_repository(void)
{
    char dir[4096], probe[4200];

    if (!getcwd(dir, sizeof(dir)))
        return false;
    for (;;) {
        char *slash;

        snprintf(probe, sizeof(probe), "%s/.git", dir);
        if (access(probe, F_OK) == 0)
            return true;
        slash = strrchr(dir, '/');
        if (!slash || slash == dir)
            return false;
        *slash = '\0';
    }
}

void git_query_start(struct git_query *q)
{
    const char *const argv[] = {"git",
                                "-c",
                                "core.fsmonitor=false",
                                "-c",
                                "core.hooksPath=/dev/null",
                                "status",
                                "--porcelain=v2",
                                "--branch",
                                "--untracked-files=no",
                                "--ignore-submodules=all",
                                NULL};
    int r;

    *q = (struct git_query){0};
    if (!has_repository()) {
        snprintf(q->why, sizeof(q->why), "the working directory is in no git repository");
        return;
    }
    r = command_start(&q->command, argv);
    if (r < 0)
        snprintf(q->why, sizeof(q->why), "git could not be started: %s", strerror(-r));
    else
        q->asked = true;
}

/* Headers are "# branch.oid ID", every other line is a changed file. */
static void parse_status(const char *text, char *revision, char *dirty)
{
    static const char oid[] = "# branch.oid ";

    snprintf(dirty, FIELD, "no");
    while (*text) {
        size_t n = strcspn(text, "\n");

        if (strncmp(text, oid, sizeof(oid) - 1) == 0)
            snprintf(revision, FIELD, "%.*s", (int)(n - sizeof(oid) + 1), text + sizeof(oid) - 1);
        else if (*text != '#')
            snprintf(dirty, FIELD, "yes");
        text += n + (text[n] != '\0');
    }
}

void git_query_finish(struct git_query *q, char *revision, char *dirty, char *why)
{
    char text[8192];
    int r;

    revision[0] = dirty[0] = why[0] = '\0';
    if (!q->asked) {
        snprintf(why, FIELD, "%s", q->why);
        return;
    }
    q->asked = false;
    r = command_finish(&q->command, text, sizeof(text), GIT_TIMEOUT_MS);
    if (r == 0)
        parse_status(text, revision, dirty);
    else if (r == -ETIMEDOUT)
        snprintf(why, FIELD, "git did not answer within %d ms of the job's end", GIT_TIMEOUT_MS);
    else
        snprintf(why, FIELD, "git refused the repository (exit status %d)", r);
}

void git_query_drop(struct git_query *q)
{
    char text[1];

    if (q->asked)
        command_finish(&q->command, text, sizeof(text), 0);
    q->asked = false;
}
