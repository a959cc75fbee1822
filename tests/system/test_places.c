/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places that another user owns, or can lead elsewhere, are refused before anything is done. */
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define SAYS_WHO "only root or the caller can write"

static uid_t other(void)
{
    const struct passwd *p = getpwnam("nobody");

    if (!p)
        skip();
    return p->pw_uid;
}

/* A directory of another user's, with a link in it to one of root's. */
static const char *lure(const char *name, const char *target)
{
    static char path[512];
    const char *dir = scratch(name);

    if (mkdir(dir, 0755) < 0)
        fail_test("cannot make %s", dir);
    snprintf(path, sizeof(path), "%s/link", dir);
    if (symlink(target, path) < 0 || lchown(path, other(), (gid_t)-1) < 0 ||
        chown(dir, other(), (gid_t)-1) < 0)
        fail_test("cannot make the link %s", path);
    return path;
}

static const char *private_directory(const char *name)
{
    const char *dir = scratch(name);

    if (mkdir(dir, 0700) < 0)
        fail_test("cannot make %s", dir);
    return dir;
}

static bool is_empty(const char *dir)
{
    char command[600];

    snprintf(command, sizeof(command), "test -z \"$(ls -A '%s')\"", dir);
    return system(command) == 0;
}

static bool anything_is_mounted_beneath(const char *dir)
{
    return file_holds("/proc/self/mountinfo", dir);
}

/* cgrun with one variable of the environment set, which it is to refuse. */
static void refuse_with(const char *variable, const char *value)
{
    struct run run _cleanup_run_ = {0};
    const char *witness = scratch("witness");
    char assigned[600];

    snprintf(assigned, sizeof(assigned), "%s=%s", variable, value);
    run_start(&run, ARGS("/usr/bin/env", assigned, harness_cgrun(), "--", "touch", witness));
    run_wait(&run);
    expect_status(&run, 125);
    expect_err(&run, SAYS_WHO);
    assert_int_not_equal(access(witness, F_OK), 0);
}

static void a_place_behind_anothers_link_is_refused(void **state)
{
    static const char *const variables[] = {"CGRUN_RUN_DIR", "CGRUN_CACHE_DIR", "CGRUN_DB"};
    char name[64], at[600], dir[512];

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        snprintf(name, sizeof(name), "target-%s", variables[i]);
        snprintf(dir, sizeof(dir), "%s", private_directory(name));
        snprintf(name, sizeof(name), "lure-%s", variables[i]);
        snprintf(at, sizeof(at), "%s", lure(name, dir));
        refuse_with(variables[i], at);
        snprintf(at + strlen(at), sizeof(at) - strlen(at), "/jobs");
        refuse_with(variables[i], at);
        assert_true(is_empty(dir));
        assert_false(anything_is_mounted_beneath(dir));
    }
}

static void a_place_of_another_user_is_refused(void **state)
{
    char dir[512], beneath[600];

    (void)state;
    snprintf(dir, sizeof(dir), "%s", private_directory("others-own"));
    snprintf(beneath, sizeof(beneath), "%s/run", dir);
    assert_int_equal(mkdir(beneath, 0700), 0); /* root's, in what is another's */
    assert_int_equal(chown(dir, other(), (gid_t)-1), 0);
    refuse_with("CGRUN_RUN_DIR", dir);
    refuse_with("CGRUN_RUN_DIR", beneath);
    refuse_with("CGRUN_CACHE_DIR", beneath);
    snprintf(beneath, sizeof(beneath), "%s/run/jobs.db", dir);
    refuse_with("CGRUN_DB", beneath);
    assert_false(anything_is_mounted_beneath(dir));
}

/* Read as root, it would be opened, and companions be made beside it. */
static void verbs_refuse_such_a_database_too(void **state)
{
    struct run run _cleanup_run_ = {0};
    char dir[512], db[600];

    (void)state;
    snprintf(dir, sizeof(dir), "%s", private_directory("others-db"));
    snprintf(db, sizeof(db), "%s/jobs.db", dir);
    cgrun(&run, ARGS("--db", db, "--", "true"));
    expect_status(&run, 0);
    run_free(&run);
    assert_int_equal(chown(dir, other(), (gid_t)-1), 0);
    cgjob(&run, ARGS("--db", db, "ls"));
    expect_status(&run, 1);
    expect_err(&run, SAYS_WHO);
}

static void expect_refused(const char *option, const char *path)
{
    struct run run _cleanup_run_ = {0};
    const char *witness = scratch("witness");

    cgrun(&run, ARGS(option, path, "--", "touch", witness));
    expect_status(&run, 125);
    expect_err(&run, SAYS_WHO);
    assert_int_not_equal(access(witness, F_OK), 0);
}

