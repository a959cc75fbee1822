/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies for people: learned from real programs, on trial, as a floor, and the shipped ones. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static bool has_traces(void)
{
    return host_kernel_at_least(5, 14);
}

/* What tar and gzip do to one tree is enough for them to do it to another. */
static void a_learned_policy_fits_other_input(void **state)
{
    struct run first _cleanup_run_ = {0}, learn _cleanup_run_ = {0}, check _cleanup_run_ = {0};
    struct run other _cleanup_run_ = {0}, more _cleanup_run_ = {0}, filter _cleanup_run_ = {0};
    struct run none _cleanup_run_ = {0};

    (void)state;
    if (!has_traces()) {
        print_message("calls are not traced on this kernel\n");
        return;
    }
    cgrun(&first, ARGS("--name", "pack", "--trace", "syscalls", "--", "tar", "-C", "/usr/share/doc",
                       "-czf", scratch("a.tgz"), "tar", "gzip"));
    expect_status(&first, 0);
    cgjob(&learn, ARGS("policy", "learn", "pack", "-o", scratch("pack.json")));
    expect_status(&learn, 0);
    assert_true(file_holds(scratch("pack.json"), "\"comment\": \"Learned from job "));
    assert_true(file_holds(scratch("pack.json"), "\"getdents64\""));
    assert_false(file_holds(scratch("pack.json"), "\"ptrace\""));
    cgjob(&check, ARGS("policy", "check", scratch("pack.json")));
    expect_status(&check, 0);
    cgrun(&other, ARGS("--policy", scratch("pack.json"), "--", "tar", "-C", "/usr/share/doc",
                       "-czf", scratch("b.tgz"), "coreutils", "dash"));
    expect_status(&other, 0);
    if (metric_is_available(&other, "denied_syscalls"))
        assert_int_equal((int)metric(&other, "denied_syscalls"), 0);
    cgrun(&more, ARGS("--policy", scratch("pack.json"), "--", "/usr/bin/python3", "-c",
                      "import socket; socket.socket()"));
    assert_int_not_equal(more.status, 0);
    cgjob(&filter, ARGS("policy", "learn", "pack", "--filter"));
    expect_status(&filter, 0);
    expect_out(&filter, "getdents64");
    cgrun(&none, ARGS("--name", "untraced", "--", "true"));
    {
        struct run refused _cleanup_run_ = {0};

        cgjob(&refused, ARGS("policy", "learn", "untraced"));
        expect_status(&refused, 1);
        expect_err(&refused, "expected jobs that were run with --trace syscalls");
    }
}

/* What it would refuse is done, and told. */
static void a_policy_on_trial(void **state)
{
    struct run run _cleanup_run_ = {0}, why _cleanup_run_ = {0}, real _cleanup_run_ = {0};

    (void)state;
    if (!has_traces())
        return;
    write_file(scratch("no-names.json"),
               "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"uname\"],"
               "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13}]}");
    cgrun(&real, ARGS("--policy", scratch("no-names.json"), "--", "uname"));
    expect_status(&real, 1);
    cgrun(&run,
          ARGS("--name", "trial", "--policy", scratch("no-names.json"), "--audit", "--", "uname"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "Linux\n");
    expect_event(&run, "audit", "uname: made 1 time, would be refused with EACCES");
    cgjob(&why, ARGS("why", "trial"));
    expect_out(&why, "would be refused with EACCES");
}

/* The administrator's directory, which only this job sees. */
static const char *floor_text;

static void build_floor(void)
{
    int fd;

    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
        mount("tmpfs", "/etc/cgrun", "tmpfs", 0, NULL) < 0 ||
        mkdir("/etc/cgrun/policy.d", 0755) < 0)
        _exit(97);
    fd = open("/etc/cgrun/policy.d/floor.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, floor_text, strlen(floor_text)) < 0)
        _exit(96);
}

static void a_floor_holds_for_every_job(void **state)
{
    struct run none _cleanup_run_ = {.before_exec = build_floor};
    struct run loose _cleanup_run_ = {.before_exec = build_floor};
    struct run both _cleanup_run_ = {.before_exec = build_floor};
    struct run broken _cleanup_run_ = {.before_exec = build_floor};
    bool made = mkdir("/etc/cgrun", 0755) == 0;

    (void)state;
    floor_text = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"uname\"],"
                 "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13}]}";
    cgrun(&none, ARGS("--policy", "none", "--", "uname"));
    expect_status(&none, 1);
    cgrun(&loose, ARGS("--policy", "none", "--syscall-filter", "~mount", "--", "uname"));
    expect_status(&loose, 1);
    cgrun(&both, ARGS("--policy", "batch", "--", "sh", "-c", "uname; unshare -U true; echo $?"));
    expect_status(&both, 0);
    assert_string_equal(both.out, "1\n");
    assert_true(json_get(member(&both, "environment"), "/etc/cgrun/policy.d/floor.json") != NULL);
    floor_text = "{\"defaultAction\":";
    cgrun(&broken, ARGS("--policy", "none", "--", "true"));
    expect_status(&broken, 125);
    expect_err(&broken, "floor.json");
    if (made)
        rmdir("/etc/cgrun");
}

static void build_has_no_network(void **state)
{
    struct run run _cleanup_run_ = {0}, make _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", "build", "--", "/usr/bin/python3", "-c",
                     "import socket\n"
                     "socket.socket(socket.AF_UNIX)\n"
                     "for f in (socket.AF_INET, socket.AF_INET6):\n"
                     " try: socket.socket(f)\n"
                     " except OSError as e: print(e.errno)\n"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "13\n13\n");
    write_file(scratch("x.c"), "int main(void) { return 0; }\n");
    cgrun(&make, ARGS("--policy", "build", "--", "gcc", "-o", scratch("x"), scratch("x.c")));
    expect_status(&make, 0);
}

