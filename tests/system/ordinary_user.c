/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/system/ordinary_user.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

uid_t ordinary_user = NOBODY;

static const char *home(void)
{
    return scratch(ordinary_user == NOBODY ? "home" : "nameless");
}

const char *in_home(const char *name)
{
    static char path[4][600];
    static unsigned next;
    char *at = path[next++ % 4];

    snprintf(at, sizeof(path[0]), "%s/%s", home(), name);
    return at;
}

/* As after a login without any variable of XDG's. */
void become_user(void)
{
    static const char *const unset[] = {"CGRUN_DB",        "CGRUN_RUN_DIR",  "CGRUN_CACHE_DIR",
                                        "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"};

    for (size_t i = 0; i < LEN(unset); i++)
        unsetenv(unset[i]);
    setenv("HOME", home(), 1);
    if (chdir("/") < 0 || setgroups(0, NULL) < 0 ||
        setresgid(ordinary_user, ordinary_user, ordinary_user) < 0 ||
        setresuid(ordinary_user, ordinary_user, ordinary_user) < 0)
        _exit(97);
}

static void start_as(struct run *run, const char *program, const char *const *args)
{
    static unsigned number;
    const char *argv[64];
    size_t n = 0;

    mkdir(home(), 0700);
    if (chown(home(), ordinary_user, ordinary_user) < 0)
        fail_test("chown: %s", strerror(errno));
    if (!run->before_exec)
        run->before_exec = become_user;
    argv[n++] = program;
    if (program == harness_cgrun() && !run->no_json) {
        char name[24];

        snprintf(name, sizeof(name), "%u.json", ++number);
        snprintf(run->json_path, sizeof(run->json_path), "%s", in_home(name));
        argv[n++] = "--json";
        argv[n++] = run->json_path;
    }
    for (size_t i = 0; args[i] && n < LEN(argv) - 1; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    run_start(run, argv);
}

void as_user(struct run *run, const char *program, const char *const *args)
{
    start_as(run, program, args);
    run_wait(run);
}

void users_job(struct run *run, const char *const *args)
{
    as_user(run, harness_cgrun(), args);
}
