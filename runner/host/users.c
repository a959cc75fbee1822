/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/cleanup.h"
#include "runner/host/command.h"

#define GETENT_TIMEOUT_MS 5000
#define NUMBER_MAX        4294967294UL /* (uid_t)-1 means "unchanged" to the kernel */

static bool parse_number(const char *text, unsigned long *ret)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret = strtoul(text, &end, 10);
    return *end == '\0' && errno == 0 && *ret <= NUMBER_MAX;
}

/* One line of a name service's database, as a stream that fgetpwent and its like can read. */
static FILE *ask_getent(const char *database, const char *key, char *line, size_t size)
{
    const char *const argv[] = {"getent", database, "--", key, NULL};
    struct command c;

    if (command_start(&c, argv) < 0 || command_finish(&c, line, size, GETENT_TIMEOUT_MS) != 0)
        return NULL;
    return *line ? fmemopen(line, strlen(line), "r") : NULL;
}

static bool user_matches(const struct passwd *p, const char *key, bool numeric, unsigned long id)
{
    return numeric ? p->pw_uid == id : strcmp(p->pw_name, key) == 0;
}

/* 1: found, 0: not, negative errno. */
static int scan_users(FILE *f, const char *key, struct job_user *ret)
{
    unsigned long id = 0;
    bool numeric = parse_number(key, &id);
    const struct passwd *p;

    while ((p = fgetpwent(f)) != NULL) {
        if (!user_matches(p, key, numeric, id))
            continue;
        ret->uid = p->pw_uid;
        ret->gid = p->pw_gid;
        ret->name = strdup(p->pw_name);
        ret->home = strdup(p->pw_dir);
        ret->shell = strdup(p->pw_shell);
        return ret->name && ret->home && ret->shell ? 1 : -ENOMEM;
    }
    return 0;
}

static int find_user(const char *key, struct job_user *ret, struct err *err)
{
    _cleanup_fclose_ FILE *local = fopen("/etc/passwd", "re"), *asked = NULL;
    char line[4096];
    unsigned long id;
    int r = local ? scan_users(local, key, ret) : 0;

    if (r == 0) {
        asked = ask_getent("passwd", key, line, sizeof(line));
        r = asked ? scan_users(asked, key, ret) : 0;
    }
    if (r < 0)
        return err_oom(err);
    if (r > 0)
        return 0;
    if (!parse_number(key, &id))
        return err_set(err, EINVAL, "a user that exists, or a number", ERR_CORRECT_AND_RETRY,
                       "user '%s'", key);
    ret->uid = (uid_t)id; /* a number needs no entry; its group is the one of the same number */
    ret->gid = (gid_t)id;
    return 0;
}

static int find_group(const char *key, gid_t *ret, struct err *err)
{
    _cleanup_fclose_ FILE *local = fopen("/etc/group", "re"), *asked = NULL;
    char line[65536];
    const struct group *g;
    unsigned long id;

    if (parse_number(key, &id)) {
        *ret = (gid_t)id;
        return 0;
    }
    while (local && (g = fgetgrent(local)) != NULL)
        if (strcmp(g->gr_name, key) == 0) {
            *ret = g->gr_gid;
            return 0;
        }
    asked = ask_getent("group", key, line, sizeof(line));
    g = asked ? fgetgrent(asked) : NULL;
    /* getent takes 4294967296 for the number 0: only an entry of that name is an answer. */
    if (!g || strcmp(g->gr_name, key) != 0)
        return err_set(err, EINVAL, "a group that exists, or a number", ERR_CORRECT_AND_RETRY,
                       "group '%s'", key);
    *ret = g->gr_gid;
    return 0;
}

static int add_group(struct job_user *user, gid_t gid)
{
    gid_t *grown;

    for (size_t i = 0; i < user->groups_count; i++)
        if (user->groups[i] == gid)
            return 0;
    grown = realloc(user->groups, (user->groups_count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    user->groups = grown;
    user->groups[user->groups_count++] = gid;
    return 0;
}

/* getent prints "name  gid gid ..."; where it cannot be asked, the local file alone decides. */
static int find_supplementary(struct job_user *user)
{
    const char *const argv[] = {"getent", "initgroups", "--", user->name, NULL};
    char text[16384], *save = NULL;
    struct command c;
    int r = add_group(user, user->gid);

    if (r < 0 || !user->name)
        return r;
    if (command_start(&c, argv) < 0 ||
        command_finish(&c, text, sizeof(text), GETENT_TIMEOUT_MS) != 0)
        return 0;
    if (!strtok_r(text, " \n", &save))
        return 0;
    for (char *w; r == 0 && (w = strtok_r(NULL, " \n", &save)) != NULL;) {
        unsigned long id;

        if (parse_number(w, &id))
            r = add_group(user, (gid_t)id);
    }
    return r;
}

static int add_groups(struct job_user *user, const struct strv *groups, struct err *err)
{
    strv_each (groups, name) {
        gid_t gid;
        int r = find_group(name, &gid, err);

        if (r < 0)
            return r;
        if (add_group(user, gid) < 0)
            return err_oom(err);
    }
    return 0;
}

int users_resolve(const char *user, const char *group, const struct strv *more,
                  struct job_user *ret, struct err *err)
{
    int r = 0;

    *ret = (struct job_user){0};
    if (!user && !group && !more->count)
        return 0;
    ret->change = true;
    ret->uid = geteuid();
    ret->gid = getegid();
    if (user)
        r = find_user(user, ret, err);
    if (r == 0 && group)
        r = find_group(group, &ret->gid, err);
    if (r == 0 && find_supplementary(ret) < 0)
        r = err_oom(err);
    if (r == 0)
        r = add_groups(ret, more, err);
    if (r < 0)
        job_user_free(ret);
    return r;
}

void users_name(uid_t uid, char *buf, size_t size)
{
    _cleanup_fclose_ FILE *local = fopen("/etc/passwd", "re");
    const struct passwd *p;

    *buf = '\0';
    while (local && (p = fgetpwent(local)) != NULL)
        if (p->pw_uid == uid) {
            snprintf(buf, size, "%s", p->pw_name);
            return;
        }
}

void job_user_free(struct job_user *user)
{
    free(user->groups);
    free(user->name);
    free(user->home);
    free(user->shell);
    *user = (struct job_user){0};
}
