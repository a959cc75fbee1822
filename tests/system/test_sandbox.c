/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job sees and may do of the host, beside its policy: each tried by a real one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/harness.h"

static bool has_views(void)
{
    return host_kernel_at_least(5, 12);
}

static void make_tree(void)
{
    mkdir(scratch("view"), 0755);
    mkdir(scratch("view/out"), 0777);
    mkdir(scratch("view/secret"), 0755);
    write_file(scratch("view/secret/key"), "secret");
    write_file(scratch("view/file"), "secret");
}

static void paths_are_what_was_asked_for(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    make_tree();
    if (!has_views()) {
        print_message("mounts cannot be changed as a tree on this kernel\n");
        return;
    }
    cgrun(&run,
          ARGS("--read-only-paths", "/", "--read-write-paths", scratch("view/out"),
               "--inaccessible-paths", scratch("view/secret"), "--inaccessible-paths",
               scratch("view/file"), "--inaccessible-paths", "-/no/such/path", "--", "sh", "-c",
               ("cd $0; touch new || echo readonly; touch out/new && echo writable; "
                "ls secret; cat secret/key file; echo >/dev/null && echo devices; "
                "umount secret; mount -o remount,rw,bind /; touch again || echo still"),
               scratch("view")));
    expect_status(&run, 0);
    assert_string_equal(run.out, "readonly\nwritable\ndevices\nstill\n");
    assert_int_equal(access(scratch("view/out/new"), F_OK), 0);
    assert_int_equal(access(scratch("view/new"), F_OK), -1);
    assert_string_equal(json_text(json_get(limit_of(&run, "ReadOnlyPaths"), "effective")), "/");
}

/* Without a policy a root job has every capability, and still cannot take the mounts off. */
static void a_root_job_cannot_undo_them(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    make_tree();
    if (!host_kernel_at_least(5, 19)) /* Landlock's ABI 2 */
        return;
    cgrun(&run, ARGS("--policy", "none", "--read-only-paths", scratch("view"),
                     "--inaccessible-paths", scratch("view/secret"), "--", "sh", "-c",
                     ("umount $0/secret; umount $0; mount -o remount,rw,bind $0; touch $0/x; "
                      "cat $0/secret/key; mount -t tmpfs x /mnt && echo mounted"),
                     scratch("view")));
    assert_string_equal(run.out, "");
    assert_int_equal(access(scratch("view/x"), F_OK), -1);
}

static void a_missing_path_is_an_error(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--read-only-paths", "/no/such/path", "--", "true"));
    expect_status(&run, 125);
    if (has_views())
        expect_err(&run, "cannot set up the mounts '/no/such/path': No such file or directory");
    else
        expect_err(&run, "Linux 5.12 or newer");
}

static void a_private_tmp_is_empty(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!has_views())
        return;
    cgrun(&run, ARGS("--private-tmp", "--chdir", "/", "--", "sh", "-c",
                     "ls -A /tmp /var/tmp; stat -c %a /tmp; echo >/tmp/cgrun-test-private"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "/tmp:\n\n/var/tmp:\n1777\n");
    assert_int_equal(access("/tmp/cgrun-test-private", F_OK), -1);
}

static void a_private_network_is_a_loopback(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--private-network", "--", "/usr/bin/python3", "-c",
                     "import os,socket\n"
                     "print(sorted(os.listdir('/proc/self/net/dev_snmp6')))\n"
                     "s=socket.create_server(('127.0.0.1',0)); "
                     "c=socket.create_connection(s.getsockname()); print('loopback')\n"
                     "try: socket.create_connection(('192.0.2.1',9),1)\n"
                     "except OSError as e: print(e.errno)\n"));
    expect_status(&run, 0);
    assert_string_equal(run.out, "['lo']\nloopback\n101\n"); /* ENETUNREACH */
}

static void namespaces_are_refused(void **state)
{
    static const char script[] = "import ctypes,os\n"
                                 "c=ctypes.CDLL(None,use_errno=True)\n"
                                 "for f in (0x20000,0x2000000,0x4000000,0x8000000,0x10000000,"
                                 "0x20000000,0x40000000):\n"
                                 " c.unshare(f); print(ctypes.get_errno(),end=' ')\n"
                                 "c.setns(os.open('/proc/self/ns/net',0),0)\n"
                                 "print(ctypes.get_errno())\n"
                                 "p=os.fork()\n"
                                 "if p==0: os._exit(0)\n"
                                 "print(p>0)\n";
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--policy", "none", "--restrict-namespaces", "--", "/usr/bin/python3", "-c",
                     script));
    expect_status(&run, 0);
    assert_int_equal(strncmp(run.out, "1 1 1 1 1 1 1 1\nTrue\n", 21), 0);
}

