/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state: what a process has of its caller: descriptors, limits, priorities, processors, masks. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const char *const limit_names[] = {
    "cpu",     "fsize", "data",  "stack",      "core",     "rss",  "nproc",  "nofile",
    "memlock", "as",    "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime",
};

static void print_limits(void)
{
    for (int i = 0; i < 16; i++) {
        struct rlimit l;

        if (getrlimit((__rlimit_resource_t)i, &l) == 0)
            printf("limit %s %lld %lld\n", limit_names[i], (long long)l.rlim_cur,
                   (long long)l.rlim_max);
    }
}

static void print_cpus(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof(set), &set);
    printf("cpus");
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            printf(" %d", cpu);
    printf("\n");
}

static void print_file(const char *label, const char *path, const char *only)
{
    FILE *f = fopen(path, "re");
    char line[512];

    while (f && fgets(line, sizeof(line), f))
        if (!only || strncmp(line, only, strlen(only)) == 0)
            printf("%s%s", label, line);
    if (f)
        fclose(f);
}

int main(void)
{
    printf("descriptors");
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            printf(" %d", fd);
    printf("\n");
    print_limits();
    print_cpus();
    printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
    printf("scheduler %d\n", sched_getscheduler(0));
    print_file("oom_score_adj ", "/proc/self/oom_score_adj", NULL);
    print_file("", "/proc/self/status", "Sig");
    print_file("", "/proc/self/status", "Cap");
    print_file("", "/proc/self/status", "Uid");
    print_file("", "/proc/self/status", "Gid");
    print_file("", "/proc/self/status", "Groups");
    print_file("", "/proc/self/status", "NoNewPrivs");
    print_file("", "/proc/self/status", "Seccomp:");
    return 0;
}
