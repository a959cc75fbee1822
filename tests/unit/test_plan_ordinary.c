/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the job of an ordinary user is started: with a cgroup, without, or not at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/places.h"
#include "runner/base/shell.h"
#include "runner/plan/ordinary.h"
#include "runner/spec/front_ends.h"
#include "tests/unit/hosts.h"
#include "tests/unit/unit.h"

struct planned {
    struct job_spec spec;
    struct plan plan;
    struct host_facts facts;
    struct err_list errors;
};

/* `change` makes the host one of a kind. */
static int plan_for(struct planned *p, const struct host_text *host,
                    void (*change)(struct host_facts *facts), const char *const *words)
{
    struct plan_inputs inputs = {.now_ms = 1795489200123, .pid = 77};
    char *const *argv = (char *const *)(uintptr_t)words;
    enum cmdline_action action;
    int argc = 0, r;

    while (argv[argc])
        argc++;
    *p = (struct planned){0};
    job_spec_init(&p->spec);
    assert_int_equal(cmdline_parse(&p->spec, argc, argv, &action, &p->errors), 0);
    host_facts_from(&p->facts, host);
    p->facts.root = false;
    p->facts.uid = p->facts.gid = 1000;
    snprintf(p->facts.user, sizeof(p->facts.user), "ada");
    for (size_t i = 0; i < p->facts.hierarchies; i++)
        if (p->facts.hierarchy[i].v2)
            snprintf(p->facts.hierarchy[i].controllers, sizeof(p->facts.hierarchy[i].controllers),
                     "%s", host->v2_controllers ? host->v2_controllers : "");
    if (change)
        change(&p->facts);
    inputs.policy = (struct policy_program){.name = "none"};
    r = plan_make(&p->plan, &p->spec, &p->facts, &inputs, &p->errors);
    plan_inputs_free(&inputs);
    return r;
}

static void planned_free(struct planned *p)
{
    plan_free(&p->plan);
    facts_free(&p->facts);
    job_spec_free(&p->spec);
    err_list_free(&p->errors);
}

#define CALL(...) ((const char *const[]){"cgrun", __VA_ARGS__, NULL})

static void deny_all(struct host_facts *facts)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        facts->hierarchy[i].denied = true;
}

static void deny_with_sudo(struct host_facts *facts)
{
    deny_all(facts);
    facts->sudo = true;
}

static void deny_with_systemd(struct host_facts *facts)
{
    deny_with_sudo(facts);
    facts->systemd = facts->user_manager = true;
}

static void deny_nameless(struct host_facts *facts)
{
    deny_all(facts);
    facts->user[0] = '\0';
}

static void deny_controllers(struct host_facts *facts)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        facts->hierarchy[i].denied = !facts->hierarchy[i].v2;
}

static void crowd(struct host_facts *facts)
{
    facts->place.crowded = true;
}

static const struct {
    const struct host_text *host;
    void (*change)(struct host_facts *facts);
    const char *no_cgroup; /* NULL: it has one */
} kinds[] = {
    {&host_v2, NULL, NULL},
    {&host_v2, crowd, NULL},
    {&host_v2, deny_all,
     "the caller's cgroup /sys/fs/cgroup/user.slice/session-2.scope belongs to another user"},
    {&host_hybrid, deny_controllers, NULL},
    {&host_hybrid, deny_all,
     "the caller's cgroup /sys/fs/cgroup/unified/a belongs to another user"},
    {&host_legacy, NULL, "cgroup2 is not mounted"},
    {&host_closed_container, NULL, "cgroup2 is mounted read-only at /sys/fs/cgroup"},
};

static void test_what_asks_for_nothing_is_started_everywhere(void **state)
{
    struct planned p;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_int_equal(plan_for(&p, kinds[i].host, kinds[i].change,
                                  CALL("--timeout", "5", "--limit-nofile", "9", "--", "true")),
                         0);
        assert_int_equal(p.plan.groups > 0, !kinds[i].no_cgroup);
        if (kinds[i].no_cgroup)
            assert_string_equal(p.plan.no_cgroup, kinds[i].no_cgroup);
        else
            assert_null(p.plan.no_cgroup);
        planned_free(&p);
    }
}

static const struct {
    const struct host_text *host;
    void (*change)(struct host_facts *facts);
    const char *command;
} calls[] = {
    {&host_v2, deny_all, "run as root `cgrun --user ada --memory-max 64M -- echo 'a b'`"},
    {&host_v2, deny_nameless,
     "run as root `cgrun --user 1000 --group 1000 --memory-max 64M -- echo 'a b'`"},
    {&host_v2, deny_with_sudo, "run `sudo cgrun --user ada --memory-max 64M -- echo 'a b'`"},
    {&host_v2, deny_with_systemd,
     "run `systemd-run --user --scope -p Delegate=yes cgrun --memory-max 64M -- echo 'a b'`"},
    /* systemd delegates no controller of v1. */
    {&host_hybrid, deny_with_systemd, "run `sudo cgrun --user ada --memory-max 64M -- echo 'a b'`"},
    {&host_hybrid, deny_controllers,
     "run as root `cgrun --user ada --memory-max 64M -- echo 'a b'`"},
};