static void a_client_serves_nobody(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", "network-client", "--", "/usr/bin/python3", "-c",
                     "import socket\n"
                     "s=socket.socket(); s.bind(('127.0.0.1',0))\n"
                     "try: s.listen()\n"
                     "except OSError as e: print(e.errno)\n"
                     "try: socket.socket(2,3,1)\n"
                     "except OSError as e: print(e.errno)\n"
                     "try: socket.create_connection(('127.0.0.1',1))\n"
                     "except ConnectionRefusedError: print('client')\n"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "13\n1\nclient\n");
}

static void readonly_changes_nothing(void **state)
{
    static const char script[] =
        "echo x 2>/dev/null >$0/new; echo x 2>/dev/null >$0/old; rm -f $0/old; mkdir $0/d; "
        "chmod 777 $0/old; mv $0/old $0/new; ln $0/old $0/link; truncate -s 0 $0/old; "
        "touch -d 2000-01-01 $0/old; cat $0/old; echo >/dev/null && echo devices";
    struct run run _cleanup_run_ = {0}, user _cleanup_run_ = {0};
    struct stat before, after;

    (void)state;
    mkdir(scratch("keep"), 0777);
    chmod(scratch("keep"), 0777);
    write_file(scratch("keep/old"), "kept\n");
    chmod(scratch("keep/old"), 0666);
    stat(scratch("keep/old"), &before);
    cgrun(&run, ARGS("--policy", "readonly", "--", "sh", "-c", script, scratch("keep")));
    if (!host_kernel_at_least(5, 13)) {
        expect_err(&run, "policy readonly: expected Linux 5.13 or newer with Landlock");
        return;
    }
    assert_string_equal(run.out, "kept\ndevices\n");
    cgrun(&user, ARGS("--policy", "readonly", "--user", "nobody", "--", "sh", "-c", script,
                      scratch("keep")));
    assert_string_equal(user.out, "kept\ndevices\n");
    stat(scratch("keep/old"), &after);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
    assert_int_equal(before.st_mode, after.st_mode);
    assert_int_equal(access(scratch("keep/new"), F_OK), -1);
}

