/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs of another user, and where the streams of a job go. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static const struct passwd *nobody(void)
{
    const struct passwd *p = getpwnam("nobody");

    if (!p)
        skip();
    return p;
}

static void expect_ids(const struct run *run, const char *what, unsigned id)
{
    char line[128];

    snprintf(line, sizeof(line), "%s:\t%u\t%u\t%u\t%u\n", what, id, id, id, id);
    expect_out(run, line);
}

static void a_job_of_nobody_has_nobodys_ids_and_no_capability(void **state)
{
    const struct passwd *p = nobody();
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
    struct run run _cleanup_run_ = {0};
    char line[64];

    (void)state;
    cgrun(&run, ARGS("--user", "nobody", "--", job("state")));
    expect_status(&run, 0);
    expect_ids(&run, "Uid", p->pw_uid);
    expect_ids(&run, "Gid", p->pw_gid);
    snprintf(line, sizeof(line), "Groups:\t%u \n", p->pw_gid);
    expect_out(&run, line);
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        snprintf(line, sizeof(line), "%s:\t0000000000000000\n", sets[i]);
        expect_out(&run, line);
    }
    expect_between(&run, "uid in the ledger", row_number(&run, ledger_row(&run, "state", 0), "uid"),
                   p->pw_uid, p->pw_uid);
}

static void a_group_can_be_chosen(void **state)
{
    const struct group *g = getgrnam("daemon");
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!g)
        skip();
    cgrun(&run, ARGS("--user", "nobody", "--group", "daemon", "--", job("state")));
    expect_status(&run, 0);
    expect_ids(&run, "Uid", nobody()->pw_uid);
    expect_ids(&run, "Gid", g->gr_gid);
}

static void a_number_without_a_name_will_do(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--user", "54321", "--group", "54322", "--", job("state")));
    expect_status(&run, 0);
    expect_ids(&run, "Uid", 54321);
    expect_ids(&run, "Gid", 54322);
}

static void the_environment_names_the_new_user(void **state)
{
    const struct passwd *p = nobody();
    struct run run _cleanup_run_ = {0};
    char line[512];

    (void)state;
    cgrun(&run, ARGS("--user", "nobody", "--", "/usr/bin/env"));
    expect_status(&run, 0);
    expect_out(&run, "USER=nobody\n");
    expect_out(&run, "LOGNAME=nobody\n");
    snprintf(line, sizeof(line), "HOME=%s\n", p->pw_dir);
    expect_out(&run, line);
}

static void limits_hold_for_another_user_as_well(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--user", "nobody", "--memory-max", "64M", "--nice", "-3", "--", "/bin/sh",
                     "-c", "\"$0\" memory.max memory.limit_in_bytes; \"$1\"; \"$2\"",
                     job("cgroup_file"), job("state"), job("cgroup_write")));
    expect_status(&run, 0);
    expect_out(&run, " 67108864\n");
    expect_out(&run, "nice -3\n");
    expect_no_out(&run, "opened ");
}

static const char *file_stream(const char *kind, const char *path)
{
    static char text[4][700];
    static unsigned next;
    char *at = text[next++ % 4];

    snprintf(at, sizeof(text[0]), "%s%s", kind, path);
    return at;
}

static void expect_content(const char *path, const char *content)
{
    if (!file_holds(path, content))
        fail_test("%s does not hold '%s'", path, content);
}

