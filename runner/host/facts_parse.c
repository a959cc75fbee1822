/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure half of the host's facts: from text to structure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "runner/base/cleanup.h"
#include "runner/host/facts.h"

static const char *const interface_types[] = {
    "cgroup",  "cgroup2",  "proc",       "sysfs",    "debugfs",     "bpf",
    "tracefs", "configfs", "securityfs", "efivarfs", "binfmt_misc", "fusectl",
    "nfsd",    "pstore",   "selinuxfs",  "smackfs",  "resctrl",
};

static const char *const v1_controllers[] = {
    "cpu",     "cpuacct",  "cpuset",     "memory",  "devices", "freezer", "blkio",
    "net_cls", "net_prio", "perf_event", "hugetlb", "pids",    "rdma",    "misc",
};

/* A part of a text. */
struct word {
    const char *start;
    size_t length;
};

/* What lies before the next `end` or the text's end; the text goes on behind it. */
static struct word take_word(const char **text, char end)
{
    const char *stop = strchrnul(*text, end);
    struct word w = {*text, (size_t)(stop - *text)};

    *text = *stop ? stop + 1 : stop;
    return w;
}

static bool word_is(struct word w, const char *name)
{
    return w.length && *name == *w.start && strncmp(w.start, name, w.length) == 0 &&
           !name[w.length];
}

static bool is_one_of(struct word w, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word_is(w, list[i]))
            return true;
    return false;
}

/* As much as there is room for. Returns false if that is not all. */
static bool copy_word(char *to, size_t size, struct word w)
{
    size_t n = w.length < size ? w.length : size - 1;

    memcpy(to, w.start, n);
    to[n] = '\0';
    return n == w.length;
}

static bool copy_text(char *to, size_t size, const char *text)
{
    return copy_word(to, size, (struct word){text, strlen(text)});
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
    uint64_t flags = 0;

    while (*options) {
        struct word w = take_word(&options, ',');

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (word_is(w, known[i].name))
                flags |= known[i].flag;
    }
    return flags;
}

/* The super options of a v1 mount hold its controllers among other words; keeps the controllers. */
static void v1_controllers_of(const char *options, char *to, size_t size)
{
    size_t used = 0;

    to[0] = '\0';
    while (*options) {
        struct word w = take_word(&options, ',');

        if (used + w.length + 2 > size ||
            !is_one_of(w, v1_controllers, sizeof(v1_controllers) / sizeof(v1_controllers[0])))
            continue;
        if (used)
            to[used++] = ' ';
        copy_word(to + used, size - used, w);
        used += w.length;
    }
}

/* A hierarchy mounted twice counts once. */
static struct hierarchy *known_already(struct host_facts *facts, const struct hierarchy *h)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].v2 == h->v2 &&
            (h->v2 || strcmp(facts->hierarchy[i].controllers, h->controllers) == 0))
            return &facts->hierarchy[i];
    return NULL;
}

/* Where it can be written, then where more of it is shown: the caller may be in no part of it. */
static bool is_better(const struct hierarchy *h, const struct hierarchy *known)
{
    if (h->read_only != known->read_only)
        return known->read_only;
    return strlen(h->root) < strlen(known->root);
}

static void add_hierarchy(struct host_facts *facts, struct hierarchy kind, const char *root,
                          const char *mount, const char *super_options)
{
    struct hierarchy *h = &facts->hierarchy[facts->hierarchies], *known;

    if (facts->hierarchies == HOST_HIERARCHIES)
        return;
    *h = kind;
    if (!copy_text(h->mount, sizeof(h->mount), mount) || !copy_text(h->root, sizeof(h->root), root))
        return;
    copy_text(h->own, sizeof(h->own), "/");
    if (!h->v2) {
        v1_controllers_of(super_options, h->controllers, sizeof(h->controllers));
        if (!h->controllers[0])
            return; /* a named hierarchy, such as systemd's own */
    }
    known = known_already(facts, h);
    if (!known)
        facts->hierarchies++;
    else if (is_better(h, known))
        *known = *h;
}

