/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices, commands of ioctl and newer calls that give what a shipped policy refuses by name. */
#include <string.h>
#include <unistd.h>

#include "tests/system/harness.h"

/* "NAME: done" or "NAME: EPERM" for what is named in the arguments; all, if none is. */
static const char script[] =
    "import ctypes,errno,fcntl,os,socket,sys\n"
    "c=ctypes.CDLL(None,use_errno=True)\n"
    "def call(*a):\n"
    " ctypes.set_errno(0)\n"
    " if c.syscall(*a)<0: raise OSError(ctypes.get_errno(),'')\n"
    "def command(n,path='/dev/null',flags=os.O_RDWR):\n"
    " fcntl.ioctl(os.open(path,flags),n,0 if n<0xb000 else bytes(4096)[:(n>>16)&0x3fff])\n"
    "def node(major,minor):\n"
    " p=sys.argv[1]+'/node'\n"
    " os.mknod(p,0o20600,os.makedev(major,minor))\n"
    " os.unlink(p)\n"
    "def adjust(clock):\n"
    " if c.clock_adjtime(clock,ctypes.create_string_buffer(512))<0: raise "
    "OSError(ctypes.get_errno(),'')\n"
    "ways={\n"
    "'userfaultfd':lambda: command(0xaa00,'/dev/userfaultfd'),\n"
    "'userfaultfd-command':lambda: command(0xaa00),\n"
    "'loop':lambda: command(0x4c82),'loop-file':lambda: command(0x4c0a),\n"
    "'uinput':lambda: command(0x5501),'tun':lambda: command(0x400454ca),\n"
    "'vhost-vsock':lambda: command(0x4008af60),\n"
    "'kmsg-read':lambda: os.open('/dev/kmsg',os.O_RDONLY),\n"
    "'kmsg-write':lambda: os.open('/dev/kmsg',os.O_WRONLY),\n"
    "'kmsg-node':lambda: node(1,11),'watchdog-node':lambda: node(10,130),\n"
    "'cuse-node':lambda: node(10,203),'uhid-node':lambda: node(10,239),\n"
    "'null-node':lambda: node(1,3),\n"
    "'clock':lambda: adjust(0),'device-clock':lambda: adjust(-5),\n"
    "'attributes':lambda: command(0x40086602,sys.argv[1],os.O_RDONLY),\n"
    "'smc':lambda: socket.socket(43,1),'rxrpc':lambda: socket.socket(33,2),\n"
    "'packet':lambda: socket.socket(2,10),\n"
    "'supervisors-namespace':lambda: fcntl.ioctl(os.pidfd_open(os.getppid()),0xff03,0),\n"
    "}\n"
    "for n in (457,458,460,461,462,463,467,468,469,470,471,500): "
    "ways['call-%d'%n]=lambda n=n: call(n,-1,-1,-1,-1,-1)\n"
    "for w in sys.argv[2:] or ways:\n"
    " try: ways[w](); print(w+': done')\n"
    " except OSError as e: print(w+': '+errno.errorcode.get(e.errno,str(e.errno)))\n";

#define TRY(...) "--", "/usr/bin/python3", "-c", script, scratch(""), __VA_ARGS__

static void commands_and_nodes_are_refused(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS(TRY("userfaultfd-command", "loop", "loop-file", "uinput", "tun", "vhost-vsock",
                         "kmsg-node", "watchdog-node", "cuse-node", "uhid-node")));
    expect_status(&run, 0);
    assert_int_equal(count_text(run.out, ": EPERM\n"), 10);
}

/* Of the system's clock the state can be read; one of a device could be set. */
static void what_ordinary_programs_use_stays(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS(TRY("clock", "device-clock", "null-node")));
    expect_out(&run, "clock: done\ndevice-clock: ENOSYS\nnull-node: done\n");
}

static void userfaultfd_cannot_be_had_from_its_device(void **state)
{
    struct run run _cleanup_run_ = {0}, open _cleanup_run_ = {0};

    (void)state;
    if (access("/dev/userfaultfd", F_OK) < 0)
        return; /* before Linux 6.1; the command is tried above */
    cgrun(&open, ARGS("--policy", "none", TRY("userfaultfd")));
    expect_out(&open, "userfaultfd: done\n");
    cgrun(&run, ARGS(TRY("userfaultfd")));
    expect_out(&run, "userfaultfd: EPERM\n");
}

static void the_kernels_log_is_closed(void **state)
{
    struct run run _cleanup_run_ = {0}, open _cleanup_run_ = {0};

    (void)state;
    if (access("/dev/kmsg", F_OK) < 0)
        return; /* a container without one */
    cgrun(&open, ARGS("--policy", "none", TRY("kmsg-read", "kmsg-write")));
    expect_out(&open, "kmsg-read: done\nkmsg-write: done\n");
    cgrun(&run, ARGS(TRY("kmsg-read", "kmsg-write")));
    expect_out(&run, "kmsg-read: EACCES\nkmsg-write: EACCES\n");
}

/* Every number that a policy does not know, whatever the kernel has there. */
static void newer_calls_are_not_there(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS(TRY("call-457", "call-458", "call-460", "call-461", "call-462", "call-463",
                         "call-467", "call-468", "call-469", "call-470", "call-471", "call-500")));
    assert_int_equal(count_text(run.out, ": ENOSYS\n"), 12);
}

static void a_process_descriptor_leads_to_no_namespace(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    cgrun(&run, ARGS(TRY("supervisors-namespace")));
    expect_no_out(&run, "done");
    expect_out(&run, "supervisors-namespace: ");
}

static void readonly_refuses_what_needs_no_writing(void **state)
{
    struct run run _cleanup_run_ = {0};

    (void)state;
    if (!host_kernel_at_least(5, 13))
        return;
    cgrun(&run, ARGS("--policy", "readonly", TRY("attributes", "kmsg-write")));
    expect_out(&run, "attributes: EROFS\nkmsg-write: E");
}

static void other_families_lead_to_no_network(void **state)
{
    struct run build _cleanup_run_ = {0}, client _cleanup_run_ = {0};

    (void)state;
    cgrun(&build, ARGS("--policy", "build", TRY("smc", "rxrpc")));
    expect_out(&build, "smc: EACCES\nrxrpc: EACCES\n");
    cgrun(&client, ARGS("--policy", "network-client", TRY("packet")));
    expect_out(&client, "packet: EPERM\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_and_nodes_are_refused),
        cmocka_unit_test(what_ordinary_programs_use_stays),
        cmocka_unit_test(userfaultfd_cannot_be_had_from_its_device),
        cmocka_unit_test(the_kernels_log_is_closed),
        cmocka_unit_test(newer_calls_are_not_there),
        cmocka_unit_test(a_process_descriptor_leads_to_no_namespace),
        cmocka_unit_test(readonly_refuses_what_needs_no_writing),
        cmocka_unit_test(other_families_lead_to_no_network),
        cmocka_unit_test(nothing_is_left),
    };

    return HARNESS_RUN("other ways", tests);
}