static bool has_guards(void)
{
    return host_kernel_at_least(5, 14);
}

static void addresses_are_refused_and_counted(void **state)
{
    static const char script[] = "import socket\n"
                                 "for a in ('127.0.0.1','127.0.0.2','127.7.0.1'):\n"
                                 " s=socket.socket(2,2)\n"
                                 " try: s.sendto(b'x',(a,9)); print('sent')\n"
                                 " except OSError as e: print(e.errno)\n"
                                 "s=socket.socket(10,2)\n"
                                 "try: s.sendto(b'x',('::1',9)); print('sent')\n"
                                 "except OSError as e: print(e.errno)\n";
    struct run run _cleanup_run_ = {0}, open _cleanup_run_ = {0};

    (void)state;
    if (!has_guards())
        return;
    /* A network of its own, so that no guest's lack of IPv6 matters. */
    cgrun(&run, ARGS("--private-network", "--ip-address-deny", "any", "--ip-address-allow",
                     "127.0.0.2 127.7.0.0/16", "--", "/usr/bin/python3", "-c", script));
    expect_status(&run, 0);
    assert_string_equal(run.out, "1\nsent\nsent\n1\n");
    expect_event(&run, "denied", "1 packet to 127.0.0.1 refused, 29 bytes");
    expect_event(&run, "denied", "1 packet to ::1 refused");
    assert_string_equal(json_text(json_get(limit_of(&run, "IPAddressDeny"), "effective")), "any");
    cgrun(&open, ARGS("--private-network", "--ip-address-deny", "10.0.0.0/8", "--",
                      "/usr/bin/python3", "-c", script));
    assert_string_equal(open.out, "sent\nsent\nsent\nsent\n");
}

static void devices_are_closed(void **state)
{
    static const char script[] =
        "echo >/dev/null && echo null; head -c 1 /dev/zero | wc -c; "
        "mknod $0 c 1 5 2>/dev/null || echo no; head -c 1 /dev/kmsg 2>/dev/null || echo closed";
    struct run closed _cleanup_run_ = {0}, strict _cleanup_run_ = {0}, none _cleanup_run_ = {0};

    (void)state;
    if (!has_guards())
        return;
    cgrun(&closed, ARGS("--device-policy", "closed", "--", "sh", "-c", script, scratch("node")));
    assert_string_equal(closed.out, "null\n1\nno\nclosed\n");
    expect_event(&closed, "denied", "1 attempt to open or make a device refused");
    cgrun(&strict, ARGS("--device-allow", "/dev/null w", "--", "sh", "-c",
                        ("echo >/dev/null && echo null; head -c 1 /dev/null || echo unread; "
                         "head -c 1 /dev/zero || echo zero")));
    assert_string_equal(strict.out, "null\nunread\nzero\n");
    cgrun(&none, ARGS("--device-allow", "/etc/passwd r", "--", "true"));
    expect_status(&none, 125);
    expect_err(&none, "device-allow '/etc/passwd r': expected a device node");
}

static void the_environment_is_clean(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    setenv("CGRUN_TEST_KEPT", "kept", 1);
    setenv("CGRUN_TEST_SECRET", "secret", 1);
    cgrun(&run, ARGS("--clean-env", "--keep-env", "CGRUN_TEST_KEPT", "--env", "OWN=a b", "--env",
                     "HOME=/elsewhere", "--umask", "037", "--", "sh", "-c", "env; umask"));
    expect_status(&run, 0);
    expect_out(&run, "CGRUN_TEST_KEPT=kept\n");
    expect_out(&run, "OWN=a b\n");
    expect_out(&run, "HOME=/elsewhere\n");
    expect_out(&run, "PATH=");
    expect_out(&run, "0037\n");
    expect_no_out(&run, "CGRUN_TEST_SECRET");
    expect_no_out(&run, "CGRUN_DB");
    assert_int_equal(count_text(run.out, "HOME="), 1);
}

