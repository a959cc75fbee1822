/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a root job under the default policy cannot do, and what it gets of its caller. */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* Nothing was opened, and something was tried. */
static void expect_no_writing(const struct run *run)
{
    unsigned hierarchies = 0, tried = 0;
    const char *sum = strstr(run->out, "hierarchies ");

    expect_status(run, 0);
    expect_no_out(run, "opened ");
    if (!sum || sscanf(sum, "hierarchies %u tried %u", &hierarchies, &tried) != 2)
        fail_test("%s: printed no sum", run->command);
    expect_between(run, "hierarchies tried", hierarchies, 1, 64);
    expect_between(run, "paths tried", tried, 30, 4096);
}

static void the_write_job_can_write_when_it_is_not_confined(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    run_start(&run, ARGS(job("cgroup_write")));
    run_wait(&run);
    expect_out(&run, "opened "); /* or the tests below could not fail */
}

static void a_root_job_cannot_write_its_own_cgroups(void **state)
{
    struct run batch _cleanup_run_ = {0}, none _cleanup_run_ = {0};

    (void)state;
    cgrun(&batch, ARGS("--", job("cgroup_write")));
    expect_no_writing(&batch);
    cgrun(&none, ARGS("--policy", "none", "--", job("cgroup_write")));
    expect_no_writing(&none);
}

static void nor_through_the_root_directory_of_pid_1(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("cgroup_write"), "/proc/1/root"));
    expect_no_writing(&run);
}

static void nor_through_that_of_cgrun(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c", "exec \"$0\" /proc/$PPID/root", job("cgroup_write")));
    expect_no_writing(&run);
}

/* A root process that holds no capability: any root may look into it, ptrace rules alone permit. */
static pid_t powerless_root(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[2] = {0};

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (syscall(SYS_capset, &head, none) < 0)
            _exit(1);
        prctl(PR_SET_DUMPABLE, 1);
        for (;;)
            pause();
    }
    sleep_seconds(0.1);
    return pid;
}

static bool landlock_is_here(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* the ABI's version */) >= 2;
}

/* What keeps the job from there is Landlock; hosts without it are told so by the doctor. */
static void nor_through_that_of_a_root_process_without_capabilities(void **state)
{
    struct run run _cleanup_run_ = {0}, doctor _cleanup_run_ = {0};
    pid_t pid = powerless_root();
    char prefix[64];
    int ended;

    (void)state;
    snprintf(prefix, sizeof(prefix), "/proc/%d/root", (int)pid);
    cgrun(&run, ARGS("--", job("cgroup_write"), prefix));
    if (!landlock_is_here()) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        cgjob(&doctor, ARGS("doctor"));
        expect_out(&doctor, "LACK Landlock");
        return;
    }
    ended = waitpid(pid, NULL, WNOHANG);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(ended, 0); /* it lived all the while */
    expect_no_writing(&run);
}

static void a_delegated_job_can_write_its_own_cgroups(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--delegate", "--", job("cgroup_write")));
    expect_status(&run, 0);
    expect_out(&run, "opened ");
}

static void a_root_job_cannot_change_mounts_or_namespaces(void **state)
{
    static const char *const refused[] = {
        "mount",          "remount", "mount_setattr", "umount", "unshare-user", "unshare-mount",
        "unshare-cgroup", "setns",   "clone-mount",   "fsopen", "open_tree",    "pivot_root"};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("attempt"), refused[0], refused[1], refused[2], refused[3],
                     refused[4], refused[5], refused[6], refused[7], refused[8], refused[9],
                     refused[10], refused[11], "clone3-mount"));
    expect_status(&run, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char line[64];

        snprintf(line, sizeof(line), "%s: EPERM\n", refused[i]);
        expect_out(&run, line);
    }
    /* So that the C library falls back to clone, whose flags can be looked at. */
    expect_out(&run, "clone3-mount: ENOSYS\n");
}

static void a_root_job_cannot_reach_the_kernels_controls(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("attempt"), "core_pattern", "uevent_helper", "sysrq-trigger",
                     "init_module", "bpf"));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.out, "\n"), 5);
    expect_no_out(&run, "done");
    expect_out(&run, "init_module: EPERM");
    expect_out(&run, "bpf: EPERM");
}

