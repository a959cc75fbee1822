/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From launch to exit of /bin/true: cgrun with memory, tasks and CPU limits, the batch policy,
 * ledger and record, beside a plain spawn and other runners as they can be had; in turn, back to
 * back and after idling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define BACK_TO_BACK 200
#define AFTER_IDLE   75
#define IDLE_NS      150000000

static struct bench_runner runners[] = {
    {.name = "plain spawn", .argv = {"/bin/true"}},
    {.name = "cgrun",
     .argv = {NULL, "--memory-max=512M", "--tasks-max=64", "--cpu-quota=200%", "--summary=never",
              "--", "/bin/true"}},
    {.name = "cgrun --trace=none",
     .argv = {NULL, "--trace=none", "--memory-max=512M", "--tasks-max=64", "--cpu-quota=200%",
              "--summary=never", "--", "/bin/true"}},
    {.name = "cgexec, group premade", .argv = {"cgexec"}},
    {.name = "bwrap, pid namespace",
     .argv = {"bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid",
              "/bin/true"}},
    {.name = "firejail, no profile",
     .argv = {"firejail", "--quiet", "--noprofile", "--seccomp", "/bin/true"}},
    {.name = "crun, limits", .argv = {"crun", "run", "-b", NULL, NULL}},
    {.name = "runc, limits", .argv = {"runc", "run", "-b", NULL, NULL}},
};

enum { PLAIN, CGRUN, CGRUN_UNTRACED, CGEXEC, BWRAP, FIREJAIL, CRUN, RUNC, RUNNERS };

static char groups[3][320], container[64];

/* The caller's own cgroup of a controller, with a group of ours beneath it: "memory:/a/b/name". */
static void group_argument(const char *controller, char *to, size_t size)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char line[300], *names, *path;

    snprintf(to, size, "%s:/cgrun-bench-%d", controller, getpid());
    while (f && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';
        names = strchr(line, ':');
        path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        if (!names[1] || strcmp(names + 1, controller) == 0)
            snprintf(to, size, "%s:%s/cgrun-bench-%d", controller, path[1] ? path : "", getpid());
        if (names[1] && strcmp(names + 1, controller) == 0)
            break;
    }
    if (f)
        fclose(f);
}

static void prepare_cgexec(struct bench_runner *r)
{
    static const char *const controllers[] = {"memory", "pids", "cpu"};
    const char *const make[] = {"cgcreate", "-g", groups[0], "-g",
                                groups[1],  "-g", groups[2], NULL};
    int status, at = 1;

    for (int i = 0; i < 3; i++) {
        group_argument(controllers[i], groups[i], sizeof(groups[i]));
        r->argv[at++] = "-g";
        r->argv[at++] = groups[i];
    }
    r->argv[at] = "/bin/true";
    bench_spawn(make, -1, &status);
}

static void remove_cgexec_groups(void)
{
    int status;

    for (int i = 0; i < 3; i++) {
        const char *const remove[] = {"cgdelete", "-g", groups[i], NULL};

        bench_spawn(remove, -1, &status);
    }
}

/* The same limits for runtimes that read a bundle; the host's own programs in its root. */
static void write_bundle(void)
{
    static const char *const links[][2] = {
        {"usr/bin", "root/bin"}, {"usr/lib", "root/lib"}, {"usr/lib64", "root/lib64"}};
    FILE *f = fopen("config.json", "we");

    mkdir("root", 0755);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (symlink(links[i][0], links[i][1]) < 0)
            perror(links[i][1]);
    if (!f)
        return;
    fprintf(
        f,
        "{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0,\"gid\":0},"
        "\"args\":[\"/bin/true\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"},"
        "\"root\":{\"path\":\"root\"},\"mounts\":["
        "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
        "{\"destination\":\"/usr\",\"type\":\"bind\",\"source\":\"/usr\","
        "\"options\":[\"rbind\",\"ro\"]}],"
        "\"linux\":{\"cgroupsPath\":\"/"
        "%s\",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"}],"
        "\"resources\":{\"memory\":{\"limit\":536870912},\"pids\":{\"limit\":64},"
        "\"cpu\":{\"quota\":200000,\"period\":100000}}}}\n",
        container);
    fclose(f);
}

static void prepare(void)
{
    snprintf(container, sizeof(container), "cgrun-bench-bundle-%d", getpid());
    runners[CGRUN].argv[0] = runners[CGRUN_UNTRACED].argv[0] = bench_cgrun();
    write_bundle();
    for (int i = CRUN; i <= RUNC; i++) {
        runners[i].argv[3] = bench_scratch();
        runners[i].argv[4] = container;
    }
    prepare_cgexec(&runners[CGEXEC]);
    for (int i = 0; i < RUNNERS; i++)
        bench_try(&runners[i]);
}

/* In another order each round, so that none has always the same one before it: what a large program
 * leaves of the caches is shared by all. */
static void shuffle(int *order, unsigned *seed)
{
    for (int i = RUNNERS - 1; i > 0; i--) {
        int other = rand_r(seed) % (i + 1), kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
}

static void measure(int rounds, bool idle)
{
    const struct timespec pause = {.tv_nsec = IDLE_NS};
    int order[RUNNERS], status;
    unsigned seed = 1;

    for (int i = 0; i < RUNNERS; i++) {
        runners[i].samples = 0;
        order[i] = i;
    }
    for (int round = 0; round < rounds; round++) {
        shuffle(order, &seed);
        for (int i = 0; i < RUNNERS; i++) {
            struct bench_runner *r = &runners[order[i]];
            double seconds;

            if (r->why_not[0])
                continue;
            if (idle)
                nanosleep(&pause, NULL);
            seconds = bench_spawn(r->argv, -1, &status);
            if (status == 0)
                r->sample[r->samples++] = seconds;
        }
    }
}

static void report(const char *how)
{
    double plain = bench_median(runners[PLAIN].sample, runners[PLAIN].samples);

    printf("%s: plain spawn %.0f us, others as multiples of it\n", how, plain * 1e6);
    for (int i = 1; i < RUNNERS; i++) {
        struct bench_runner *r = &runners[i];
        double median = bench_median(r->sample, r->samples);

        if (r->why_not[0])
            printf("  %-24s not run: %s\n", r->name, r->why_not);
        else if (r->samples == 0)
            printf("  %-24s failed in every round\n", r->name);
        else
            printf("  %-24s %6.2f   (%.0f us, %zu runs)\n", r->name, median / plain, median * 1e6,
                   r->samples);
    }
    fflush(stdout);
}

/* As a user has it: from now on the working directory is a git work tree. */
static void make_work_tree(void)
{
    static const char *const steps[][10] = {
        {"/usr/bin/git", "init", "-q", ".", NULL},
        {"/usr/bin/git", "-c", "user.name=bench", "-c", "user.email=bench", "commit", "-qm",
         "bench", "--allow-empty", NULL},
    };
    int status;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        bench_spawn(steps[i], -1, &status);
        if (status != 0)
            fprintf(stderr, "git: ended with status %d\n", status);
    }
}

static void measure_both(const char *where)
{
    char how[80];

    measure(BACK_TO_BACK, false);
    snprintf(how, sizeof(how), "%s, back to back", where);
    report(how);
    measure(AFTER_IDLE, true);
    snprintf(how, sizeof(how), "%s, after 150 ms idle", where);
    report(how);
}

int main(void)
{
    bench_begin();
    prepare();
    measure_both("plain directory");
    make_work_tree();
    measure_both("git work tree");
    remove_cgexec_groups();
    bench_end();
    return 0;
}