static void capabilities_are_handed_on(void **state)
{
    struct run run _cleanup_run_ = {0}, taken _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS("--user", "nobody", "--ambient-capabilities", "CAP_NET_BIND_SERVICE", "--",
                     "grep", "-E", "CapEff|CapAmb", "/proc/self/status"));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.out, "0000000000000400\n"), 2);
    assert_string_equal(json_text(json_get(limit_of(&run, "AmbientCapabilities"), "effective")),
                        "cap_net_bind_service");
    cgrun(&taken, ARGS("--ambient-capabilities", "CAP_SYS_ADMIN", "--", "true"));
    expect_status(&taken, 125);
    expect_err(&taken, "ambient-capabilities: expected capabilities that");
}

static void control_groups_can_be_left_open(void **state)
{
    struct run closed _cleanup_run_ = {0}, open _cleanup_run_ = {0};
    char command[600];

    (void)state;
    snprintf(command, sizeof(command), "grep -c ' %s[^ ]* rw' /proc/self/mountinfo",
             host_v2_mount());
    cgrun(&closed, ARGS("--policy", "none", "--", "sh", "-c", command));
    assert_string_equal(closed.out, "0\n");
    cgrun(&open,
          ARGS("--policy", "none", "--protect-control-groups=no", "--", "sh", "-c", command));
    assert_true(atoi(open.out) >= 1);
}

static void become_nobody(void)
{
    if (setgid(65534) < 0 || setuid(65534) < 0)
        _exit(98);
}

static void without_privilege_it_is_an_error(void **state)
{
    struct run paths _cleanup_run_ = {.before_exec = become_nobody, .no_json = true};
    struct run network _cleanup_run_ = {.before_exec = become_nobody, .no_json = true};

    (void)state;
    cgrun(&paths, ARGS("--db", "/nowhere", "--private-tmp", "--dry-run", "--", "true"));
    expect_status(&paths, 125);
    expect_err(&paths, "paths or a /tmp of its own: expected root with CAP_SYS_ADMIN");
    cgrun(&network, ARGS("--db", "/nowhere", "--private-network", "--dry-run", "--", "true"));
    expect_status(&network, 125);
    expect_err(&network, "private-network: expected root with CAP_SYS_ADMIN");
}

/* By Landlock all is read-only but for some places, a file or a directory. */
static void a_reader_may_write_to_some_places(void **state)
{
    struct run run _cleanup_run_ = {0};
    static const char script[] =
        "cd \"$0\"; echo x >out/a && mkdir out/d && mv out/a out/d/a && echo moved;"
        "echo y >file && echo file; echo z >other; mkdir new; rm other; echo d >/dev/null && echo "
        "null";
    char dir[256], out[300], file[300];

    (void)state;
    if (!host_kernel_at_least(5, 19)) { /* moving between directories is its second ABI's */
        print_message("no Landlock of ABI 2 on this kernel\n");
        return;
    }
    snprintf(dir, sizeof(dir), "%s", scratch("shared"));
    snprintf(out, sizeof(out), "%s/out", dir);
    snprintf(file, sizeof(file), "%s/file", dir);
    mkdir(dir, 0777);
    mkdir(out, 0777);
    write_file(file, "");
    write_file(scratch("shared/other"), "");
    chmod(dir, 0777);
    chmod(out, 0777);
    chmod(file, 0666);
    chmod(scratch("shared/other"), 0666);
    cgrun(&run, ARGS("--user", "nobody", "--policy", "readonly", "--read-write-paths", out,
                     "--read-write-paths", file, "--", "sh", "-c", script, dir));
    assert_string_equal(run.out, "moved\nfile\nnull\n");
    assert_int_equal(access(scratch("shared/other"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_what_was_asked_for),
        cmocka_unit_test(a_reader_may_write_to_some_places),
        cmocka_unit_test(a_root_job_cannot_undo_them),
        cmocka_unit_test(a_missing_path_is_an_error),
        cmocka_unit_test(a_private_tmp_is_empty),
        cmocka_unit_test(a_private_network_is_a_loopback),
        cmocka_unit_test(namespaces_are_refused),
        cmocka_unit_test(addresses_are_refused_and_counted),
        cmocka_unit_test(devices_are_closed),
        cmocka_unit_test(the_environment_is_clean),
        cmocka_unit_test(capabilities_are_handed_on),
        cmocka_unit_test(control_groups_can_be_left_open),
        cmocka_unit_test(without_privilege_it_is_an_error),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("system sandbox", tests);
}