static void a_root_job_cannot_act_on_the_whole_machine(void **state)
{
    static const char *const refused[] = {"swapon", "reboot", "kexec_load", "perf_event_open",
                                          "sethostname"};
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run,
          ARGS("--", job("attempt"), refused[0], refused[1], refused[2], refused[3], refused[4]));
    expect_status(&run, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char line[64];

        snprintf(line, sizeof(line), "%s: EPERM\n", refused[i]);
        expect_out(&run, line);
    }
}

static void a_root_job_cannot_reach_into_cgrun(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("attempt"), "parents-memory"));
    expect_status(&run, 0);
    expect_out(&run, "parents-memory: E");
}

static void a_root_job_cannot_raise_its_limits_or_priority(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("-p", "LimitNOFILE=100", "--nice", "5", "--", job("attempt"), "raise-nofile",
                     "nice-below", "fifo"));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.out, "\n"), 3);
    expect_no_out(&run, "done");
}

static void the_job_has_no_new_privileges_and_a_filter(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", job("state")));
    expect_status(&run, 0);
    expect_out(&run, "NoNewPrivs:\t1\n");
    expect_out(&run, "Seccomp:\t2\n");
}

static void leak_descriptor_7(void)
{
    int fd = open("/dev/null", O_RDONLY);

    if (fd < 0 || dup2(fd, 7) < 0)
        _exit(97);
}

