/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/host/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/base/files.h"
#include "runner/base/version.h"

/* The first line of a small file, without its newline. */
static bool first_line(const char *path, char *buf, size_t size)
{
    if (file_read_at(AT_FDCWD, path, buf, size) <= 0)
        return false;
    buf[strcspn(buf, "\n")] = '\0';
    return *buf != '\0';
}

/* /proc/cpuinfo is long on large machines; the model stands near its start. */
static bool cpu_model(char *buf, size_t size)
{
    static const char *const names[] = {"model name", "Model", "CPU part"};
    char text[2048];

    if (file_read_at(AT_FDCWD, "/proc/cpuinfo", text, sizeof(text)) <= 0)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *at = strstr(text, names[i]), *value = at ? strchr(at, ':') : NULL;

        if (!value)
            continue;
        value += 1 + strspn(value + 1, " \t");
        snprintf(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
        return true;
    }
    return false;
}

static int add(struct strv *v, const char *key, const char *value)
{
    return value && *value ? strv_addf(v, "%s=%s", key, value) : 0;
}

static int add_file(struct strv *v, const char *key, const char *path)
{
    char line[256];

    return first_line(path, line, sizeof(line)) ? add(v, key, line) : 0;
}

/* Who started it, where that is known by name: a batch system's step, a systemd unit's invocation.
 */
static int add_starter(struct strv *v)
{
    static const struct {
        const char *key, *variable;
    } known[] = {
        {"slurm_job_id", "SLURM_JOB_ID"},
        {"slurm_step_id", "SLURM_STEP_ID"},
        {"systemd_invocation_id", "INVOCATION_ID"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (add(v, known[i].key, getenv(known[i].variable)) < 0)
            return -ENOMEM;
    return 0;
}

/* The innermost unit that the caller's cgroup belongs to. */
static int add_unit(struct strv *v, const struct host_facts *facts)
{
    static const char *const kinds[] = {".service", ".scope"};
    const struct hierarchy *h = facts->systemd ? facts_v2(facts) : NULL;
    char path[512];
    char *slash;

    snprintf(path, sizeof(path), "%s", h ? h->own : "");
    while ((slash = strrchr(path, '/')) != NULL) {
        for (size_t i = 0; i < 2; i++) {
            size_t n = strlen(slash), kind = strlen(kinds[i]);

            if (n > kind + 1 && strcmp(slash + n - kind, kinds[i]) == 0)
                return add(v, "systemd_unit", slash + 1);
        }
        *slash = '\0';
    }
    return 0;
}

static int add_machine(struct strv *v, const struct host_facts *facts)
{
    char model[128];
    int r = 0;

    r |= add(v, "host", facts->hostname);
    r |= add(v, "kernel", facts->kernel_release);
    r |= add(v, "machine", facts->machine);
    r |= add(v, "cgroup_mode", facts_layout_name(facts->layout));
    r |= strv_addf(v, "cpus=%u", facts->cpus);
    if (cpu_model(model, sizeof(model)))
        r |= add(v, "cpu_model", model);
    r |= add_file(v, "cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    r |= add_file(v, "load", "/proc/loadavg");
    return r < 0 ? -ENOMEM : 0;
}

int environment_read(struct strv *ret, const struct host_facts *facts)
{
    char dir[4096];
    int r = add_machine(ret, facts);

    if (r == 0)
        r = add(ret, "cgrun_version", CGRUN_VERSION);
    if (r == 0)
        r = strv_addf(ret, "uid=%u", geteuid());
    if (r == 0 && getcwd(dir, sizeof(dir)))
        r = add(ret, "working_directory", dir);
    if (r == 0)
        r = add_unit(ret, facts);
    return r == 0 ? add_starter(ret) : r;
}