static void streams_go_to_files(void **state)
{
    const char *out = scratch("out.txt"), *err = scratch("err.txt"), *in = scratch("in.txt");
    struct run run _cleanup_run_ = {0}, more _cleanup_run_ = {0}, anew _cleanup_run_ = {0};

    (void)state;
    write_file(in, "input\n");
    cgrun(&run, ARGS("--stdin", file_stream("file:", in), "--stdout", file_stream("file:", out),
                     "--stderr", file_stream("file:", err), "--", "/bin/sh", "-c",
                     "cat; echo errors >&2"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "");
    expect_content(out, "input\n");
    expect_content(err, "errors\n");
    cgrun(&more, ARGS("--stdout", file_stream("append:", out), "--", "echo", "more"));
    expect_content(out, "input\nmore\n");
    cgrun(&anew, ARGS("--stdout", file_stream("truncate:", out), "--", "echo", "anew"));
    assert_false(file_holds(out, "input"));
    expect_content(out, "anew\n");
}

static void streams_go_to_null(void **state)
{
    struct run run _cleanup_run_ = {.input = scratch("in.txt")};

    (void)state;
    write_file(run.input, "input\n");
    cgrun(&run, ARGS("--stdin", "null", "--stdout", "null", "--", "/bin/sh", "-c",
                     "echo unseen; read x && exit 5; exit 0"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "");
}

static void output_files_are_made_as_the_jobs_user(void **state)
{
    const struct passwd *p = nobody();
    const char *dir = scratch("nobodys");
    struct run run _cleanup_run_ = {0};
    char file[600];
    struct stat st;

    (void)state;
    mkdir(dir, 0700);
    assert_int_equal(chown(dir, p->pw_uid, p->pw_gid), 0);
    snprintf(file, sizeof(file), "%s/out", dir);
    cgrun(&run,
          ARGS("--user", "nobody", "--stdout", file_stream("file:", file), "--", "echo", "x"));
    expect_status(&run, 0);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_uid, p->pw_uid);
    expect_content(file, "x\n");
}

static void output_where_the_jobs_user_may_not_write_is_refused(void **state)
{
    const char *dir = scratch("roots");
    struct run run _cleanup_run_ = {0};
    char file[600];

    (void)state;
    nobody();
    mkdir(dir, 0700);
    snprintf(file, sizeof(file), "%s/out", dir);
    cgrun(&run,
          ARGS("--user", "nobody", "--stdout", file_stream("file:", file), "--", "echo", "x"));
    expect_status(&run, 125);
    expect_verdict(&run, "start_failed");
    assert_string_equal(evidence(&run, "errno"), "13");
    expect_err(&run, "stdout");
    assert_int_not_equal(access(file, F_OK), 0);
}

static void further_groups_are_had_beside_the_users(void **state)
{
    struct run run _cleanup_run_ = {0}, bad _cleanup_run_ = {0};
    char line[64];

    (void)state;
    cgrun(&run,
          ARGS("--user", "nobody", "--supplementary-groups", "daemon 4711", "--", job("state")));
    expect_status(&run, 0);
    snprintf(line, sizeof(line), "Groups:\t1 4711 %u \n", nobody()->pw_gid);
    expect_out(&run, line);
    snprintf(line, sizeof(line), "%u", nobody()->pw_uid);
    assert_string_equal(json_text(json_get(limit_of(&run, "User"), "effective")), line);
    assert_non_null(limit_of(&run, "SupplementaryGroups"));
    cgrun(&bad, ARGS("--supplementary-groups", "no-such-group", "--", "true"));
    expect_status(&bad, 125);
    expect_err(&bad, "group 'no-such-group': expected a group that exists");
}

static void become_nobody(void)
{
    if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
        _exit(97);
}

static void a_caller_without_rights_is_told_why(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = become_nobody, .no_json = true};

    (void)state;
    /* The program must be within nobody's reach for that to be the question. */
    cgrun(&run, ARGS("--memory-max", "64M", "--", "true"));
    if (run.status == 98)
        skip();
    expect_status(&run, 125);
    expect_err(&run, "cgrun: ");
    expect_err(&run, "nothing was started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_of_nobody_has_nobodys_ids_and_no_capability),
        cmocka_unit_test(a_group_can_be_chosen),
        cmocka_unit_test(a_number_without_a_name_will_do),
        cmocka_unit_test(the_environment_names_the_new_user),
        cmocka_unit_test(limits_hold_for_another_user_as_well),
        cmocka_unit_test(streams_go_to_files),
        cmocka_unit_test(streams_go_to_null),
        cmocka_unit_test(output_files_are_made_as_the_jobs_user),
        cmocka_unit_test(output_where_the_jobs_user_may_not_write_is_refused),
        cmocka_unit_test(further_groups_are_had_beside_the_users),
        cmocka_unit_test(a_caller_without_rights_is_told_why),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system user", tests);
}