static void a_job_file_or_policy_behind_anothers_link_is_refused(void **state)
{
    char file[512];

    (void)state;
    snprintf(file, sizeof(file), "%s", scratch("good.job"));
    write_file(file, "[Job]\nName=x\n");
    expect_refused("--job", lure("lure-job", file));
    snprintf(file, sizeof(file), "%s", scratch("good.json"));
    write_file(file, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
    expect_refused("--policy", lure("lure-policy", file));
}

static void root_s_own_links_are_followed(void **state)
{
    struct run run _cleanup_run_ = {0};
    char file[512], link_path[512];

    (void)state;
    snprintf(file, sizeof(file), "%s", scratch("own.job"));
    snprintf(link_path, sizeof(link_path), "%s", scratch("own-link.job"));
    write_file(file, "[Job]\nName=from-a-link\n");
    assert_int_equal(symlink(file, link_path), 0);
    cgrun(&run, ARGS("--job", link_path, "--", "true"));
    expect_status(&run, 0);
    assert_string_equal(text_of(&run, "name"), "from-a-link");
}

static void a_database_behind_root_s_own_link_is_used(void **state)
{
    struct run run _cleanup_run_ = {0}, list _cleanup_run_ = {0};
    char dir[512], db[600];

    (void)state;
    snprintf(dir, sizeof(dir), "%s", private_directory("linked-to"));
    assert_int_equal(symlink(dir, scratch("db-link")), 0);
    snprintf(db, sizeof(db), "%s/jobs.db", scratch("db-link"));
    cgrun(&run, ARGS("--db", db, "--name", "through-a-link", "--", "true"));
    expect_status(&run, 0);
    snprintf(db, sizeof(db), "%s/jobs.db", dir);
    cgjob(&list, ARGS("--db", db, "ls"));
    expect_out(&list, "through-a-link");
}

/* On a host with the group: root's database in its usual place, in a mount namespace. */
static void members_of_the_group_may_read(void **state)
{
    struct run run _cleanup_run_ = {0};
    char script[4096];

    (void)state;
    snprintf(
        script, sizeof(script),
        "set -e; mount -t tmpfs -o mode=755 none /var/lib; cp /etc/group '%s/group'\n"
        "echo 'cgrun-admin:x:54321:' >> '%s/group'; mount --bind '%s/group' /etc/group\n"
        "unset CGRUN_DB CGRUN_CACHE_DIR; mkdir /var/lib/cgrun; chmod 755 /var/lib/cgrun\n"
        "'%s' --name for-members --ledger full -- true; id=$('%s' -d -- true)\n"
        "'%s' wait $id; unset CGRUN_RUN_DIR; cd /var/lib/cgrun\n"
        "stat -c '%%n %%a %%g' . logs ledgers jobs.db jobs.db-wal jobs.db-shm logs/* ledgers/*\n"
        "export HOME=/nonexistent; as='setpriv --reuid=65534 --clear-groups'\n"
        "$as --regid=54321 '%s' ls; $as --regid=65534 '%s' ls || echo refused: $?\n"
        "umount /etc/group; chmod 755 . && chmod 644 jobs.db\n"
        "CGRUN_RUN_DIR='%s/run' '%s' --name later -- true\n"
        "stat -c 'then %%n %%a' . jobs.db logs\n",
        harness_dir(), harness_dir(), harness_dir(), harness_cgrun(), harness_cgrun(),
        harness_cgjob(), harness_cgjob(), harness_cgjob(), harness_dir(), harness_cgrun());
    run_start(&run,
              ARGS("/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c", script));
    run_wait(&run);
    expect_status(&run, 0);
    expect_out(&run, ". 2750 54321\nlogs 2750 54321\nledgers 2750 54321\n"
                     "jobs.db 640 54321\njobs.db-wal 640 54321\njobs.db-shm 640 54321\n"
                     "logs/2.log 640 54321\nledgers/1.jsonl 640 54321\n");
    expect_out(&run, "for-members");
    expect_out(&run, "refused: 1\n");
    expect_err(&run, "records of root's jobs are root's: use sudo");
    expect_out(&run, "then . 700\nthen jobs.db 600\nthen logs 700\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_behind_anothers_link_is_refused),
        cmocka_unit_test(a_place_of_another_user_is_refused),
        cmocka_unit_test(verbs_refuse_such_a_database_too),
        cmocka_unit_test(a_job_file_or_policy_behind_anothers_link_is_refused),
        cmocka_unit_test(root_s_own_links_are_followed),
        cmocka_unit_test(a_database_behind_root_s_own_link_is_used),
        cmocka_unit_test(members_of_the_group_may_read),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system places", tests);
}
