/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The revision of the working directory, as git has it; and nothing that a repository names is run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static char at[256];

static void go_there(void)
{
    if (chdir(at) < 0)
        _exit(99);
}

/* A script in a directory of its own, which is where the jobs of this test run afterwards. */
static void prepare(const char *name, const char *script)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};

    snprintf(at, sizeof(at), "%s", scratch(name));
    mkdir(at, 0755);
    run_start(&run, ARGS("/bin/sh", "-ec", script));
    run_wait(&run);
    expect_status(&run, 0);
}

/* What git itself prints, without the line's end. */
static void git_says(char *buf, size_t size)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};

    run_start(&run, ARGS("/usr/bin/git", "rev-parse", "HEAD"));
    run_wait(&run);
    expect_status(&run, 0);
    snprintf(buf, size, "%.*s", (int)strcspn(run.out, "\n"), run.out);
}

static const char *recorded(struct run *run, const char *key)
{
    return json_text(json_get(member(run, "environment"), key));
}

#define COMMITTED                                                                                  \
    "git init -q $OPTIONS .; git config user.email a@b; git config user.name n; echo 1 >file; "    \
    "git add file; git commit -qm one; "

static void expect_gits_revision(const char *name, const char *script)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};
    char truth[128];

    prepare(name, script);
    git_says(truth, sizeof(truth));
    cgrun(&run, ARGS("--", "true"));
    expect_status(&run, 0);
    if (!recorded(&run, "git_revision") || strcmp(recorded(&run, "git_revision"), truth) != 0)
        fail_test("%s: recorded %s, git says %s", name,
                  recorded(&run, "git_revision") ? recorded(&run, "git_revision") : "none", truth);
    assert_null(recorded(&run, "git_dirty")); /* no measurement: nobody looked */
}

static void the_revision_is_gits(void **state)
{
    (void)state;
    expect_gits_revision("plain", COMMITTED);
    expect_gits_revision("beneath", COMMITTED "mkdir -p a/b");
    expect_gits_revision("packed", COMMITTED "git pack-refs --all; git gc -q");
    expect_gits_revision("empty-inside", COMMITTED "mkdir -p a/.git");
    expect_gits_revision("blanks", COMMITTED
                         "printf 'ref:\t%s \\n' $(git symbolic-ref HEAD) >h; mv h .git/HEAD");
    expect_gits_revision("index4", COMMITTED "git update-index --index-version 4");
    expect_gits_revision("detached", COMMITTED "git checkout -q --detach");
    expect_gits_revision("branch", COMMITTED "git checkout -q -b a/branch.of-mine");
    expect_gits_revision("sha256", "OPTIONS=--object-format=sha256; " COMMITTED);
    expect_gits_revision("tree", "mkdir ../origin; cd ../origin; " COMMITTED
                                 "git worktree add -q ../tree/work; cd ../tree; mv work/.git .; "
                                 "git -C ../origin worktree repair -q ../tree 2>/dev/null || true");
}

static void what_is_no_revision_says_why(void **state)
{
    static const char *const heads[] = {"ref: refs/../../../../etc/passwd", "ref: /etc/passwd",
                                        "ref: refs/heads/none", "garbage", ""};
    struct run none _cleanup_run_ = {.before_exec = go_there};

    (void)state;
    prepare("none", "true");
    cgrun(&none, ARGS("--", "true"));
    assert_string_equal(recorded(&none, "git_unavailable"),
                        "the working directory is in no git repository");
    prepare("broken", COMMITTED);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = go_there};

        write_file(scratch("broken/.git/HEAD"), heads[i]);
        cgrun(&run, ARGS("--", "true"));
        expect_status(&run, 0);
        assert_null(recorded(&run, "git_revision"));
        assert_non_null(recorded(&run, "git_unavailable"));
    }
}

/* Each within a repository with a commit of its own, which is never what is recorded. */
static void a_broken_repository_is_not_the_one_around_it(void **state)
{
    static const struct {
        const char *make, *why;
    } cases[] = {
        {"ln -s ../../other/.git in/.git", "its .git is a link, which is not followed"},
        {"echo 'gitdir: /nonexistent' >in/.git", "its .git file names no repository"},
        {"echo 'gitdir: ../..' >in/.git", "its .git file names no repository"},
        {"echo garbage >in/.git", "its .git file names no repository"},
        {"mkfifo in/.git", "its .git is no regular file"},
        {"git init -q in; git -C in pack-refs --all; ln -s real in/.git/refs/heads/$(git -C in "
         "symbolic-ref --short HEAD)",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = go_there};
        char script[1024], name[32];

        snprintf(name, sizeof(name), "around%zu", i);
        snprintf(script, sizeof(script), COMMITTED "mkdir -p in; %s", cases[i].make);
        prepare(name, script);
        snprintf(at, sizeof(at), "%s/in", scratch(name));
        cgrun(&run, ARGS("--", "true"));
        expect_status(&run, 0);
        assert_null(recorded(&run, "git_revision"));
        assert_non_null(recorded(&run, "git_unavailable"));
        if (cases[i].why)
            assert_string_equal(recorded(&run, "git_unavailable"), cases[i].why);
    }
}