/* Programs of many kinds do their work and meet no refusal. */
static void real_programs_run_under_batch(void **state)
{
    char rsync_target[256];
    const char *const programs[][5] = {
        {"/usr/bin/python3", "-c",
         "import sqlite3,ssl,subprocess,tempfile,threading,multiprocessing as m\n"
         "t=threading.Thread(target=print); t.start(); t.join()\n"
         "with m.Pool(2) as p: p.map(abs,[1,-2])\n"
         "c=sqlite3.connect(tempfile.mkdtemp()+'/x.db'); c.execute('create table t(a)'); "
         "c.commit()\n"
         "subprocess.run(['true'],check=True)"},
        {"/bin/sh", "-c",
         "d=$(mktemp -d); cd $d; git init -q .; git -c user.name=t -c user.email=t@localhost "
         "commit -q --allow-empty -m x; git gc -q; cd /; rm -rf $d"},
        {"/bin/sh", "-c",
         "d=$(mktemp -d); tar -C /usr/share/doc -cf - tar | tar -C $d -xf -; rm -rf $d"},
        {"/bin/sh", "-c",
         "d=$(mktemp -d); echo 'int main(void){return 0;}' >$d/a.c; "
         "gcc -o $d/a $d/a.c && $d/a; s=$?; rm -rf $d; exit $s"},
        {"/usr/bin/openssl", "genrsa", "1024"},
        {"/usr/bin/sqlite3", ":memory:", "create table t(a); select count(*) from t;"},
        {"/usr/bin/rsync", "-a", "/usr/share/doc/tar", "/usr/share/doc/gzip", rsync_target},
        {"/usr/bin/perl", "-e", "fork or exit; wait"},
        {"/usr/bin/node", "-e", "new (require('worker_threads').Worker)('1',{eval:true})"},
        {"/usr/bin/java", "-version"},
    };
    unsigned tried = 0;

    (void)state;
    snprintf(rsync_target, sizeof(rsync_target), "%s", scratch("rsync"));
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        struct run run _cleanup_run_ = {0};
        const char *argv[12] = {"--trace", has_traces() ? "syscalls" : "auto", "--"};

        if (access(programs[i][0], X_OK) < 0)
            continue;
        for (size_t k = 0; k < 5; k++)
            argv[3 + k] = programs[i][k];
        cgrun(&run, argv);
        expect_status(&run, 0);
        if (has_traces())
            expect_between(&run, "denied_syscalls", metric(&run, "denied_syscalls"), 0, 0);
        tried++;
    }
    print_message("%u programs of %zu are installed\n", tried,
                  sizeof(programs) / sizeof(programs[0]));
    assert_true(tried >= 4);
}

/* A whole server: set up, started, asked, dumped and stopped. */
static void a_database_is_served_and_dumped_under_batch(void **state)
{
    static const char
        bin[] = "/usr/lib/postgresql/15/bin",
        script[] =
            "set -e; cd /; PATH=$0:$PATH; d=$(mktemp -d); trap 'rm -rf $d' EXIT\n"
            "initdb -A trust -D $d/data >$d/log\n"
            "pg_ctl -w -D $d/data -l $d/log -o \"-k $d -h ''\" start >>$d/log\n"
            "psql -q -h $d -d postgres -c 'create table t as select generate_series(1,1000) as n'\n"
            "pg_dump -h $d -d postgres | grep -cE '^[0-9]+$'\n"
            "pg_ctl -w -D $d/data stop >>$d/log\n";
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (access(bin, X_OK) < 0) {
        print_message("PostgreSQL is not installed: not tried\n");
        return;
    }
    cgrun(&run, ARGS("--trace", has_traces() ? "syscalls" : "auto", "--user", "postgres", "--",
                     "sh", "-c", script, bin));
    expect_status(&run, 0);
    assert_string_equal(run.out, "1000\n");
    if (has_traces())
        expect_between(&run, "denied_syscalls", metric(&run, "denied_syscalls"), 0, 0);
}

static void refusals_are_named_with_traced_calls(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!has_traces())
        return;
    cgrun(&run, ARGS("--trace", "syscalls", "--", "/usr/bin/python3", "-c",
                     ("import ctypes\nfor i in range(3): ctypes.CDLL(None).unshare(0x10000000)\n"
                      "ctypes.CDLL(None).ptrace(0,0,0,0)")));
    assert_true(metric(&run, "denied_syscalls") >= 1);
    expect_event(&run, "denied", "ptrace refused");
}

