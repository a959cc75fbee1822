/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --dry-run and `cgjob doctor --` say of an ordinary user's job is what its launch then does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/ordinary_user.h"

#define LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define MAX_WORDS 8

static const struct asked {
    const char *words[MAX_WORDS];
    bool starts;
} table[] = {
    {{NULL}, true},
    {{"--policy", "none"}, true},
    {{"--policy", "strict"}, true},
    {{"--policy", "readonly"}, true},
    {{"--timeout", "20"}, true},
    {{"--wait", "all"}, true},
    {{"--limit-nofile", "77"}, true},
    {{"--limit-nofile", "99999999"}, false},
    {{"--limit-core", "0", "--limit-stack", "1M"}, true},
    {{"--nice", "5"}, true},
    {{"--nice", "-5"}, false},
    {{"--oom-score-adjust", "100"}, true},
    {{"--oom-score-adjust", "-100"}, false},
    {{"--umask", "077", "--clean-env"}, true},
    {{"--no-new-privileges", "no"}, false},
    {{"--read-only-paths", "/"}, true},
    {{"--read-only-paths", "/usr"}, false},
    {{"--inaccessible-paths", "/home"}, false},
    {{"--private-tmp"}, false},
    {{"--private-network"}, false},
    {{"--restrict-namespaces"}, true},
    {{"--user", "root"}, false},
    {{"--group", "root"}, false},
    {{"--memory-max", "64M"}, false},
    {{"--memory-max", "max"}, true},
    {{"--memory-max", "64M", "--allow-degraded"}, true},
    {{"--tasks-max", "5"}, false},
    {{"--cpu-quota", "50%"}, false},
    {{"--cpu-time-max", "5"}, false},
    {{"--allowed-cpus", "0"}, false},
    {{"--delegate"}, false},
    {{"--parent", "beneath"}, false},
    {{"--ip-address-deny", "any"}, false},
    {{"--ip-address-deny", "any", "--allow-degraded"}, false},
    {{"--device-policy", "closed"}, false},
    {{"--trace", "none"}, true},
    {{"--trace", "exits"}, false},
    {{"--trace", "files"}, false},
    {{"--audit"}, false},
    {{"--audit", "-v"}, true},
    {{"-v"}, true},
    {{"--lock", "one"}, true},
    {{"--stdout", "null", "--stderr", "null"}, true},
    {{"--stdout", "file:/root/out"}, false},
    {{"--stdin", "file:/etc/shadow"}, false},
    {{"--scope", "always"}, false},
    {{"--db", "/root/jobs.db"}, false},
    {{"--json", "/root/record.json"}, false},
    {{"--json", "/nonexistent/record.json"}, false},
    {{"--json", "/tmp"}, false},
    {{"--json", "/dev/null"}, true},
    {{"--chdir", "/root"}, false},
    {{"--chdir", "/usr"}, true},
    {{"--ambient-capabilities", "cap_net_raw"}, false},
};

static void ask(struct run *run, const char *program, const char *first, const struct asked *a,
                const char *const *command)
{
    const char *args[MAX_WORDS + 8];
    size_t n = 0;

    if (first)
        args[n++] = first;
    if (program == harness_cgjob())
        args[n++] = "--";
    for (size_t i = 0; i < MAX_WORDS && a->words[i]; i++)
        args[n++] = a->words[i];
    args[n++] = "--";
    for (size_t i = 0; command[i]; i++)
        args[n++] = command[i];
    args[n] = NULL;
    run->no_json = true;
    as_user(run, program, args);
}

/* The message but for the call that it quotes, which differs. */
static size_t until_call(const char *text)
{
    return strcspn(text, "`");
}

static void compare(const struct asked *a, const char *const *command, bool starts)
{
    struct run dry _cleanup_run_ = {0}, doctor _cleanup_run_ = {0}, job _cleanup_run_ = {0};

    ask(&dry, harness_cgrun(), "--dry-run", a, command);
    ask(&doctor, harness_cgjob(), "doctor", a, command);
    ask(&job, harness_cgrun(), NULL, a, command);
    if ((job.status == 0) != starts)
        fail_test("%s: status %d where it %s start", job.command, job.status,
                  starts ? "should" : "should not");
    if ((dry.status == 0) != starts || (doctor.status == 0) != starts)
        fail_test("%s: status %d, but --dry-run says %d and doctor %d", job.command, job.status,
                  dry.status, doctor.status);
    if (!starts && (strncmp(dry.err, job.err, until_call(job.err)) != 0 || !*job.err))
        fail_test("%s: --dry-run says '%s', the launch '%s'", job.command, dry.err, job.err);
}

