/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure half of the host's facts: from text to structure. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "runner/host/facts.h"

static const char *const interface_types[] = {
    "cgroup", "cgroup2", "proc",     "sysfs",      "debugfs",
    "bpf",    "tracefs", "configfs", "securityfs", "efivarfs",
};

static const char *const v1_controllers[] = {
    "cpu",     "cpuacct",  "cpuset",     "memory",  "devices", "freezer", "blkio",
    "net_cls", "net_prio", "perf_event", "hugetlb", "pids",    "rdma",    "misc",
};

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

bool facts_word_in(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; n && (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

/* mountinfo writes blanks and backslashes of a path as three octal digits. */
static void unescape(char *s)
{
    char *to = s;

    for (; *s; s++) {
        unsigned code;

        if (*s == '\\' && sscanf(s + 1, "%3o", &code) == 1 && code) {
            *to++ = (char)code;
            s += 3;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

static uint64_t mount_flags(const char *options)
{
    static const struct {
        const char *name;
        uint64_t flag;
    } known[] = {
        {"ro", ST_RDONLY},         {"nosuid", ST_NOSUID},   {"nodev", ST_NODEV},
        {"noexec", ST_NOEXEC},     {"noatime", ST_NOATIME}, {"nodiratime", ST_NODIRATIME},
        {"relatime", ST_RELATIME},
    };
    char words[256], *save = NULL;
    uint64_t flags = 0;

    snprintf(words, sizeof(words), "%s", options);
    for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save))
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (strcmp(w, known[i].name) == 0)
                flags |= known[i].flag;
    return flags;
}

/* The super options of a v1 mount hold its controllers among other words; keeps the controllers. */
static void v1_controllers_of(const char *options, char *to, size_t size)
{
    char words[256], *save = NULL;
    size_t used = 0;

    to[0] = '\0';
    snprintf(words, sizeof(words), "%s", options);
    for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save))
        if (is_one_of(w, v1_controllers, sizeof(v1_controllers) / sizeof(v1_controllers[0])) &&
            used < size)
            used += (size_t)snprintf(to + used, size - used, "%s%s", used ? " " : "", w);
}

/* A hierarchy mounted twice counts once, where it was seen first or can be written. */
static struct hierarchy *known_already(struct host_facts *facts, const struct hierarchy *h)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].v2 == h->v2 &&
            (h->v2 || strcmp(facts->hierarchy[i].controllers, h->controllers) == 0))
            return &facts->hierarchy[i];
    return NULL;
}

static void add_hierarchy(struct host_facts *facts, struct hierarchy kind, const char *root,
                          const char *mount, const char *super_options)
{
    struct hierarchy *h = &facts->hierarchy[facts->hierarchies], *known;

    if (facts->hierarchies == HOST_HIERARCHIES)
        return;
    *h = kind;
    if (snprintf(h->mount, sizeof(h->mount), "%s", mount) >= (int)sizeof(h->mount) ||
        snprintf(h->root, sizeof(h->root), "%s", root) >= (int)sizeof(h->root))
        return;
    snprintf(h->own, sizeof(h->own), "/");
    if (!h->v2) {
        v1_controllers_of(super_options, h->controllers, sizeof(h->controllers));
        if (!h->controllers[0])
            return; /* a named hierarchy, such as systemd's own */
    }
    known = known_already(facts, h);
    if (!known)
        facts->hierarchies++;
    else if (known->read_only && !h->read_only)
        *known = *h;
}

static void add_interface(struct host_facts *facts, const char *mount, const char *type,
                          const char *options)
{
    struct host_mount *m = &facts->interface[facts->interfaces];

    if (facts->interfaces == HOST_MOUNTS) {
        facts->interfaces_cut = true;
        return;
    }
    if (snprintf(m->path, sizeof(m->path), "%s", mount) >= (int)sizeof(m->path)) {
        facts->interfaces_cut = true;
        return;
    }
    snprintf(m->type, sizeof(m->type), "%s", type);
    m->flags = mount_flags(options);
    facts->interfaces++;
}

