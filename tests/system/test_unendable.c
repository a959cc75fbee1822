/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that SIGKILL does not reach: what the record says of it, and who ends it later. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/harness.h"

#define FREEZER "/sys/fs/cgroup/freezer"

/* The freezer of cgroup v1 holds also what is to be killed. */
static void hold(const char *group, pid_t pid)
{
    char path[256], number[16];

    if (mkdir(group, 0755) < 0 && errno != EEXIST)
        fail_test("cannot make %s", group);
    snprintf(path, sizeof(path), "%s/cgroup.procs", group);
    snprintf(number, sizeof(number), "%d", (int)pid);
    write_file(path, number);
    snprintf(path, sizeof(path), "%s/freezer.state", group);
    write_file(path, "FROZEN");
}

static void let_go(const char *group)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/freezer.state", group);
    write_file(path, "THAWED");
    for (int i = 0; i < 200 && rmdir(group) < 0; i++)
        sleep_seconds(0.01);
}

/* The job's: the keeper is a process of the run as well. */
static pid_t pid_printed(const struct run *run)
{
    FILE *f = fopen(run->out_path, "re");
    int pid = 0;

    if (!f || fscanf(f, "%d", &pid) != 1 || pid <= 0)
        fail_test("the job printed no number");
    fclose(f);
    return pid;
}

static void what_cannot_be_killed_is_not_called_killed(void **state)
{
    struct run run _cleanup_run_ = {0}, show _cleanup_run_ = {0}, recover _cleanup_run_ = {0};
    char group[128];
    pid_t pid = 0, thawer;

    (void)state;
    if (access(FREEZER "/cgroup.procs", F_OK) < 0) {
        print_message("no freezer of cgroup v1 here\n");
        return;
    }
    snprintf(group, sizeof(group), FREEZER "/cgrun-test-%d", (int)getpid());
    cgrun_start(&run, ARGS("--name", "held", "--timeout", "500ms", "--kill-after", "100ms", "--",
                           "sh", "-c", "echo $$ up; exec sleep 600"));
    await_output(&run, "up");
    pid = pid_printed(&run);
    hold(group, pid);
    run_wait(&run); /* it waits for ten seconds */
    expect_verdict(&run, "timeout");
    assert_string_equal(evidence(&run, "killed"), "no");
    expect_event(&run, "kill", "some were left");
    expect_err(&run, "not all gone");

    thawer = fork();
    if (thawer == 0) {
        sleep_seconds(0.5);
        let_go(group);
        _exit(0);
    }
    cgjob(&recover, ARGS("recover")); /* its record has ended, its cgroup is not empty */
    waitpid(thawer, NULL, 0);
    expect_status(&recover, 0);
    expect_out(&recover, "held: what was left of it was ended");
    cgjob(&show, ARGS("why", "held"));
    expect_out(&show, "what was left of the job was ended");
    assert_int_equal(run_processes(&run), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_killed_is_not_called_killed),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("unendable", tests);
}