static void predictions_hold_for(uid_t user)
{
    ordinary_user = user;
    for (size_t i = 0; i < LEN(table); i++)
        compare(&table[i], ARGS("true"), table[i].starts);
    ordinary_user = NOBODY;
}

static void what_is_predicted_for_nobody_happens(void **state)
{
    (void)state;
    predictions_hold_for(NOBODY);
}

static void what_is_predicted_for_a_number_without_a_name_happens(void **state)
{
    (void)state;
    predictions_hold_for(NAMELESS);
}

static void a_command_that_cannot_be_executed_is_predicted(void **state)
{
    static const struct asked nothing = {{NULL}, false};

    (void)state;
    compare(&nothing, ARGS("/nonexistent/program"), false);
    compare(&nothing, ARGS("no-such-program-anywhere"), false);
    compare(&nothing, ARGS("/etc/passwd"), false);
    compare(&nothing, ARGS("/tmp"), false);
}

/* Root, but of a user namespace: whatever it can have, it is the same for both. */
static void root_of_a_namespace_is_told_the_same(void **state)
{
    static const char *const limits[] = {"--tasks-max=20", "--timeout=20"};

    (void)state;
    for (size_t i = 0; i < LEN(limits); i++) {
        struct run dry _cleanup_run_ = {0}, launch _cleanup_run_ = {0};

        as_user(&dry, "/usr/bin/unshare",
                ARGS("-Ur", harness_cgrun(), "--db", in_home("ns.db"), "--dry-run", limits[i], "--",
                     "true"));
        as_user(&launch, "/usr/bin/unshare",
                ARGS("-Ur", harness_cgrun(), "--db", in_home("ns.db"), limits[i], "--", "true"));
        if (dry.status != launch.status ||
            strncmp(dry.err, launch.err, until_call(launch.err)) != 0)
            fail_test("--dry-run ends with %d and '%s', the launch with %d and '%s'", dry.status,
                      dry.err, launch.status, launch.err);
    }
}

/* The command between the backquotes, run by a shell as root, does what was asked for. */
static void the_command_that_is_named_works(void **state)
{
    struct run refused _cleanup_run_ = {0}, shell _cleanup_run_ = {0};
    char command[1024];
    const char *from, *to;

    (void)state;
    users_job(&refused, ARGS("--tasks-max", "20", "--reason", "it's a \"test\" $HOME && x", "--",
                             "/bin/sh", "-c", "id -u; echo \"$1|\"", "sh", "a  b'\\\n\033*"));
    expect_status(&refused, 125);
    expect_err(&refused, "tasks-max: needs a cgroup");
    from = strchr(refused.err, '`');
    to = from ? strrchr(refused.err, '`') : NULL;
    if (!from || to == from)
        fail_test("no command is named");
    if (strncmp(from + 1, "sudo ", 5) == 0)
        from += 5;
    snprintf(command, sizeof(command), "%.*s", (int)(to - from - 1), from + 1);
    run_start(&shell, ARGS("/bin/bash", "-c", command));
    run_wait(&shell);
    expect_status(&shell, 0);
    assert_string_equal(shell.out, "65534\na  b'\\\n\033*|\n");
}

static void a_call_that_is_too_long_is_not_cut_in_the_middle(void **state)
{
    struct run run _cleanup_run_ = {0};
    struct run almost _cleanup_run_ = {0};
    char longest[3000];

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    users_job(&run, ARGS("--tasks-max", "20", "--", "echo", longest));
    expect_status(&run, 125);
    expect_err(&run, "the same call as `");
    expect_err(&run, "to run without it");
    assert_null(strstr(run.err, "xxx"));
    longest[800] = '\0';
    users_job(&almost, ARGS("--tasks-max", "20", "--", "echo", longest));
    expect_err(&almost, longest);
    expect_err(&almost, "to run without it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_predicted_for_nobody_happens),
        cmocka_unit_test(what_is_predicted_for_a_number_without_a_name_happens),
        cmocka_unit_test(a_command_that_cannot_be_executed_is_predicted),
        cmocka_unit_test(root_of_a_namespace_is_told_the_same),
        cmocka_unit_test(the_command_that_is_named_works),
        cmocka_unit_test(a_call_that_is_too_long_is_not_cut_in_the_middle),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("ordinary predictions", tests);
}
