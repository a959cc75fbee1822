/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/hosts.h"

#include <stdio.h>

const struct host_text host_v2 = {
    .mountinfo = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
                 "23 22 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:2 - sysfs sysfs rw\n"
                 "24 22 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:3 - proc proc rw\n"
                 "25 23 0:23 / /sys/fs/cgroup rw,nosuid,nodev,noexec shared:4 - cgroup2 cgroup2 "
                 "rw,nsdelegate,memory_recursiveprot\n"
                 "26 23 0:24 / /sys/fs/bpf rw,nosuid,nodev,noexec shared:5 - bpf bpf rw,mode=700\n",
    .own = "0::/user.slice/session-2.scope\n",
    .v2_controllers = "cpuset cpu io memory pids",
    .release = "6.1.0-23-amd64",
};

const struct host_text host_hybrid = {
    .mountinfo = "24 22 0:22 / /proc rw,nosuid - proc proc rw\n"
                 "30 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
                 "31 24 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
                 "32 24 0:28 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n"
                 "33 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                 "34 24 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
                 "35 24 0:31 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n",
    .own = "5:blkio:/\n4:pids:/\n3:cpu,cpuacct:/\n2:memory:/a/b\n1:name=systemd:/a\n0::/a\n",
    .v2_controllers = "",
    .release = "5.10.0-30-amd64",
};

const struct host_text host_legacy = {
    .mountinfo = "32 24 0:28 / /cg/memory rw - cgroup none rw,memory\n",
    .own = "2:memory:/\n",
    .v2_controllers = "",
    .release = "4.19.0",
};

const struct host_text host_container = {
    .mountinfo = "25 23 0:23 /docker/77 /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n",
    .own = "0::/docker/77/inner\n",
    .v2_controllers = "memory pids",
    .release = "6.12.1",
};

const struct host_text host_closed_container = {
    .mountinfo = "25 23 0:23 /docker/77 /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n",
    .own = "0::/docker/77\n",
    .v2_controllers = "memory pids",
    .release = "6.12.1",
};

const struct host_text host_half_container = {
    .mountinfo = "25 23 0:23 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup rw\n"
                 "26 23 0:24 / /sys/fs/cgroup/pids ro,nosuid - cgroup cgroup rw,pids\n",
    .own = "5:pids:/docker/77\n0::/docker/77\n",
    .release = "6.12.1",
};

void host_facts_from(struct host_facts *facts, const struct host_text *host)
{
    facts_free(facts);
    *facts = (struct host_facts){.root = true, .cpus = 4, .landlock = 3};
    facts_parse_mounts(facts, host->mountinfo, NULL);
    facts_parse_own(facts, host->own);
    facts_parse_release(facts, host->release);
}
