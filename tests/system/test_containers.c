/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgrun inside containers that an OCI runtime makes of this host's own programs: runc where
 * controllers are on cgroup v1, crun on v2.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/base/json.h"
#include "tests/system/harness.h"

/* What container runtimes grant by default, and what cgrun needs beyond it. */
static const char *const usual[] = {
    "CHOWN",  "DAC_OVERRIDE", "FSETID",  "FOWNER",           "MKNOD",      "NET_RAW", "SETGID",
    "SETUID", "SETFCAP",      "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL",
};
static const char *const needed[] = {"SYS_ADMIN", "BPF", "PERFMON", "SYS_RESOURCE"};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct json *mount_entry(const char *to, const char *type, const char *from,
                                const char *option)
{
    struct json *m = json_object_new(), *options = json_array_new();

    json_set(m, "destination", json_string(to));
    json_set(m, "type", json_string(type));
    json_set(m, "source", json_string(from));
    json_append(options, json_string(option));
    if (strcmp(type, "bind") == 0)
        json_append(options, json_string("bind"));
    json_set(m, "options", options);
    return m;
}

static struct json *mounts(const char *cgroups)
{
    struct json *list = json_array_new();

    json_append(list, mount_entry("/proc", "proc", "proc", "nosuid"));
    json_append(list, mount_entry("/dev", "tmpfs", "tmpfs", "nosuid"));
    json_append(list, mount_entry("/tmp", "tmpfs", "tmpfs", "nosuid"));
    json_append(list, mount_entry("/run", "tmpfs", "tmpfs", "nosuid"));
    json_append(list, mount_entry("/var", "tmpfs", "tmpfs", "nosuid"));
    json_append(list, mount_entry("/usr", "bind", "/usr", "ro"));
    json_append(list, mount_entry("/etc", "bind", "/etc", "ro"));
    json_append(list, mount_entry("/cgrun", "bind", harness_cgrun(), "ro"));
    json_append(list, mount_entry("/shared", "bind", scratch("shared"), "rw"));
    json_append(list, mount_entry("/sys", "sysfs", "sysfs", "ro"));
    json_append(list, mount_entry("/sys/fs/cgroup", "cgroup", "cgroup", cgroups));
    return list;
}

static struct json *capabilities(bool all)
{
    static const char *const sets[] = {"bounding", "effective", "permitted"};
    struct json *o = json_object_new();
    char name[40];

    for (size_t s = 0; s < LEN(sets); s++) {
        struct json *list = json_array_new();

        for (size_t i = 0; i < LEN(usual) + (all ? LEN(needed) : 0); i++) {
            snprintf(name, sizeof(name), "CAP_%s",
                     i < LEN(usual) ? usual[i] : needed[i - LEN(usual)]);
            /* The last is for kernels up to 5.10; not every machine's root has it to give. */
            if (capabilities_effective() >> capability_by_name(name) & 1)
                json_append(list, json_string(name));
        }
        json_set(o, sets[s], list);
    }
    return o;
}

static struct json *process(bool all, const char *script)
{
    struct json *p = json_object_new(), *args = json_array_new(), *env = json_array_new();
    struct json *user = json_object_new();

    json_set(user, "uid", json_int(0));
    json_set(user, "gid", json_int(0));
    json_append(args, json_string("sh"));
    json_append(args, json_string("-c"));
    json_append(args, json_string(script));
    json_append(env, json_string("PATH=/usr/sbin:/usr/bin"));
    json_append(env, json_string("HOME=/tmp"));
    json_set(p, "user", user);
    json_set(p, "args", args);
    json_set(p, "env", env);
    json_set(p, "cwd", json_string("/tmp"));
    json_set(p, "capabilities", capabilities(all));
    return p;
}

/* cgroupsPath: so that the test knows where on the host the container is. */
static struct json *linux_part(const char *name)
{
    static const char *const kinds[] = {"pid", "network", "ipc", "uts", "mount", "cgroup"};
    struct json *o = json_object_new(), *spaces = json_array_new();
    char path[80];

    for (size_t i = 0; i < LEN(kinds); i++) {
        struct json *space = json_object_new();

        json_set(space, "type", json_string(kinds[i]));
        json_append(spaces, space);
    }
    json_set(o, "namespaces", spaces);
    snprintf(path, sizeof(path), "/%s", name);
    json_set(o, "cgroupsPath", json_string(path));
    return o;
}

static void write_bundle(const char *name, bool all, const char *cgroups, const char *script)
{
    static const char *const links[] = {"bin", "sbin", "lib", "lib64"};
    struct json *doc = json_object_new(), *root = json_object_new();
    char path[400], to[16], *text;

    mkdir(scratch("bundle"), 0755);
    mkdir(scratch("bundle/rootfs"), 0755);
    mkdir(scratch("shared"), 0755);
    for (size_t i = 0; i < LEN(links); i++) {
        snprintf(path, sizeof(path), "%s/%s", scratch("bundle/rootfs"), links[i]);
        snprintf(to, sizeof(to), "usr/%s", links[i]);
        if (symlink(to, path) < 0 && access(path, F_OK) < 0 && access(to, F_OK) == 0)
            fail_test("cannot make %s", path);
    }
    json_set(root, "path", json_string("rootfs"));
    json_set(doc, "ociVersion", json_string("1.0.2"));
    json_set(doc, "process", process(all, script));
    json_set(doc, "root", root);
    json_set(doc, "hostname", json_string("box"));
    json_set(doc, "mounts", mounts(cgroups));
    json_set(doc, "linux", linux_part(name));
    text = json_dump(doc, 0);
    assert_non_null(text);
    write_file(scratch("bundle/config.json"), text);
    free(text);
    json_free(doc);
}