static void no_descriptor_but_the_standard_streams_reaches_the_job(void **state)
{
    struct run bare _cleanup_run_ = {.before_exec = leak_descriptor_7};
    struct run run _cleanup_run_ = {.before_exec = leak_descriptor_7};

    (void)state;
    run_start(&bare, ARGS(job("state")));
    run_wait(&bare);
    expect_out(&bare, " 7"); /* it was leaked */
    cgrun(&run, ARGS("--", job("state")));
    expect_status(&run, 0);
    expect_out(&run, "descriptors 0 1 2\n");
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in order, but for the harness's own mark, which differs from run to run. */
static size_t sorted_lines(char *text, char **lines, size_t size)
{
    char *save = NULL;
    size_t n = 0;

    for (char *l = strtok_r(text, "\n", &save); l && n < size; l = strtok_r(NULL, "\n", &save))
        if (strncmp(l, "CGRUN_TEST_MARK=", 16) != 0)
            lines[n++] = l;
    qsort(lines, n, sizeof(lines[0]), compare_lines);
    return n;
}

static void set_odd_environment(void)
{
    setenv("EMPTY", "", 1);
    setenv("NOT_UTF8", "a\377b", 1);
    setenv("LD_BIND_NOW", "1", 1);
}

static void the_environment_is_the_callers(void **state)
{
    struct run bare _cleanup_run_ = {.before_exec = set_odd_environment};
    struct run run _cleanup_run_ = {.before_exec = set_odd_environment};
    char *expected[512], *got[512];
    size_t n, m;

    (void)state;
    run_start(&bare, ARGS("/usr/bin/env"));
    run_wait(&bare);
    cgrun(&run, ARGS("--", "/usr/bin/env"));
    expect_status(&run, 0);
    n = sorted_lines(bare.out, expected, 512);
    m = sorted_lines(run.out, got, 512);
    for (size_t i = 0; i < n && i < m; i++)
        assert_string_equal(got[i], expected[i]);
    assert_int_equal(m, n);
}

static void set_odd_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static const char *line_of(const struct run *run, const char *key)
{
    static char lines[4][128];
    static unsigned next;
    const char *at = strstr(run->out, key);
    char *line = lines[next++ % 4];

    snprintf(line, sizeof(lines[0]), "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
    return line;
}

static void signal_masks_and_dispositions_are_the_callers(void **state)
{
    static const char *const keys[] = {"SigBlk:", "SigIgn:", "SigCgt:"};
    struct run bare[2] = {{0}, {.before_exec = set_odd_signals}};
    struct run run[2] = {{0}, {.before_exec = set_odd_signals}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        run_start(&bare[i], ARGS(job("state")));
        run_wait(&bare[i]);
        cgrun(&run[i], ARGS("--", job("state")));
        expect_status(&run[i], 0);
        for (int k = 0; k < 3; k++)
            assert_string_equal(line_of(&run[i], keys[k]), line_of(&bare[i], keys[k]));
    }
    assert_string_not_equal(line_of(&bare[0], "SigBlk:"), line_of(&bare[1], "SigBlk:"));
    for (int i = 0; i < 2; i++) {
        run_free(&bare[i]);
        run_free(&run[i]);
    }
}

/* Mounts and unmounts one of the kernel's file systems all the time, until it is killed. */
static pid_t mounting(const char *at)
{
    pid_t pid = fork();

    if (pid == 0)
        for (;;) {
            mount("none", at, "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
            usleep(4000);
            umount2(at, MNT_DETACH);
            usleep(4000);
        }
    host_remember(pid);
    return pid;
}

/* As where containers and chroots come and go: a mount may be gone between the plan and its use. */
static void mounts_that_come_and_go_keep_no_job_from_starting(void **state)
{
    char at[256];
    pid_t pid;

    (void)state;
    snprintf(at, sizeof(at), "%s", scratch("mounted"));
    mkdir(at, 0755);
    pid = mounting(at);
    for (int i = 0; i < 20; i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--", "/bin/true"));
        expect_status(&run, 0);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    umount2(at, MNT_DETACH);
}

/* A line of shell where it may mount what it likes; $0 is cgrun, $1 a directory. */
static void with_mounts(struct run *run, const char *line)
{
    mkdir(scratch("mounts"), 0755);
    run_start(run, ARGS("/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c", line,
                        harness_cgrun(), scratch("mounts")));
    run_wait(run);
}

/* As on hosts with many chroots: the last of them is read-only as well. */
static void no_mount_is_one_too_many(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    with_mounts(&run, "mount -t tmpfs none \"$1\" && cd \"$1\" && "
                      "for i in $(seq 80); do mkdir $i && mount -t proc none $i || exit 9; done && "
                      "mkdir last && mount -t cgroup2 none last && exec \"$0\" -- sh -c "
                      "'mkdir last/cgrun-test-x && rmdir last/cgrun-test-x; "
                      "echo 1 >80/sys/kernel/printk'");
    expect_err(&run, "cannot create directory");
    assert_int_equal(count_text(run.err, "Read-only file system"), 2);
}

/* As where a file system was mounted over a directory that has chroots in it. */
static void what_others_lie_over_keeps_no_job_from_starting(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    with_mounts(&run, "cd \"$1\" && mkdir deep same && "
                      "mount -t cgroup2 none deep && mount -t proc none same && "
                      "mount -t tmpfs none same && mount -t tmpfs none \"$1\" && "
                      "exec \"$0\" -- true");
    expect_status(&run, 0);
}

static void ordinary_programs_run_under_the_default_policy(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--", "/bin/sh", "-c",
                     "cd \"$0\" && echo 'int main(void){return 0;}' >t.c && "
                     "printf 't: t.c\\n\\tgcc -o t t.c\\n' >Makefile && make -s && ./t && "
                     "git --version >/dev/null && tar cf t.tar t && gzip -k t.tar && "
                     "find . -name 't.*' | sort | xargs ls >/dev/null && "
                     "chown 1:1 t && chmod 4755 t && ln -s t u && mkfifo f && "
                     "python3 -c 'import threading; threading.Thread(target=print).start()'",
                     scratch("")));
    expect_status(&run, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_write_job_can_write_when_it_is_not_confined),
        cmocka_unit_test(a_root_job_cannot_write_its_own_cgroups),
        cmocka_unit_test(nor_through_the_root_directory_of_pid_1),
        cmocka_unit_test(nor_through_that_of_cgrun),
        cmocka_unit_test(nor_through_that_of_a_root_process_without_capabilities),
        cmocka_unit_test(a_delegated_job_can_write_its_own_cgroups),
        cmocka_unit_test(a_root_job_cannot_change_mounts_or_namespaces),
        cmocka_unit_test(a_root_job_cannot_reach_the_kernels_controls),
        cmocka_unit_test(a_root_job_cannot_act_on_the_whole_machine),
        cmocka_unit_test(a_root_job_cannot_reach_into_cgrun),
        cmocka_unit_test(a_root_job_cannot_raise_its_limits_or_priority),
        cmocka_unit_test(the_job_has_no_new_privileges_and_a_filter),
        cmocka_unit_test(no_descriptor_but_the_standard_streams_reaches_the_job),
        cmocka_unit_test(the_environment_is_the_callers),
        cmocka_unit_test(signal_masks_and_dispositions_are_the_callers),
        cmocka_unit_test(mounts_that_come_and_go_keep_no_job_from_starting),
        cmocka_unit_test(no_mount_is_one_too_many),
        cmocka_unit_test(what_others_lie_over_keeps_no_job_from_starting),
        cmocka_unit_test(ordinary_programs_run_under_the_default_policy),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system confinement", tests);
}