/* "36 35 98:0 /root /mount options optional... - type source super-options" */
static void parse_mount(struct host_facts *facts, char *line)
{
    char *field[6], *save = NULL, *tail = strstr(line, " - "), *type, *super_options;
    struct hierarchy kind = {0};

    if (!tail)
        return;
    *tail = '\0';
    for (int i = 0; i < 6; i++) {
        field[i] = strtok_r(i ? NULL : line, " ", &save);
        if (!field[i])
            return;
    }
    type = strtok_r(tail + 3, " ", &save);
    if (!type || !strtok_r(NULL, " ", &save))
        return;
    super_options = strtok_r(NULL, " ", &save);
    unescape(field[3]);
    unescape(field[4]);
    if (is_one_of(type, interface_types, sizeof(interface_types) / sizeof(interface_types[0])))
        add_interface(facts, field[4], type, field[5]);
    if (strcmp(type, "cgroup2") != 0 && strcmp(type, "cgroup") != 0)
        return;
    kind.v2 = strcmp(type, "cgroup2") == 0;
    kind.read_only = mount_flags(field[5]) & ST_RDONLY;
    add_hierarchy(facts, kind, field[3], field[4], super_options ? super_options : "");
}

void facts_parse_mounts(struct host_facts *facts, const char *mountinfo)
{
    char line[2048];
    bool v1 = false, v2 = false;

    while (*mountinfo) {
        const char *end = strchrnul(mountinfo, '\n');

        snprintf(line, sizeof(line), "%.*s", (int)(end - mountinfo), mountinfo);
        parse_mount(facts, line);
        mountinfo = *end ? end + 1 : end;
    }
    for (size_t i = 0; i < facts->hierarchies; i++)
        *(facts->hierarchy[i].v2 ? &v2 : &v1) = true;
    facts->layout = v2 ? (v1 ? HOST_HYBRID : HOST_V2) : (v1 ? HOST_LEGACY : HOST_NONE);
}

void facts_plan_cgroup2(struct host_facts *facts, const char *mount)
{
    size_t before = facts->hierarchies;

    if (facts->layout != HOST_LEGACY)
        return;
    add_interface(facts, mount, "cgroup2", "");
    add_hierarchy(facts, (struct hierarchy){.v2 = true}, "/", mount, "");
    facts->cgroup2_planned = facts->hierarchies > before;
}

/* The caller's path counts from the hierarchy's root; the mount may show only a part of it. */
static void set_own(struct hierarchy *h, const char *path)
{
    size_t n = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

    if (strncmp(path, h->root, n) == 0 && (path[n] == '/' || path[n] == '\0'))
        path += n;
    snprintf(h->own, sizeof(h->own), "%s", *path ? path : "/");
}

/* "4:memory:/a/b", or "0::/a/b" for cgroup2. */
static void parse_own(struct host_facts *facts, char *line)
{
    char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
    char first[64];

    if (!path)
        return;
    *path++ = '\0';
    names++;
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(names, ","), names);
    for (size_t i = 0; i < facts->hierarchies; i++) {
        struct hierarchy *h = &facts->hierarchy[i];

        if (h->v2 ? !*names : *names && facts_word_in(h->controllers, first))
            set_own(h, path);
    }
}

void facts_parse_own(struct host_facts *facts, const char *proc_self_cgroup)
{
    const char *at = proc_self_cgroup;
    char line[1024];

    while (*at) {
        const char *end = strchrnul(at, '\n');

        snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
        parse_own(facts, line);
        at = *end ? end + 1 : end;
    }
}

void facts_parse_release(struct host_facts *facts, const char *release)
{
    snprintf(facts->kernel_release, sizeof(facts->kernel_release), "%s", release);
    if (sscanf(release, "%u.%u", &facts->kernel_major, &facts->kernel_minor) != 2)
        facts->kernel_major = facts->kernel_minor = 0;
    facts->cgroup_kill = facts_kernel_at_least(facts, 5, 14);
    facts->mount_setattr = facts_kernel_at_least(facts, 5, 12);
}

bool facts_kernel_at_least(const struct host_facts *facts, unsigned major, unsigned minor)
{
    return facts->kernel_major > major ||
           (facts->kernel_major == major && facts->kernel_minor >= minor);
}

const struct hierarchy *facts_controller(const struct host_facts *facts, const char *controller)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (!facts->hierarchy[i].read_only &&
            facts_word_in(facts->hierarchy[i].controllers, controller))
            return &facts->hierarchy[i];
    return NULL;
}

bool facts_read_only_controller(const struct host_facts *facts, const char *controller)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].read_only &&
            facts_word_in(facts->hierarchy[i].controllers, controller))
            return true;
    return false;
}

const struct hierarchy *facts_v2(const struct host_facts *facts)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].v2)
            return &facts->hierarchy[i];
    return NULL;
}

const char *facts_layout_name(enum host_layout layout)
{
    static const char *const names[] = {
        [HOST_V2] = "pure v2",
        [HOST_HYBRID] = "hybrid",
        [HOST_LEGACY] = "legacy v1",
        [HOST_NONE] = "none",
    };

    return names[layout];
}