/* What systemd counts to a group and this machine has is in the group here as well. */
static void groups_are_as_systemd_has_them(void **state)
{
    static const char script[] =
        "import subprocess,sys\n"
        "def run(*a): return subprocess.run(a,capture_output=True,text=True).stdout\n"
        "group,theirs=None,{}\n"
        "for line in run('systemd-analyze','syscall-filter').splitlines():\n"
        " word=line.strip()\n"
        " if line[:1]=='@': group=word; theirs[group]=[]\n"
        " elif line[:1]==' ' and group and word and word[0]!='#': theirs[group].append(word)\n"
        "def flat(g):\n"
        " return {c for w in theirs[g] for c in (flat(w) if w[0]=='@' else [w])}\n"
        "native=set(run(sys.argv[1],'policy','groups','@known').split())\n"
        "for g in sorted(set(theirs)-{'@known'}):\n"
        " ours=set(run(sys.argv[1],'policy','groups',g).split())\n"
        " for c in sorted((flat(g)&native)-ours): print(g,'lacks',c)\n"
        "print(len(theirs)>20)\n";
    struct run run _cleanup_run_ = {0};

    (void)state;
    run_start(&run, ARGS("/usr/bin/python3", "-c", script, harness_cgjob()));
    run_wait(&run);
    assert_string_equal(run.out, "True\n");
}

/* Known ways out of a job and ways to abuse its host, each really called by a root job. */
#ifdef __x86_64__
static void ways_out_are_refused(void **state)
{
    static const char script[] =
        "import ctypes\n"
        "c=ctypes.CDLL(None,use_errno=True)\n"
        "calls={'mount':165,'umount2':166,'pivot_root':155,'fsopen':430,'mount_setattr':442,"
        "'move_mount':429,'open_tree':428,'ptrace':101,'process_vm_readv':310,"
        "'process_vm_writev':311,'pidfd_getfd':438,'kcmp':312,'bpf':321,'perf_event_open':298,"
        "'init_module':175,'finit_module':313,'delete_module':176,'kexec_load':246,'reboot':169,"
        "'swapon':167,'swapoff':168,'acct':163,'iopl':172,'ioperm':173,'settimeofday':164,"
        "'clock_settime':227,'sethostname':170,'keyctl':250,'add_key':248,'request_key':249,"
        "'open_by_handle_at':304,'userfaultfd':323,'fanotify_init':300,'setns':308,"
        "'io_uring_setup':425,'quotactl':179,'vhangup':153,'syslog':103}\n"
        "for name,n in calls.items():\n"
        " ctypes.set_errno(0)\n"
        " c.syscall(n,-1,-1,-1,-1,-1)\n"
        " if ctypes.get_errno() not in (1,38): print(name,ctypes.get_errno())\n"
        "for flag in (0x20000,0x2000000,0x4000000,0x8000000,0x10000000,0x20000000,0x40000000):\n"
        " ctypes.set_errno(0)\n"
        " c.syscall(272,flag)\n"
        " if ctypes.get_errno()!=1: print('unshare',hex(flag))\n"
        "print('tried',len(calls))\n";
    static const char *const policies[] = {"batch", "build", "network-client", "readonly"};
    static const char *const killed[] = {"165", "101", "321", "272", "175", "250", "308"};

    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        struct run run _cleanup_run_ = {0};

        if (strcmp(policies[i], "readonly") == 0 && !host_kernel_at_least(5, 13))
            continue;
        cgrun(&run, ARGS("--policy", policies[i], "--", "/usr/bin/python3", "-c", script));
        expect_status(&run, 0);
        assert_string_equal(run.out, "tried 38\n");
    }
    for (size_t i = 0; i < sizeof(killed) / sizeof(killed[0]); i++) {
        struct run run _cleanup_run_ = {0};

        cgrun(&run, ARGS("--policy", "strict", "--", "/usr/bin/python3", "-c",
                         "import ctypes,sys; ctypes.CDLL(None).syscall(int(sys.argv[1]),-1,-1)",
                         killed[i]));
        expect_verdict(&run, "seccomp");
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_learned_policy_fits_other_input),
        cmocka_unit_test(a_policy_on_trial),
        cmocka_unit_test(a_floor_holds_for_every_job),
        cmocka_unit_test(build_has_no_network),
        cmocka_unit_test(a_client_serves_nobody),
        cmocka_unit_test(readonly_changes_nothing),
        cmocka_unit_test(real_programs_run_under_batch),
        cmocka_unit_test(a_database_is_served_and_dumped_under_batch),
        cmocka_unit_test(refusals_are_named_with_traced_calls),
        cmocka_unit_test(groups_are_as_systemd_has_them),
#ifdef __x86_64__
        cmocka_unit_test(ways_out_are_refused),
#endif
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system policies", tests);
}
