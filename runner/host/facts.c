/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/base/files.h"
#include "runner/host/helper.h"
#include "runner/host/users.h"

#define PROC_FILE_MAX (4 * 1024 * 1024)

/* linux/landlock.h: asks for the ABI version instead of making a ruleset. */
#define RULESET_VERSION 1u

static int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

/* What cannot be looked at may be reached by a job with other rights. Kernels know it since 5.8. */
static enum host_there what_is_there(const char *mount, uint64_t id)
{
    struct statx st;

    if (statx(AT_FDCWD, mount, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
              STATX_MNT_ID, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR ? HOST_THERE_NOTHING : HOST_THERE_IT;
    if (!(st.stx_mask & STATX_MNT_ID) || st.stx_mnt_id == id)
        return HOST_THERE_IT;
    return st.stx_attributes & STATX_ATTR_MOUNT_ROOT ? HOST_THERE_ANOTHER : HOST_THERE_NOTHING;
}

/* Also where /dev/tty cannot be opened for another reason: a job of its shell must stay one. */
static bool has_terminal(void)
{
    _cleanup_close_ int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    return fd >= 0 || errno != ENXIO;
}

static int read_proc(struct host_facts *facts, const char *cgroup2, struct err *err)
{
    _cleanup_free_ char *mountinfo = NULL, *own = NULL;
    int r = file_read_all("/proc/self/mountinfo", PROC_FILE_MAX, &mountinfo);

    if (r < 0)
        return err_sys(err, -r, "mount /proc and retry", "cannot read /proc/self/mountinfo");
    r = file_read_all("/proc/self/cgroup", PROC_FILE_MAX, &own);
    if (r < 0)
        return err_sys(err, -r, "mount /proc and retry", "cannot read /proc/self/cgroup");
    r = facts_parse_mounts(facts, mountinfo, what_is_there);
    if (r == 0 && cgroup2 && facts->caps >> CAP_SYS_ADMIN & 1)
        r = facts_plan_cgroup2(facts, cgroup2);
    if (r < 0)
        return err_oom(err);
    if (facts_parse_own(facts, own) < 0)
        return err_set(err, ENAMETOOLONG, "a path of at most 511 bytes",
                       "start it from a group that does not lie as deep",
                       "the caller's cgroup, see /proc/self/cgroup");
    facts_leave_leaf(facts);
    if (!facts->cgroup2_planned) {
        facts_read_place(facts);
        facts_read_denied(facts);
    }
    return 0;
}

/* All that asking it for a scope takes: the manager, the bus it listens on, the program that asks.
 */
static bool has_user_manager(void)
{
    static const char *const sockets[] = {"systemd/private", "bus"};
    char path[512];

    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        snprintf(path, sizeof(path), "/run/user/%u/%s", geteuid(), sockets[i]);
        if (access(path, F_OK) < 0)
            return false;
    }
    return helper_path("cgrun-systemd", path, sizeof(path)) == 0;
}

/* The first user namespace maps every number to itself. */
static bool maps_all_users(void)
{
    unsigned inside, outside, count;
    char text[256];

    return file_read_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) < 0 ||
           (sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
            outside == 0 && count == UINT32_MAX);
}

int facts_read(struct host_facts *facts, const char *cgroup2, struct err *err)
{
    struct utsname name;
    int r;

    facts_free(facts);
    memset(facts, 0, offsetof(struct host_facts, hierarchy));
    if (uname(&name) < 0)
        return err_sys(err, errno, NULL, "uname");
    facts_parse_release(facts, name.release);
    snprintf(facts->hostname, sizeof(facts->hostname), "%s", name.nodename);
    snprintf(facts->machine, sizeof(facts->machine), "%s", name.machine);
    facts->caps = capabilities_effective();
    r = read_proc(facts, cgroup2, err);
    if (r < 0)
        return r;
    facts->cpus = (unsigned)get_nprocs();
    facts->root = geteuid() == 0;
    facts->namespaced = facts->root && !maps_all_users();
    facts->landlock = landlock_abi();
    facts->terminal = has_terminal();
    facts->pressure = access("/proc/pressure/cpu", F_OK) == 0;
    facts->systemd = access("/run/systemd/system", F_OK) == 0;
    facts->uid = geteuid();
    facts->user_manager = facts->systemd && !facts->root && has_user_manager();
    if (facts->user_manager)
        facts_read_users_systemd(facts);
    facts->gid = getegid();
    if (!facts->root)
        users_name(facts->uid, facts->user, sizeof(facts->user));
    facts->sudo = !facts->root && access("/usr/bin/sudo", X_OK) == 0;
    return 0;
}