static const char *runtime(void)
{
    return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ? "/usr/bin/crun"
                                                                  : "/usr/sbin/runc";
}

/* Starts a shell line in a container; /cgrun is cgrun, /shared a directory that the test sees. */
static void start_in_container(struct run *run, const char *name, bool all, const char *cgroups,
                               const char *script)
{
    write_bundle(name, all, cgroups, script);
    run_start(run, ARGS(runtime(), "--root", scratch("containers"), "run", "--bundle",
                        scratch("bundle"), name));
}

static void read_record(struct run *run)
{
    _cleanup_free_ char *text = NULL;
    struct err err = {0};

    if (file_read_all(scratch("shared/record.json"), 1 << 20, &text) < 0 ||
        json_parse(text, strlen(text), "record", &run->record, &err) < 0)
        fail_test("no record from the container: %s", err.what);
}

/* How many jobs are in the container's group, wherever the runtime has made one. */
static unsigned jobs_beneath(const char *name)
{
    char path[600];
    unsigned count = 0;
    struct dirent *e;
    DIR *dir;

    snprintf(path, sizeof(path), "/sys/fs/cgroup/pids/%s", name);
    if (access(path, F_OK) < 0)
        snprintf(path, sizeof(path), "%s/%s", host_v2_mount(), name);
    dir = opendir(path);
    while (dir && (e = readdir(dir)) != NULL)
        count += strncmp(e->d_name, "cgrun.job-", 10) == 0;
    if (dir)
        closedir(dir);
    return count;
}

static void a_job_stays_within_its_container(void **state)
{
    struct run run _cleanup_run_ = {0};
    char name[40];

    (void)state;
    snprintf(name, sizeof(name), "cgrun-box-%d", getpid());
    start_in_container(
        &run, name, true, "rw",
        "exec /cgrun --memory-max 64M --json /shared/record.json -- sh -c 'sh -c :; echo "
        "up; while [ ! -e /shared/go ]; do sleep 0.02; done'");
    await_output(&run, "up");
    assert_int_equal(jobs_beneath(name), 1);
    write_file(scratch("shared/go"), "");
    run_wait(&run);
    expect_status(&run, 0);
    assert_int_equal(jobs_beneath(name), 0);
    read_record(&run);
    expect_verdict(&run, "exited");
    /* Two shells, and a sleep each time that it looked in vain. */
    expect_between(&run, "processes_total", metric(&run, "processes_total"), 2, 2000);
    assert_true(metric_is_available(&run, "oom_kills"));
    expect_near(&run, "coverage", metric(&run, "ledger_cpu_coverage_ratio"), 1, 0.01);
}

static void without_privileges_it_says_what_to_grant(void **state)
{
    struct run run _cleanup_run_ = {0};
    char name[40];

    (void)state;
    snprintf(name, sizeof(name), "cgrun-weak-%d", getpid());
    start_in_container(&run, name, false, "rw", "exec /cgrun --memory-max 64M -- echo ran");
    run_wait(&run);
    expect_status(&run, 125);
    expect_no_out(&run, "ran");
    expect_err(&run, "CAP_SYS_ADMIN");
    assert_int_equal(jobs_beneath(name), 0);
}

static void read_only_cgroups_are_told(void **state)
{
    struct run run _cleanup_run_ = {0};
    char name[40];

    (void)state;
    snprintf(name, sizeof(name), "cgrun-ro-%d", getpid());
    start_in_container(&run, name, true, "ro", "exec /cgrun --memory-max 64M -- echo ran");
    run_wait(&run);
    expect_status(&run, 125);
    expect_no_out(&run, "ran");
    if (host_controller("memory") == 2)
        expect_err(&run, "cgroup2 is mounted read-only at /sys/fs/cgroup");
    else
        expect_err(&run, "memory");
}

/* A container is a job like any other: cgrun within cgrun, and each record holds its own. */
static void a_container_is_a_job_itself(void **state)
{
    struct run run _cleanup_run_ = {0}, inner _cleanup_run_ = {0};
    char name[40];

    (void)state;
    unlink(scratch("shared/record.json"));
    snprintf(name, sizeof(name), "cgrun-in-%d", getpid());
    write_bundle(
        name, true, "rw",
        "exec /cgrun --json /shared/record.json -- sh -c 'for i in 1 2 3 4 5; do sh -c :; done'");
    cgrun(&run, ARGS("--policy", "none", "--delegate", "--", runtime(), "--root",
                     scratch("containers"), "run", "--bundle", scratch("bundle"), name));
    expect_status(&run, 0);
    read_record(&inner);
    expect_between(&inner, "processes_total", metric(&inner, "processes_total"), 6, 7);
    assert_true(metric_is_available(&run, "processes_total"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_stays_within_its_container),
        cmocka_unit_test(without_privileges_it_says_what_to_grant),
        cmocka_unit_test(read_only_cgroups_are_told),
        cmocka_unit_test(a_container_is_a_job_itself),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system containers", tests);
}
