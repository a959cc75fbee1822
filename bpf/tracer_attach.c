/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first run of a boot: a bpffs to pin in, one attacher at a time, all pins or none. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpf/tracer_internal.h"
#include "runner/base/capabilities.h"
#include "runner/base/cleanup.h"
#include "runner/base/trusted.h"
#include "runner/base/units.h"

/* Sizes of a ring, of which there are at most JOB_RINGS. */
#define RING_LEAST_DEFAULT (UINT64_C(1) << 20)
#define RING_MOST_DEFAULT  (UINT64_C(8) << 20)
#define RING_MOST          (UINT64_C(64) << 20)
#define RING_PER_CPU       (UINT64_C(512) << 10)

const char *const tracer_map_name[TRACER_MAPS] = {
    "jobs", "rings", "ring_jobs", "table", "denied", "ring_claims",
};

const char *const tracer_link_name[TRACER_LINKS] = {
    "on_birth", "on_exec", "on_exit", "on_signal", "on_victim", "on_dead", "on_refusal", "on_last",
};

/*
 * Before 6.1 programs must not allocate under the run-queue lock, where later ones see births and
 * ends: job_events.bpf.c.
 */
static bool kernel_is_early(void)
{
    struct utsname name;
    int major = 0, minor = 0;

    if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2)
        return true;
    return major < 6 || (major == 6 && minor < 1);
}

void tracer_loaded_close(struct tracer_loaded *l)
{
    for (int i = 0; i < TRACER_MAPS; i++)
        if (l->map[i] >= 0)
            close(l->map[i]);
    for (int i = 0; i < TRACER_LINKS; i++)
        if (l->link[i] >= 0)
            close(l->link[i]);
}

void tracer_pins_path(char *buf, size_t size, const char *pin_dir)
{
    snprintf(buf, size, "%s/v%d", pin_dir, JOB_EVENTS_LAYOUT);
}

static bool is_bpffs(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

/* Over the directory that was checked, whatever the path leads to by then. */
static int mount_bpffs(int dir, const char *path, struct err *err)
{
    char self[64];

    snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
    if (is_bpffs(path) ||
        mount("bpf", self, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0)
        return 0;
    return err_sys(err, errno, TRACER_GRANTS, "cannot mount a bpffs at %s", path);
}

/* Pins hold only files, and one level of directories. */
static void remove_pins(const char *path)
{
    _cleanup_closedir_ DIR *dir = opendir(path);
    const struct dirent *e;

    while (dir && (e = readdir(dir)) != NULL)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, 0);
    rmdir(path);
}

/* What an attacher that was killed has left half made. */
static void remove_leftovers(const char *pin_dir)
{
    _cleanup_closedir_ DIR *dir = opendir(pin_dir);
    const struct dirent *e;
    char path[PATH_MAX];

    while (dir && (e = readdir(dir)) != NULL)
        if (strncmp(e->d_name, "new-", 4) == 0 || strncmp(e->d_name, "old-", 4) == 0) {
            snprintf(path, sizeof(path), "%s/%s", pin_dir, e->d_name);
            remove_pins(path);
        }
}

static bool is_other_layout(const char *name)
{
    char own[16];

    snprintf(own, sizeof(own), "v%d", JOB_EVENTS_LAYOUT);
    return name[0] == 'v' && name[1] >= '0' && name[1] <= '9' && strcmp(name, own) != 0;
}

/* Of another version of cgrun; its map of jobs is keyed alike in all of them. */
static bool is_idle(const char *pins)
{
    char path[PATH_MAX * 2];
    _cleanup_close_ int jobs = -1;
    uint64_t id;

    snprintf(path, sizeof(path), "%s/%s", pins, tracer_map_name[TRACER_JOBS]);
    jobs = bpf_obj_get(path);
    return jobs < 0 || bpf_map_get_next_key(jobs, NULL, &id) < 0;
}

unsigned tracer_remove_idle(const char *pin_dir)
{
    _cleanup_closedir_ DIR *dir = opendir(pin_dir);
    const struct dirent *e;
    char path[PATH_MAX + NAME_MAX + 2];
    unsigned left = 0;

    while (dir && (e = readdir(dir)) != NULL) {
        if (!is_other_layout(e->d_name))
            continue;
        snprintf(path, sizeof(path), "%s/%s", pin_dir, e->d_name);
        if (is_idle(path))
            remove_pins(path);
        else
            left++;
    }
    return left;
}

static int pin(int fd, const char *dir, const char *name, struct err *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (fd < 0 || bpf_obj_pin(fd, path) == 0)
        return 0;
    return err_sys(err, errno, TRACER_GRANTS, "cannot pin %s", path);
}

/* All pins appear at once, by the directory's new name. */
static int pin_all(const struct tracer_loaded *l, const char *pin_dir, const char *pins,
                   struct err *err)
{
    char fresh[PATH_MAX];
    int r = 0;

    snprintf(fresh, sizeof(fresh), "%s/new-%d", pin_dir, getpid());
    if (mkdir(fresh, 0700) < 0)
        return err_sys(err, errno, TRACER_GRANTS, "cannot make %s", fresh);
    for (int i = 0; r == 0 && i < TRACER_MAPS; i++)
        r = pin(l->map[i], fresh, tracer_map_name[i], err);
    for (int i = 0; r == 0 && i < TRACER_LINKS; i++)
        r = pin(l->link[i], fresh, tracer_link_name[i], err);
    if (r == 0 && rename(fresh, pins) < 0)
        r = err_sys(err, errno, TRACER_GRANTS, "cannot rename %s to %s", fresh, pins);
    if (r < 0)
        remove_pins(fresh);
    return r;
}

/* For more processors, more at once; a power of two is what the kernel asks for. */
static int choose_ring_size(struct job_constants *constants, struct err *err)
{
    const char *given = getenv("CGRUN_TRACE_RING");
    uint64_t size = RING_LEAST_DEFAULT;

    while (size < RING_MOST_DEFAULT && size < constants->cpus * RING_PER_CPU)
        size *= 2;
    if (given && units_parse_size(given, &size) < 0)
        size = 0;
    constants->ring_bytes = size;
    if (size >= constants->page_bytes && size <= RING_MOST && (size & (size - 1)) == 0)
        return 0;
    return err_set(err, EINVAL, "a power of two from the size of a page to 64M", "correct it",
                   "CGRUN_TRACE_RING '%s'", given ? given : "");
}

void tracer_lift_memlock(struct rlimit *old)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

    getrlimit(RLIMIT_MEMLOCK, old);
    setrlimit(RLIMIT_MEMLOCK, &all);
}

