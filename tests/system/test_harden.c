/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --harden: usual programs run in it, attacks fail in it, and what the caller gives wins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Its own /tmp hides the harness's directory, so jobs work in one elsewhere. */
static char place[64];

static void go_there(void)
{
    if (chdir(place) < 0)
        _exit(99);
}

static int set_up(void **state)
{
    snprintf(place, sizeof(place), "/var/lib/cgrun-harden-XXXXXX");
    return mkdtemp(place) ? harness_setup(state) : -1;
}

static int tear_down(void **state)
{
    struct run run _cleanup_run_ = {0};

    run_start(&run, ARGS("/bin/rm", "-rf", place));
    run_wait(&run);
    return harness_teardown(state);
}

static void usual_programs_run(void **state)
{
    static const char *const scripts[] = {
        "echo 'int main(void) { return 0; }' >a.c && gcc -o a a.c && ./a",
        "python3 -c 'import threading, subprocess; subprocess.check_call([\"true\"])'",
        ("git init -q r && cd r && git -c user.name=n -c user.email=e commit -q --allow-empty -m m "
         "&& git status"),
        "seq 100000 | sort -r | tail -1; tar -cf x.tar r && tar -tf x.tar >/dev/null",
        "printf 'all: x y\\nx y:\\n\\techo $@\\n' >Makefile && make -j2",
        "echo text >/tmp/file && cat /tmp/file; echo >/dev/null; head -c 8 /dev/urandom >/dev/null",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = go_there};

        cgrun(&run, ARGS("--harden", "--", "sh", "-ec", scripts[i]));
        expect_status(&run, 0);
    }
}

/* What each part of it closes, tried by what is open without it. */
static void each_part_holds(void **state)
{
    static const struct {
        const char *script, *out;
    } cases[] = {
        {"touch /usr/cgrun-test || echo held", "held\n"},
        {"touch /etc/cgrun-test || echo held", "held\n"},
        {"set -- /proc/[0-9]*; echo $#", "2\n"},
        {"ls -A /tmp | wc -l", "0\n"},
        {"unshare -n true || echo held", "held\n"},
        {"python3 -c 'import os; os.open(\"/dev/kvm\", 2)' || echo held", "held\n"},
        {"python3 -c 'import os; os.open(\"/dev/loop-control\", 2)' || echo held", "held\n"},
        {"grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run _cleanup_run_ = {.before_exec = go_there};

        cgrun(&run, ARGS("--harden", "--", "sh", "-c", cases[i].script));
        if (strcmp(run.out, cases[i].out) != 0)
            fail_test("%s: printed '%s', expected '%s'", cases[i].script, run.out, cases[i].out);
    }
}

/* Copied: the directory of this build may be one that the job cannot see. */
static void attacks_fail(void **state)
{
    struct run copy _cleanup_run_ = {0}, run _cleanup_run_ = {.before_exec = go_there};

    (void)state;
    run_start(&copy, ARGS("/bin/cp", job("attempt"), place));
    run_wait(&copy);
    cgrun(&run, ARGS("--harden", "--", "./attempt", "mount", "unshare-mount", "sethostname"));
    assert_string_equal(run.out, "mount: EPERM\nunshare-mount: EPERM\nsethostname: EPERM\n");
    assert_string_equal(json_text(json_get(limit_of(&run, "Harden"), "effective")), "yes");
    assert_string_equal(json_text(json_get(limit_of(&run, "DevicePolicy"), "effective")), "closed");
}

static void what_undoes_it_is_refused(void **state)
{
    struct run none _cleanup_run_ = {.no_json = true}, off _cleanup_run_ = {0};

    (void)state;
    cgrun(&none, ARGS("--harden", "--policy", "none", "--", "true"));
    expect_status(&none, 125);
    expect_err(&none, "harden with policy 'none': expected a policy");
    cgrun(&off, ARGS("--harden", "--harden=no", "--", "ls", "-d", harness_dir()));
    expect_status(&off, 0);
}

static void what_the_caller_gives_wins(void **state)
{
    struct run tmp _cleanup_run_ = {.before_exec = go_there};
    struct run paths _cleanup_run_ = {.before_exec = go_there};
    struct run policy _cleanup_run_ = {.before_exec = go_there};

    (void)state;
    cgrun(&tmp, ARGS("--private-tmp=no", "--harden", "--", "sh", "-c", "ls -d $0", harness_dir()));
    expect_status(&tmp, 0);
    cgrun(&paths, ARGS("--harden", "--read-write-paths", "/opt", "--", "sh", "-c",
                       "touch /opt/cgrun-test && rm /opt/cgrun-test && echo written"));
    expect_out(&paths, "written");
    cgrun(&policy, ARGS("--policy", "strict", "--harden", "--", "true"));
    assert_string_equal(text_of(&policy, "policy.name"), "strict");
}

static void it_lowers_the_exposure(void **state)
{
    struct run plain _cleanup_run_ = {.before_exec = go_there};
    struct run hard _cleanup_run_ = {.before_exec = go_there};
    struct run dry _cleanup_run_ = {.before_exec = go_there};
    double before = 0, after = 10;
    const char *at;

    (void)state;
    cgjob(&plain, ARGS("doctor", "--", "true"));
    cgjob(&hard, ARGS("doctor", "--", "--harden", "true"));
    at = strstr(plain.out, "exposure ");
    if (!at || sscanf(at, "exposure %lf", &before) != 1)
        fail_test("no exposure of a plain job");
    at = strstr(hard.out, "exposure ");
    if (!at || sscanf(at, "exposure %lf", &after) != 1)
        fail_test("no exposure of a hardened job");
    assert_true(after < before - 0.9);
    cgrun(&dry, ARGS("--harden", "--dry-run", "--", "true"));
    expect_out(&dry, "/usr read-only, as asked for");
    expect_out(&dry, "/tmp empty, of its own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_programs_run),
        cmocka_unit_test(each_part_holds),
        cmocka_unit_test(attacks_fail),
        cmocka_unit_test(what_the_caller_gives_wins),
        cmocka_unit_test(what_undoes_it_is_refused),
        cmocka_unit_test(it_lowers_the_exposure),
        cmocka_unit_test(nothing_is_left),
    };

    return cmocka_run_group_tests_name("harden", tests, set_up, tear_down);
}