static int add_interface(struct host_facts *facts, const char *mount, const char *type,
                         const char *options)
{
    size_t n = facts->interfaces;
    struct host_mount *grown = realloc(facts->interface, (n + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    facts->interface = grown;
    grown[n] = (struct host_mount){.path = strdup(mount), .flags = mount_flags(options)};
    if (!grown[n].path)
        return -ENOMEM;
    copy_text(grown[n].type, sizeof(grown[n].type), type);
    facts->interfaces++;
    return 0;
}

void facts_free(struct host_facts *facts)
{
    for (size_t i = 0; i < facts->interfaces; i++)
        free(facts->interface[i].path);
    free(facts->interface);
    facts->interface = NULL;
    facts->interfaces = 0;
}

/* "36 35 98:0 /root /mount options optional... - type source super-options" */
static int parse_mount(struct host_facts *facts, char *line, char *super_options,
                       facts_there *there)
{
    char *field[6], *type = strsep(&super_options, " ");
    struct hierarchy kind = {0};
    enum host_there found;

    if (!strsep(&super_options, " ")) /* the source */
        return 0;
    for (int i = 0; i < 6; i++) {
        field[i] = strsep(&line, " ");
        if (!field[i])
            return 0;
    }
    unescape(field[3]);
    unescape(field[4]);
    found = there ? there(field[4], strtoull(field[0], NULL, 10)) : HOST_THERE_IT;
    if (found == HOST_THERE_NOTHING)
        return 0;
    if (add_interface(facts, field[4], type, field[5]) < 0)
        return -ENOMEM;
    kind.v2 = strcmp(type, "cgroup2") == 0;
    if (found != HOST_THERE_IT || (!kind.v2 && strcmp(type, "cgroup") != 0))
        return 0;
    kind.read_only = mount_flags(field[5]) & ST_RDONLY;
    add_hierarchy(facts, kind, field[3], field[4], super_options ? super_options : "");
    return 0;
}

/* Of most lines the type is all that is looked at. */
static int parse_line(struct host_facts *facts, struct word line, facts_there *there)
{
    const char *dash = memmem(line.start, line.length, " - ", 3), *type = dash ? dash + 3 : "";
    _cleanup_free_ char *copy = NULL;

    if (!is_one_of(take_word(&type, ' '), interface_types,
                   sizeof(interface_types) / sizeof(interface_types[0])))
        return 0;
    copy = strndup(line.start, line.length);
    if (!copy)
        return -ENOMEM;
    copy[dash - line.start] = '\0';
    return parse_mount(facts, copy, copy + (dash - line.start) + 3, there);
}

int facts_parse_mounts(struct host_facts *facts, const char *mountinfo, facts_there *there)
{
    bool v1 = false, v2 = false;

    while (*mountinfo)
        if (parse_line(facts, take_word(&mountinfo, '\n'), there) < 0)
            return -ENOMEM;
    for (size_t i = 0; i < facts->hierarchies; i++)
        *(facts->hierarchy[i].v2 ? &v2 : &v1) = true;
    facts->layout = v2 ? (v1 ? HOST_HYBRID : HOST_V2) : (v1 ? HOST_LEGACY : HOST_NONE);
    return 0;
}

int facts_plan_cgroup2(struct host_facts *facts, const char *mount)
{
    size_t before = facts->hierarchies;

    if (facts->layout != HOST_LEGACY)
        return 0;
    if (add_interface(facts, mount, "cgroup2", "") < 0)
        return -ENOMEM;
    add_hierarchy(facts, (struct hierarchy){.v2 = true}, "/", mount, "");
    facts->cgroup2_planned = facts->hierarchies > before;
    return 0;
}

/* The caller's path counts from the hierarchy's root; the mount may show only a part of it. */
static int set_own(struct hierarchy *h, struct word path)
{
    size_t n = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

    if (n && path.length >= n && strncmp(path.start, h->root, n) == 0 &&
        (path.length == n || path.start[n] == '/'))
        path = (struct word){path.start + n, path.length - n};
    if (path.length == 0)
        path = (struct word){"/", 1};
    return copy_word(h->own, sizeof(h->own), path) ? 0 : -ENAMETOOLONG;
}

/* "4:memory:/a/b", or "0::/a/b" for cgroup2. */
static int parse_own(struct host_facts *facts, struct word line)
{
    const char *end = line.start + line.length;
    const char *names = memchr(line.start, ':', line.length), *path;
    char first[64];

    path = names ? memchr(names + 1, ':', (size_t)(end - names - 1)) : NULL;
    if (!path)
        return 0;
    names++;
    copy_word(first, sizeof(first), (struct word){names, (size_t)(path - names)});
    *strchrnul(first, ',') = '\0';
    path++;
    for (size_t i = 0; i < facts->hierarchies; i++) {
        struct hierarchy *h = &facts->hierarchy[i];

        if ((h->v2 ? !*first : *first && facts_word_in(h->controllers, first)) &&
            set_own(h, (struct word){path, (size_t)(end - path)}) < 0)
            return -ENAMETOOLONG;
    }
    return 0;
}

int facts_parse_own(struct host_facts *facts, const char *proc_self_cgroup)
{
    while (*proc_self_cgroup)
        if (parse_own(facts, take_word(&proc_self_cgroup, '\n')) < 0)
            return -ENAMETOOLONG;
    return 0;
}

void facts_parse_release(struct host_facts *facts, const char *release)
{
    copy_text(facts->kernel_release, sizeof(facts->kernel_release), release);
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
        if (!facts->hierarchy[i].read_only && !facts->hierarchy[i].denied &&
            facts_word_in(facts->hierarchy[i].controllers, controller))
            return &facts->hierarchy[i];
    return NULL;
}

bool facts_denied_controller(const struct host_facts *facts, const char *controller)
{
    for (size_t i = 0; i < facts->hierarchies; i++)
        if (facts->hierarchy[i].denied &&
            facts_word_in(facts->hierarchy[i].controllers, controller))
            return true;
    return false;
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