/* What is packed is older than the file of the same name, also where that cannot be read. */
static void a_packed_reference_does_not_stand_for_a_newer_one(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};

    (void)state;
    prepare("stale", COMMITTED "git pack-refs --all; echo 2 >file; git commit -qam two; "
                               "cd .git/$(dirname $(git symbolic-ref HEAD)); "
                               "for f in *; do mv $f real; ln -s real $f; done");
    cgrun(&run, ARGS("--", "true"));
    expect_status(&run, 0);
    assert_null(recorded(&run, "git_revision"));
    assert_non_null(strstr(recorded(&run, "git_unavailable"), "is a link, which is not followed"));
}

static void the_revision_is_that_of_the_jobs_directory(void **state)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};
    char truth[128], elsewhere[300];

    (void)state;
    prepare("job-is-here", COMMITTED);
    git_says(truth, sizeof(truth));
    snprintf(elsewhere, sizeof(elsewhere), "--chdir=%s", scratch("job-is-here"));
    prepare("caller-is-here", COMMITTED "git commit -q --allow-empty -m two; echo 2 >file");
    cgrun(&run, ARGS("--label", "elsewhere", elsewhere, "--", "true"));
    expect_status(&run, 0);
    assert_string_equal(recorded(&run, "git_revision"), truth);
    assert_string_equal(recorded(&run, "git_dirty"), "no");
}

/* A link or a FIFO in place of a file of the repository is neither followed nor waited for. */
static void planted_files_are_not_followed(void **state)
{
    static const char *const plants[] = {
        ("echo 0123456789012345678901234567890123456789 >../elsewhere; "
         "ln -sf ../../elsewhere .git/HEAD"),
        "rm .git/HEAD; mkfifo .git/HEAD",
        "rm .git/HEAD; mkdir .git/HEAD",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = go_there};
        char script[512], name[32];

        snprintf(name, sizeof(name), "planted%zu", i);
        snprintf(script, sizeof(script), COMMITTED "%s", plants[i]);
        prepare(name, script);
        cgrun(&run, ARGS("--", "true"));
        expect_status(&run, 0);
        assert_null(recorded(&run, "git_revision"));
        expect_between(&run, "seconds", run.seconds, 0, slack(5));
    }
}

static void expect_dirty(const char *label, const char *dirty)
{
    struct run run _cleanup_run_ = {.before_exec = go_there};

    cgrun(&run, ARGS("--label", label, "--", "true"));
    expect_status(&run, 0);
    assert_string_equal(recorded(&run, "git_dirty"), dirty);
}

static void a_measurement_knows_whether_files_were_changed(void **state)
{
    struct run session _cleanup_run_ = {.before_exec = go_there, .no_json = true};
    struct json *doc;

    (void)state;
    prepare("measured", COMMITTED "echo new >untracked");
    expect_dirty("clean", "no");
    prepare("measured", "echo 2 >file");
    expect_dirty("changed", "yes");
    prepare("measured", "git add file");
    expect_dirty("staged", "yes");
    prepare("measured", "git commit -qm two");
    /* What the runs write themselves is no change of what is measured. */
    cgrun(&session, ARGS("--runs", "3", "--label", "writes", "--quiet", "--", "sh", "-c",
                         "echo more >>file"));
    expect_status(&session, 0);
    doc = cgjob_json(ARGS("ls", "--json", "--label", "writes"));
    assert_int_equal(json_count(listed(doc)), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(
            json_text(json_get(json_get(json_at(listed(doc), i), "environment"), "git_dirty")),
            "no");
    json_free(doc);
}

/* Each of these is a program that git(1) would run when it is asked for the status. The file keeps
 * its size, so that git has to read it through the filter. */
static void nothing_that_a_repository_names_is_run(void **state)
{
    char script[1024];

    (void)state;
    snprintf(script, sizeof(script),
             COMMITTED "git config core.fsmonitor 'touch %s; false'; "
                       "git config filter.evil.clean 'touch %s; cat'; "
                       "git config filter.evil.process 'touch %s'; "
                       "echo '* filter=evil' >.gitattributes; sleep 1; echo 2 >file",
             scratch("ran"), scratch("ran"), scratch("ran"));
    prepare("evil", script);
    unlink(scratch("ran"));
    {
        struct run plain _cleanup_run_ = {.before_exec = go_there};

        cgrun(&plain, ARGS("--", "true"));
        expect_status(&plain, 0);
        assert_int_equal(access(scratch("ran"), F_OK), -1);
    }
    expect_dirty("evil", "yes");
    assert_int_equal(access(scratch("ran"), F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_revision_is_gits),
        cmocka_unit_test(what_is_no_revision_says_why),
        cmocka_unit_test(a_broken_repository_is_not_the_one_around_it),
        cmocka_unit_test(a_packed_reference_does_not_stand_for_a_newer_one),
        cmocka_unit_test(the_revision_is_that_of_the_jobs_directory),
        cmocka_unit_test(planted_files_are_not_followed),
        cmocka_unit_test(a_measurement_knows_whether_files_were_changed),
        cmocka_unit_test(nothing_that_a_repository_names_is_run),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("git", tests);
}