static int load(struct tracer_loaded *l, struct err *err)
{
    struct rlimit old;
    static int (*const loaders[])(struct tracer_loaded *, enum tracer_variant,
                                  const struct job_constants *,
                                  struct err *) = {tracer_load_light, tracer_load_full};
    struct job_constants constants = {
        .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
        .cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
    };
    const int first = kernel_is_early() ? TRACER_EARLY_FENTRY : TRACER_FENTRY;
    int r = choose_ring_size(&constants, err);

    if (r < 0)
        return r;
    r = -ENOENT;
    tracer_lift_memlock(&old);
    for (size_t i = 0; r < 0 && i < sizeof(loaders) / sizeof(loaders[0]); i++)
        for (int v = first; r < 0 && v < first + 2; v++) {
            memset(l, -1, sizeof(*l));
            r = loaders[i](l, (enum tracer_variant)v, &constants, err);
            if (r < 0)
                tracer_loaded_close(l);
        }
    setrlimit(RLIMIT_MEMLOCK, &old);
    return r;
}

int tracer_lock(const char *pin_dir, struct err *err)
{
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s.lock", pin_dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) < 0)
        return err_sys(err, errno, TRACER_GRANTS, "cannot lock %s", path);
    return fd;
}

int tracer_probe(struct err *err)
{
    if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
        return err_set(err, ENOTSUP, "/sys/kernel/btf/vmlinux",
                       "use a kernel with CONFIG_DEBUG_INFO_BTF=y",
                       "this kernel has no type information for tracing");
    if (!(capabilities_effective() >> CAP_SYS_ADMIN & 1))
        return err_set(err, EPERM, "", TRACER_GRANTS, "no privilege to trace");
    return 0;
}

int tracer_attach(const char *pin_dir, const char *pins, struct err *err)
{
    _cleanup_close_ int dir = -1, lock_fd = -1;
    struct tracer_loaded l;
    int r = tracer_probe(err);

    if (r < 0)
        return r;
    dir = trusted_directory("run directory", pin_dir, TRUSTED_MAKE, err);
    if (dir < 0)
        return dir;
    lock_fd = tracer_lock(pin_dir, err);
    if (lock_fd < 0)
        return lock_fd;
    r = mount_bpffs(dir, pin_dir, err);
    if (r < 0)
        return r;
    if (access(pins, F_OK) == 0)
        return 0; /* somebody was quicker */
    remove_leftovers(pin_dir);
    tracer_remove_idle(pin_dir);
    r = load(&l, err);
    if (r < 0)
        return r;
    r = pin_all(&l, pin_dir, pins, err);
    tracer_loaded_close(&l);
    return r < 0 ? r : 1;
}

int tracer_detach(const char *pin_dir, bool force, struct err *err)
{
    char pins[512], old[PATH_MAX];
    struct tracer_status status;
    _cleanup_close_ int lock_fd = -1;
    int r = tracer_status(pin_dir, &status, err);

    if (r < 0)
        return r;
    if (status.jobs && !force)
        return err_set(err, EBUSY, "no registered job",
                       "wait for them, or run `cgjob recover` with the --db that has them",
                       "%u job%s counted by the tracer", status.jobs,
                       status.jobs == 1 ? " is" : "s are");
    if (!is_bpffs(pin_dir))
        return 0;
    lock_fd = tracer_lock(pin_dir, err);
    if (lock_fd < 0)
        return lock_fd;
    tracer_pins_path(pins, sizeof(pins), pin_dir);
    snprintf(old, sizeof(old), "%s/old-%d", pin_dir, getpid());
    if (rename(pins, old) == 0)
        remove_pins(old);
    remove_leftovers(pin_dir);
    if (tracer_remove_idle(pin_dir) && !force)
        return 0; /* another version's jobs are counted there */
    if (umount2(pin_dir, MNT_DETACH) < 0)
        return err_sys(err, errno, TRACER_GRANTS, "cannot unmount %s", pin_dir);
    return 0;
}