static void test_the_call_that_would_work_is_named(void **state)
{
    struct planned p;

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        assert_int_equal(plan_for(&p, calls[i].host, calls[i].change,
                                  CALL("--memory-max", "64M", "--", "echo", "a b")),
                         -EINVAL);
        assert_int_equal(p.errors.count, 1);
        if (!strstr(p.errors.item[0].retry, calls[i].command))
            fail_msg("'%s' names not '%s'", p.errors.item[0].retry, calls[i].command);
        planned_free(&p);
    }
}

static void test_what_may_degrade_does_and_boundaries_never(void **state)
{
    struct planned p;

    (void)state;
    assert_int_equal(plan_for(&p, &host_v2, deny_all,
                              CALL("--allow-degraded", "--memory-max", "64M", "--cpu-quota", "50%",
                                   "--cpu-time-max", "5", "--", "true")),
                     0);
    assert_int_equal(p.plan.degraded_count, 3);
    assert_string_equal(p.plan.degraded[0].asked, "67108864");
    assert_string_equal(p.plan.degraded[1].asked, "50%");
    assert_string_equal(p.plan.degraded[2].asked, "5");
    planned_free(&p);
    assert_int_equal(plan_for(&p, &host_v2, deny_all,
                              CALL("--allow-degraded", "--ip-address-deny", "any", "--", "true")),
                     -EINVAL);
    planned_free(&p);
}

static void test_words_for_a_shell(void **state)
{
    static const char *const words[][2] = {
        {"plain-1.0/x", "plain-1.0/x"},
        {"", "''"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"$x `y`", "'$x `y`'"},
        {"~", "'~'"},
        {"a\nb'\\", "$'a\\012b\\'\\\\'"},
        {"\xe2\x80\xae", "$'\\342\\200\\256'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        _cleanup_buf_ struct buf b = {0};

        shell_word(words[i][0], &b);
        assert_string_equal(buf_text(&b), words[i][1]);
    }
}

static void expect_place(enum place_kind kind, const char *path, const char *why_not)
{
    char buf[300], why[300] = "";
    bool usual = place_own(kind, buf, sizeof(buf), why, sizeof(why));

    assert_string_equal(buf, path);
    assert_int_equal(usual, !why_not);
    if (why_not && !strstr(why, why_not))
        fail_msg("'%s' does not say '%s'", why, why_not);
}

/* Run as nobody, who has no home. */
static void test_places(void **state)
{
    char dir[] = "/tmp/cgrun-unit-XXXXXX", state_dir[64], text[100], longest[PLACE_MAX + 2];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(state_dir, sizeof(state_dir), "%s/.local/state/cgrun", dir);
    snprintf(text, sizeof(text), "/tmp/cgrun-%u", geteuid());
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", dir, 1);
    expect_place(PLACE_STATE, state_dir, NULL);
    setenv("XDG_STATE_HOME", "relative", 1); /* passed over, as its specification has it */
    expect_place(PLACE_STATE, state_dir, NULL);
    setenv("XDG_STATE_HOME", "/usr", 1); /* another user's */
    if (geteuid() != 0)
        expect_place(PLACE_STATE, state_dir, NULL);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[PLACE_MAX + 1] = '\0';
    setenv("XDG_STATE_HOME", longest, 1);
    expect_place(PLACE_STATE, state_dir, NULL);
    unsetenv("XDG_STATE_HOME");
    setenv("XDG_RUNTIME_DIR", dir, 1);
    snprintf(state_dir, sizeof(state_dir), "%s/cgrun", dir);
    expect_place(PLACE_RUN, state_dir, NULL);
    unsetenv("XDG_RUNTIME_DIR");
    if (geteuid() != 0) {
        setenv("HOME", "relative", 1);
        expect_place(PLACE_CACHE, text, "HOME 'relative' is not an absolute path");
        setenv("HOME", "/usr", 1);
        expect_place(PLACE_CACHE, text, "HOME '/usr' is not a directory of this user's");
        unsetenv("HOME");
        expect_place(PLACE_STATE, text, "HOME is not set");
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_asks_for_nothing_is_started_everywhere),
        cmocka_unit_test(test_the_call_that_would_work_is_named),
        cmocka_unit_test(test_what_may_degrade_does_and_boundaries_never),
        cmocka_unit_test(test_words_for_a_shell),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests_name("ordinary users", tests, NULL, NULL);
}
